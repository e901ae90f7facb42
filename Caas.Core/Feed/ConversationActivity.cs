using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Receipts;

namespace Caas.Core.Feed;

/// <summary>What a batch of entries says about conversations' activity and about how far senders have read: sending moves one's own cursor.</summary>
internal static class ConversationActivity
{
    /// <summary>Raises summaries and cursors; both only ever rise, so that repeating it changes nothing.</summary>
    public static async Task ApplyAsync(IConversationStore conversations, IReceiptStore receipts, IReadOnlyList<EntryHeader> headers, CancellationToken cancellationToken)
    {
        var (summaries, cursors) = (Summaries(headers), Cursors(headers));

        // Cursors first: whoever reads a summary and then a cursor finds none of the member's own messages behind it.
        if (cursors.Count > 0)
        {
            await receipts.MoveAsync(cursors, cancellationToken);
        }

        if (summaries.Count > 0)
        {
            await conversations.SummarizeAsync(summaries, cancellationToken);
        }
    }

    private static List<(TenantId Tenant, ConversationId Id, ConversationSummary Summary)> Summaries(IReadOnlyList<EntryHeader> headers) =>
        [.. headers.Where(header => IsConversation(header.Log)).GroupBy(header => header.Log).Select(log => (log.Key.Tenant, new ConversationId(log.Key.Name), Summarize(log)))];

    private static ConversationSummary Summarize(IEnumerable<EntryHeader> log)
    {
        var summary = new ConversationSummary(0, 0, 0, default);
        foreach (var header in log)
        {
            summary = summary with { LastSeq = header.Seq, LastMessageNo = Math.Max(summary.LastMessageNo, header.MessageNo) };
            if (header.Target == EntryTarget.Message)
            {
                summary = summary with { LastMessageSeq = header.Seq, LastActivityAt = header.At };
            }
            else if (header.Seq == 1)
            {
                summary = summary with { LastActivityAt = header.At };
            }
        }

        return summary;
    }

    private static List<CursorMove> Cursors(IReadOnlyList<EntryHeader> headers) =>
        [.. headers.Where(header => header.Target == EntryTarget.Message && IsConversation(header.Log) && PublicId.IsValid(header.ActorId))
            .GroupBy(header => (header.Log, header.ActorId))
            .Select(sender => (sender.Key.Log, User: new UserId(sender.Key.ActorId!), Last: sender.MaxBy(header => header.Seq)!))
            .Select(sender => new CursorMove(sender.Log, sender.User, sender.Last.Seq, sender.Last.Seq, sender.Last.MessageNo))];

    private static bool IsConversation(LogId log) => log.IsConversation && PublicId.IsValid(log.Name);
}
