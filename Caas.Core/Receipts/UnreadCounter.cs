using Caas.Core.Blocks;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Members;

namespace Caas.Core.Receipts;

/// <summary>
/// Counts unread messages exactly, at a cost that does not grow with them: every place of a log knows how many messages there are up to it (<see cref="Entry.MessageNo"/>), a cursor keeps that
/// number, and of the difference only the deleted messages are counted, from an index of their own. None of one's own lies behind one's cursor: sending moves it, and what the projector has
/// not come to yet is looked at here.
/// </summary>
public sealed class UnreadCounter(IReceiptStore receipts, IEntryStore entries)
{
    private const int Page = 500;

    /// <summary>So many messages that the projector has not come to are looked at; it is seldom behind more than a few.</summary>
    private const int MostPages = 10;

    /// <summary>As far as the projector has come: for lists.</summary>
    /// <param name="conversations">Each member read with its conversation or after it, so that the cursor is not older than the summary.</param>
    /// <param name="blocks">Of the one user whose they are: what is hidden from it does not count.</param>
    public Task<IReadOnlyList<long>> CountAsync(IReadOnlyList<(Conversation Conversation, Member Member)> conversations, BlockSet blocks, CancellationToken cancellationToken) =>
        CountAsync([.. conversations.Select(one => new Question(one.Conversation.Log, ReadUpTo(one.Member), new(one.Conversation.Summary.LastSeq, one.Conversation.Summary.LastMessageNo), blocks))], cancellationToken);

    /// <summary>As the log is now.</summary>
    /// <param name="projected">How far the projector had come (<see cref="ConversationSummary.LastSeq"/>), read before <paramref name="members"/>.</param>
    /// <param name="blocks">Each member's: what is hidden from it does not count.</param>
    /// <returns>One number for each member.</returns>
    public async Task<IReadOnlyList<long>> CountAsync(LogId log, LogTail tail, long projected, IReadOnlyList<Member> members, Func<Member, BlockSet> blocks, CancellationToken cancellationToken)
    {
        var sent = await LastSentAsync(log, projected, tail, cancellationToken);
        return await CountAsync([.. members.Select(member => new Question(log, sent.TryGetValue(member.User.Value, out var own) && own.Seq > member.ReadSeq ? own : ReadUpTo(member), tail, blocks(member)))], cancellationToken);
    }

    private static LogTail ReadUpTo(Member member) => new(member.ReadSeq, member.ReadMessageNo);

    private async Task<IReadOnlyList<long>> CountAsync(IReadOnlyList<Question> questions, CancellationToken cancellationToken)
    {
        var counts = new long[questions.Count];
        var open = new List<int>();
        for (var i = 0; i < counts.Length; i++)
        {
            counts[i] = Math.Max(0, questions[i].UpTo.MessageNo - questions[i].Read.MessageNo);
            if (counts[i] > 0)
            {
                open.Add(i);
            }
        }

        if (open.Count > 0)
        {
            var deleted = await receipts.CountDeletedAsync([.. open.Select(i => new LogStretch(questions[i].Log, questions[i].Read.Seq, questions[i].UpTo.Seq))], cancellationToken);
            for (var i = 0; i < open.Count; i++)
            {
                counts[open[i]] = Math.Max(0, counts[open[i]] - deleted[i]);
            }

            await TakeOffHiddenAsync(questions, counts, [.. open.Where(i => counts[i] > 0 && !questions[i].Blocks.IsEmpty)], cancellationToken);
        }

        return counts;
    }

    private async Task TakeOffHiddenAsync(IReadOnlyList<Question> questions, long[] counts, int[] hiding, CancellationToken cancellationToken)
    {
        var hidden = hiding.Length == 0 ? [] : await receipts.CountSentAsync([.. hiding.Select(i => questions[i].Hidden)], cancellationToken);
        for (var i = 0; i < hidden.Count; i++)
        {
            counts[hiding[i]] = Math.Max(0, counts[hiding[i]] - hidden[i]);
        }
    }

    /// <summary>The last message of each who sent one that the projector has not come to, newest first.</summary>
    private async Task<Dictionary<string, LogTail>> LastSentAsync(LogId log, long projected, LogTail tail, CancellationToken cancellationToken)
    {
        var sent = new Dictionary<string, LogTail>(StringComparer.Ordinal);
        var before = tail.Seq + 1;
        for (var page = 0; page < MostPages && before > projected + 1; page++)
        {
            var messages = await entries.ReadMessagesAsync(log, Direction.Older, before, Page, cancellationToken);
            foreach (var message in messages.Where(message => message.ActorId is not null && message.Seq > projected))
            {
                sent.TryAdd(message.ActorId!, new(message.Seq, message.MessageNo));
            }

            before = messages.Count < Page ? 0 : messages[^1].Seq;
        }

        return sent;
    }

    private readonly record struct Question(LogId Log, LogTail Read, LogTail UpTo, BlockSet Blocks)
    {
        public SentStretch Hidden => new(new(Log, Read.Seq, UpTo.Seq), [.. Blocks.HiddenIn(Log)]);
    }
}
