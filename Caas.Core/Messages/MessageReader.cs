using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Json;
using Caas.Core.Members;
using Caas.Core.Paging;

namespace Caas.Core.Messages;

/// <summary>Reads messages: one, a page around any place, all versions of one.</summary>
public sealed class MessageReader(IEntryStore entries, MessageWriter writer, Membership membership)
{
    /// <summary>Versions are read in batches of this many.</summary>
    private const int Batch = 500;

    /// <exception cref="RefusedException"><c>message_not_found</c>, <c>conversation_not_found</c>, <c>not_a_member</c>.</exception>
    public async Task<MessageResponse> GetAsync(Caller caller, ConversationId conversation, string messageId, CancellationToken cancellationToken)
    {
        await membership.RequireAsync(caller, conversation, Right.Read, cancellationToken);
        return (await writer.RequireAsync(LogId.Of(caller.Tenant, conversation), messageId, cancellationToken)).ToMessage();
    }

    /// <summary>A page of messages, always newest first. At most one of the three seqs; none: the newest.</summary>
    /// <param name="before">The nearest older ones.</param>
    /// <param name="after">The nearest newer ones.</param>
    /// <param name="around">Half older (that seq included), half newer; its <see cref="MessagePage.Next"/> goes on <paramref name="before"/>.</param>
    /// <param name="limit">1 to 200, default 50.</param>
    public async Task<MessagePage> ListAsync(Caller caller, ConversationId conversation, long? before, long? after, long? around, int? limit, CancellationToken cancellationToken)
    {
        var count = PageLimit.Require(limit);
        new Validation()
            .Check(before is null or >= 0, "before", "must not be negative")
            .Check(after is null or >= 0, "after", "must not be negative")
            .Check(around is null or >= 0, "around", "must not be negative")
            .Check((before is null ? 0 : 1) + (after is null ? 0 : 1) + (around is null ? 0 : 1) <= 1, "before", "cannot be combined with after or around")
            .ThrowIfAny();
        await membership.RequireAsync(caller, conversation, Right.Read, cancellationToken);
        var log = LogId.Of(caller.Tenant, conversation);
        if (after is { } newerThan)
        {
            var newer = await entries.ReadMessagesAsync(log, Direction.Newer, newerThan, count + 1, cancellationToken);
            return new(Views(newer.Take(count).Reverse()), newer.Count > count ? newer[count - 1].Seq : null);
        }

        if (around is { } middle)
        {
            var newerHalf = await entries.ReadMessagesAsync(log, Direction.Newer, middle, count / 2, cancellationToken);
            var olderHalf = await ReadOlderAsync(log, middle == long.MaxValue ? middle : middle + 1, count - (count / 2), cancellationToken);
            return olderHalf with { Items = [.. Views(newerHalf.Reverse()), .. olderHalf.Items] };
        }

        return await ReadOlderAsync(log, before ?? long.MaxValue, count, cancellationToken);
    }

    /// <summary>All versions of a message, oldest first; for its sender, moderators, owners and the backend. Of a deleted message nothing is left.</summary>
    /// <exception cref="RefusedException"><c>not_allowed</c> and what <see cref="GetAsync"/> refuses.</exception>
    public async Task<MessageHistoryResponse> GetHistoryAsync(Caller caller, ConversationId conversation, string messageId, CancellationToken cancellationToken)
    {
        var standing = await membership.RequireAsync(caller, conversation, Right.Read, cancellationToken);
        var message = await writer.RequireAsync(LogId.Of(caller.Tenant, conversation), messageId, cancellationToken);
        if (!standing.May(Right.ReadHistory, caller) && message.ActorId != caller.User?.Value)
        {
            throw Refusal.NotAllowed.With("Only its sender and moderators may see a message's history.");
        }

        var state = message.Message!;
        if (state.DeletedAt is not null)
        {
            return new([]);
        }

        var content = state.Original ?? state.Content;
        var versions = new List<MessageVersion> { new(message.Seq, message.ActorId, message.At, content.Text, content.Attachments, content.Custom) };
        for (var after = message.Seq; ;)
        {
            var changes = await entries.ReadChangesAsync(message.Log, message.Seq, after, Batch, cancellationToken);
            foreach (var change in changes.Where(change => change.Type == EntryTypes.MessageEdited))
            {
                if (change.Data?.Deserialize(CoreJsonContext.Default.MessageEditedData) is { } edit)
                {
                    content = edit.ApplyTo(content);
                    versions.Add(new(change.Seq, change.ActorId, change.At, content.Text, content.Attachments, content.Custom));
                }
            }

            if (changes.Count < Batch)
            {
                return new(versions);
            }

            after = changes[^1].Seq;
        }
    }

    private async Task<MessagePage> ReadOlderAsync(LogId log, long before, int count, CancellationToken cancellationToken)
    {
        var older = await entries.ReadMessagesAsync(log, Direction.Older, before, count + 1, cancellationToken);
        return new(Views(older.Take(count)), older.Count > count ? older[count - 1].Seq : null);
    }

    private static IReadOnlyList<MessageResponse> Views(IEnumerable<Entry> messages) => [.. messages.Select(message => message.ToMessage())];
}
