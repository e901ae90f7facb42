using Caas.Core.Entries;
using Microsoft.Extensions.Logging;

namespace Caas.Core.Feed;

/// <summary>
/// Turns what the source gives into dense stretches of each log: what stands in the feed is dropped, what the source did not give is read from the log. So the feed
/// of a log has no hole and no disorder, whatever a rescan by time gives. One per tenure: nobody else writes the feed meanwhile.
/// </summary>
internal sealed partial class DenseLogs(IFeedStore feed, IEntryStore entries, FeedMetrics metrics, TimeProvider clock, ILogger logger)
{
    /// <summary>How many logs' last seqs are remembered; beyond that all are asked for again.</summary>
    private const int Remembered = 100_000;
    private const int Page = 500;
    private const int ReadAttempts = 6;

    // A lower bound of the last seq in the feed is enough: what is given twice, the feed skips.
    private readonly Dictionary<LogId, long> _last = [];

    /// <summary>The entries that go on where the feed ends, each log's ascending and dense.</summary>
    public async Task<IReadOnlyList<EntryHeader>> ContinueAsync(IReadOnlyList<EntryHeader> batch, CancellationToken cancellationToken)
    {
        if (_last.Count > Remembered)
        {
            _last.Clear();
        }

        await LearnAsync([.. batch.Select(header => header.Log).Distinct().Where(log => !_last.ContainsKey(log))], cancellationToken);
        var dense = new List<EntryHeader>(batch.Count);
        var next = new Dictionary<LogId, long>();
        foreach (var header in batch)
        {
            var last = next.TryGetValue(header.Log, out var reached) ? reached : _last[header.Log];
            if (header.Seq <= last)
            {
                continue;
            }

            if (header.Seq > last + 1)
            {
                dense.AddRange(await ReadGapAsync(header.Log, last, header.Seq, cancellationToken));
            }

            dense.Add(header);
            next[header.Log] = header.Seq;
        }

        return dense;
    }

    /// <summary>These stand in the feed now.</summary>
    public void Appended(IReadOnlyList<EntryHeader> headers)
    {
        foreach (var header in headers)
        {
            _last[header.Log] = header.Seq;
        }
    }

    private async Task LearnAsync(IReadOnlyList<LogId> logs, CancellationToken cancellationToken)
    {
        foreach (var chunk in logs.Chunk(Page))
        {
            var seqs = await feed.ReadLastSeqsAsync(chunk, cancellationToken);
            for (var i = 0; i < chunk.Length; i++)
            {
                _last[chunk[i]] = seqs[i];
            }
        }
    }

    private async Task<IReadOnlyList<EntryHeader>> ReadGapAsync(LogId log, long after, long before, CancellationToken cancellationToken)
    {
        var read = new List<EntryHeader>();
        for (var attempt = 1; after + 1 < before; attempt++)
        {
            var limit = (int)Math.Min(Page, before - after - 1);
            foreach (var entry in (await entries.ReadAfterAsync(log, after, limit, cancellationToken)).Where(entry => entry.Seq == after + 1))
            {
                read.Add(new(log, entry.Seq, entry.MessageNo, entry.Type, entry.Target, entry.ActorId, entry.At));
                (after, attempt) = (entry.Seq, 0);
            }

            if (attempt >= ReadAttempts)
            {
                // Entry 'before' is committed, so all before it are: a store that does not give them has lost them. History goes on without.
                LogHole(log.ToString(), after + 1, before - 1);
                break;
            }

            if (attempt > 0)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20 << attempt), clock, cancellationToken);
            }
        }

        metrics.GapFilled(read.Count);
        return read;
    }

    [LoggerMessage(8011, LogLevel.Critical, "Log {Log} has no entries {First} to {Last}, though a later one is committed: the store has lost them. The feed goes on without them.")]
    private partial void LogHole(string log, long first, long last);
}
