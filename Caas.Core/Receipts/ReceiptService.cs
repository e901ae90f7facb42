using System.Collections.Concurrent;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Members;
using Microsoft.Extensions.Options;

namespace Caas.Core.Receipts;

/// <summary>Who has and who has read what: members' cursors, marked by themselves.</summary>
public sealed class ReceiptService(ReceiptMarks marks, ReceiptReading reading, IEntryStore entries, Membership membership, IOptions<ReceiptOptions> options)
{
    private const int MostTails = 20_000;

    /// <summary>How far logs reached when they were looked at: marks up to there ask for nothing.</summary>
    private readonly ConcurrentDictionary<LogId, long> _tails = [];

    /// <summary>Notes that the caller has, or has read, everything up to a seq; written within a second. Behind the cursor it changes nothing; beyond the log's end it counts as the end.</summary>
    /// <exception cref="RefusedException"><c>on_behalf_of_required</c>, <c>validation_failed</c>, <c>conversation_not_found</c>, <c>not_a_member</c>, <c>unavailable</c>.</exception>
    public async Task MarkAsync(Caller caller, ConversationId conversation, MarkReceiptsRequest request, CancellationToken cancellationToken)
    {
        var user = caller.RequireUser();
        new Validation()
            .Check(request.DeliveredSeq is null or >= 0, "deliveredSeq", "must not be negative")
            .Check(request.ReadSeq is null or >= 0, "readSeq", "must not be negative")
            .Check(request.DeliveredSeq is not null || request.ReadSeq is not null, "readSeq", "or deliveredSeq is required")
            .ThrowIfAny();
        var standing = await membership.RequireAsync(caller, conversation, Right.Read, cancellationToken);
        if (standing.Member is null)
        {
            throw Refusal.NotAMember.AsException();
        }

        var log = LogId.Of(caller.Tenant, conversation);
        var tail = await TailAsync(log, Math.Max(request.DeliveredSeq ?? 0, request.ReadSeq ?? 0), cancellationToken);
        marks.Add(log, user, Math.Min(tail, request.DeliveredSeq ?? 0), Math.Min(tail, request.ReadSeq ?? 0), standing.Conversation.MemberCount <= options.Value.PushedMembers);
    }

    /// <summary>As <see cref="MarkAsync"/>, durable when it returns.</summary>
    /// <returns>The caller's cursors now.</returns>
    public async Task<ReceiptResponse> PutAsync(Caller caller, ConversationId conversation, MarkReceiptsRequest request, CancellationToken cancellationToken)
    {
        await MarkAsync(caller, conversation, request, cancellationToken);
        await marks.FlushAsync(cancellationToken);
        return await reading.OwnAsync(caller, conversation, cancellationToken);
    }

    /// <summary>How far each member has come, by user id, as far as they tell.</summary>
    /// <exception cref="RefusedException"><c>on_behalf_of_required</c>, <c>validation_failed</c>, <c>invalid_cursor</c>, <c>conversation_not_found</c>, <c>not_a_member</c>.</exception>
    public async Task<Page<ReceiptResponse>> ListAsync(Caller caller, ConversationId conversation, int? limit, string? cursor, CancellationToken cancellationToken)
    {
        await marks.FlushAsync(cancellationToken);
        return await reading.ListAsync(caller, conversation, limit, cursor, cancellationToken);
    }

    /// <summary>Who has a message, and who has read it, by user id, as far as they tell; without its sender and without those who joined later.</summary>
    /// <exception cref="RefusedException"><c>message_not_found</c>, and as <see cref="ListAsync"/>.</exception>
    public async Task<Page<MessageReceiptResponse>> ListOfMessageAsync(Caller caller, ConversationId conversation, string messageId, int? limit, string? cursor, CancellationToken cancellationToken)
    {
        await marks.FlushAsync(cancellationToken);
        return await reading.ListOfMessageAsync(caller, conversation, messageId, limit, cursor, cancellationToken);
    }

    /// <summary>The caller's unread messages in all conversations; follows the logs within a second.</summary>
    /// <exception cref="RefusedException"><c>on_behalf_of_required</c>.</exception>
    public async Task<UnreadResponse> GetUnreadAsync(Caller caller, CancellationToken cancellationToken)
    {
        await marks.FlushAsync(cancellationToken);
        return await reading.GetUnreadAsync(caller, cancellationToken);
    }

    /// <summary>Where the log ends, or any place that is not before <paramref name="seq"/>.</summary>
    private async ValueTask<long> TailAsync(LogId log, long seq, CancellationToken cancellationToken)
    {
        if (_tails.TryGetValue(log, out var known) && known >= seq)
        {
            return known;
        }

        var tail = (await entries.ReadTailAsync(log, cancellationToken)).Seq;
        if (_tails.Count >= MostTails)
        {
            _tails.Clear();
        }

        _tails[log] = tail;
        return tail;
    }
}
