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

    /// <param name="erasedSeq">Of a conversation: the seq of its <c>user.erased</c> entry.</param>
    public async Task RewriteAsync(UserErasure erasure, LogId log, long erasedSeq, CancellationToken cancellationToken)
    {
        var names = new Pseudonyms(erasure.User.Value, erasure.Pseudonym);
        for (var after = 0L; await entries.ReadAfterAsync(log, after, Page, cancellationToken) is { Count: > 0 } page; after = page[^1].Seq)
        {
            await store.RewriteAsync(log, [.. page.Select(entry => RewriteOf(names, entry)).OfType<EntryRewrite>()], cancellationToken);
            foreach (var message in page.Where(entry => entry.Message is not null))
            {
                if (names.Rewrite(message.Message!) is not null || message.ActorId == erasure.User.Value)
                {
                    await RewriteMessageAsync(names, message, erasedSeq, cancellationToken);
                }
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
    private async Task RewriteMessageAsync(Pseudonyms names, Entry message, long erasedSeq, CancellationToken cancellationToken)
    {
        while (await folder.FoldAsync(message.Log, message.Seq, cancellationToken) is { } folded)
        {
            var rev = Math.Max(folded.Rev, erasedSeq);

            // Also those from whom later changes are hidden are shown at least the rev of this one, which everybody gets.
            var rewritten = names.Rewrite(folded.Message!) is { } named ? named with { ShownRev = named.ShownRev == 0 || rev == erasedSeq ? 0 : Math.Max(named.ShownRev, erasedSeq) } : null;
            if (rewritten is null || await entries.FoldAsync(message.Log, message.Seq, folded.Rev, rewritten, rev, cancellationToken))
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
                if (names.Rewrite(item.Body) is { } body)
                {
                    await timed.UpdateAsync(item with { Body = body }, cancellationToken);
                }
            }
        }
    }
}
