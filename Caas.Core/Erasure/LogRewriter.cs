using Caas.Contracts;
using Caas.Core.Entries;
using Caas.Core.Exports;
using Caas.Core.Messages;
using Caas.Core.Scheduled;
using Caas.Core.Search;
using Caas.Core.Timed;

namespace Caas.Core.Erasure;

/// <summary>
/// Puts the pseudonym in place of the user's id in one log, entry by entry. Seq, type, time and order stay. What the user is found by, the actor, goes last, so that a rewrite that broke off is
/// begun again.
/// </summary>
public sealed class LogRewriter(IEntryStore entries, IUserTraceStore traces, IErasureStore store, MessageFolder folder, ITimedStore timed, ISearchStore index)
{
    private const int Page = 500;

    /// <param name="told">Of a conversation: its <c>user.erased</c> entry. One of before the first pass ended says how far that has read for certain.</param>
    public async Task RewriteAsync(UserErasure erasure, LogId log, CancellationToken cancellationToken, Entry? told = null)
    {
        var names = new Pseudonyms(erasure.User.Value, erasure.Pseudonym);
        for (var after = told is not null && told.At < erasure.PassedAt ? told.Seq : 0; await entries.ReadAfterAsync(log, after, Page, cancellationToken) is { Count: > 0 } page; after = page[^1].Seq)
        {
            var concerned = log.IsConversation ? page.Where(entry => names.Concern(entry)).SelectMany(MessagesOf).Distinct().ToArray() : [];
            await store.RewriteAsync(log, [.. page.Select(entry => RewriteOf(names, entry)).OfType<EntryRewrite>()], cancellationToken);

            // After what they are folded from.
            foreach (var message in concerned)
            {
                await RewriteMessageAsync(names, log, message, told?.Seq ?? 0, cancellationToken);
            }
        }

        if (log.IsConversation)
        {
            await RewriteScheduledAsync(names, log, cancellationToken);
        }

        await RenameActorAsync(erasure, log, cancellationToken);
    }

    /// <summary>The actor of entries is the pseudonym. Client ids were the user's own words.</summary>
    public async Task RenameActorAsync(UserErasure erasure, LogId log, CancellationToken cancellationToken)
    {
        for (long? after = 0; after is { } from;)
        {
            var page = await traces.ReadByActorAsync(log, erasure.User, from, Page, cancellationToken);
            after = page.Next;
            await store.RewriteAsync(log, [.. page.Entries.Select(entry => new EntryRewrite(entry.Seq, Data: null, erasure.Pseudonym, ClientIdOf(entry)))], cancellationToken);
        }
    }

    /// <summary>What an entry is folded into, beside being it: a message that did not name the user may do so once a change is folded that was read before it was rewritten.</summary>
    private static IEnumerable<long> MessagesOf(Entry entry) => new[] { entry.Message is null ? 0 : entry.Seq, entry.Target, entry.Thread }.Where(seq => seq > 0);

    private static EntryRewrite? RewriteOf(Pseudonyms names, Entry entry)
    {
        // The one entry that has to say whose id is to be forgotten.
        var data = entry.Type == EntryTypes.UserErased ? null : names.Rewrite(entry.Data);
        var clientId = names.IsNamedBy(entry.ClientMessageId) ? ClientIdOf(entry) : null;
        return data is null && clientId is null ? null : new(entry.Seq, data, Actor: null, clientId);
    }

    private static string ClientIdOf(Entry entry) => $"$erased:{entry.Seq}";

    /// <summary>
    /// By compare-and-set on the rev, which rises to the entry that says so: whoever folds at this moment with what it read before finds that it was overtaken. All changes up to that entry are folded
    /// first, so none is lost by it.
    /// </summary>
    private async Task RewriteMessageAsync(Pseudonyms names, LogId log, long seq, long erasedSeq, CancellationToken cancellationToken)
    {
        while (await folder.FoldAsync(log, seq, cancellationToken) is { } folded)
        {
            var rev = Math.Max(folded.Rev, erasedSeq);

            // Also those from whom later changes are hidden are shown at least the rev of this one, which everybody gets.
            var rewritten = names.Rewrite(folded.Message!) is { } named ? named with { ShownRev = named.ShownRev == 0 || rev == erasedSeq ? 0 : Math.Max(named.ShownRev, erasedSeq) } : null;
            if (rewritten is null || await entries.FoldAsync(log, seq, folded.Rev, rewritten, rev, cancellationToken))
            {
                var now = rewritten is null ? folded : folded with { Message = rewritten, Rev = rev };
                await index.ApplyAsync(SearchIndexer.DocumentOf(now) is { } words ? [words] : [], cancellationToken);
                return;
            }
        }
    }

    /// <summary>Messages of others that are to be sent later and mention the user.</summary>
    private async Task RewriteScheduledAsync(Pseudonyms names, LogId log, CancellationToken cancellationToken)
    {
        var place = new TimedPlace(log.Tenant, ScheduledMessages.Kind, log.Name);
        for (string? after = null; await timed.ListAsync(place, TimedOwner.Everybody, after, Page, cancellationToken) is { Count: > 0 } page; after = page[^1].Id)
        {
            foreach (var item in page)
            {
                await RewriteScheduledAsync(names, item, cancellationToken);
            }
        }
    }

    /// <summary>What is put off or set aside at this moment stays so: then it is read anew.</summary>
    private async Task RewriteScheduledAsync(Pseudonyms names, TimedItem item, CancellationToken cancellationToken)
    {
        for (var read = item; read is not null && names.Rewrite(read.Body) is { } body; read = await timed.FindAsync(item.Place, item.Id, cancellationToken))
        {
            if (await timed.ReplaceAsync(read, read with { Body = body }, cancellationToken))
            {
                return;
            }
        }
    }
}
