using System.Globalization;
using Caas.Core.Callers;
using Caas.Core.Feed;
using Caas.Core.Paging;

namespace Caas.Core.EventLog;

/// <summary>What a backend asks of the event log.</summary>
/// <param name="After">A position; null: from the start; <c>latest</c>: from now on.</param>
/// <param name="Types">See <see cref="EventTypeFilter"/>.</param>
/// <param name="WaitSeconds">How long to wait where nothing is there yet.</param>
public sealed record EventLogQuestion(string? After, IReadOnlyList<string>? Types, int? Limit, int? WaitSeconds);

/// <summary>A stretch of a tenant's history.</summary>
/// <param name="Items">CloudEvents, UTF-8 JSON, exactly as they are published.</param>
/// <param name="Next">The position to go on after.</param>
public sealed record EventStretch(IReadOnlyList<ReadOnlyMemory<byte>> Items, long Next, bool Complete);

/// <summary>
/// The tenant's history for its backend: the feed, from any position, as often as wanted. Events are made when they are read, so what was edited, deleted or erased comes as it stands now.
/// </summary>
public sealed class EventLogReader(IFeedStore feed, EventTelling telling, EventTail tail, EventLogMetrics metrics, TimeProvider clock)
{
    public const int MostItems = 1_000;
    public const int MostWaitSeconds = 60;
    public const string Latest = "latest";

    /// <summary>After so many items that a filter leaves out the call is answered, however few it found: <see cref="EventStretch.Next"/> goes on.</summary>
    private const int MostScanned = 20_000;
    private const int ScanAtOnce = 1_000;
    private const int MapAtOnce = 500;

    /// <summary>So many are made first: then it is known how long they are, and how many more a page takes.</summary>
    private const int MapFirst = 50;

    /// <summary>A page of long messages ends early, so that it stays of a size that can be taken.</summary>
    private const int MostBytes = 2 * 1024 * 1024;

    /// <exception cref="RefusedException"><c>not_allowed</c>, <c>insufficient_scope</c>, <c>validation_failed</c>, <c>invalid_arguments</c> for a position beyond the end, <c>rate_limited</c>.</exception>
    public async Task<EventStretch> ReadAsync(Caller caller, EventLogQuestion question, CancellationToken cancellationToken)
    {
        var tenant = caller.RequireBackend(Scopes.EventsRead);
        var limit = PageLimit.Require(question.Limit, MostItems);
        var filter = EventTypeFilter.ParseKnown(question.Types, "types");
        if (question.WaitSeconds is < 0 or > MostWaitSeconds)
        {
            throw Refusal.ValidationFailed.With("waitSeconds", $"must be 0 to {MostWaitSeconds}");
        }

        var after = await PositionAsync(tenant, question.After, cancellationToken);
        var (began, wait) = (clock.GetTimestamp(), TimeSpan.FromSeconds(question.WaitSeconds ?? 0));
        while (true)
        {
            var stretch = await ReadAsync(tenant, after, filter, limit, cancellationToken);
            var left = wait - clock.GetElapsedTime(began);
            if (stretch.Items.Count > 0 || !stretch.Complete || left <= TimeSpan.Zero || tail.IsStopping)
            {
                return stretch;
            }

            after = stretch.Next;
            await tail.WaitAsync(tenant, after, left, cancellationToken);
        }
    }

    private async Task<EventStretch> ReadAsync(TenantId tenant, long after, EventTypeFilter filter, int limit, CancellationToken cancellationToken)
    {
        var (items, bytes, scanned) = (new List<ReadOnlyMemory<byte>>(), 0, 0);
        while (items.Count < limit && bytes < MostBytes && scanned < MostScanned)
        {
            var most = Math.Min(items.Count == 0 ? MapFirst : Math.Clamp((MostBytes - bytes) / Math.Max(1, bytes / items.Count) + 1, 1, MapAtOnce), limit - items.Count);
            var asked = filter.IsAll ? most : ScanAtOnce;
            var batch = await feed.ReadAsync(tenant, after, asked, cancellationToken);
            FeedItem[] wanted = [.. batch.Where(filter.Wants)];
            FeedItem[] taken = [.. wanted.Take(most)];
            foreach (var told in await telling.TellAsync(taken, cancellationToken))
            {
                items.Add(told.CloudEvent);
                bytes += told.CloudEvent.Length;
                after = told.Item.Position;
                if (bytes >= MostBytes)
                {
                    metrics.Read(items.Count, scanned);
                    return new(items, after, false);
                }
            }

            if (taken.Length < wanted.Length)
            {
                continue;
            }

            scanned += batch.Count - taken.Length;
            after = batch is [.., var last] ? last.Position : after;
            if (batch.Count < asked)
            {
                metrics.Read(items.Count, scanned);
                return new(items, after, true);
            }
        }

        metrics.Read(items.Count, scanned);
        return new(items, after, false);
    }

    private async Task<long> PositionAsync(TenantId tenant, string? after, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(after))
        {
            return 0;
        }

        if (after != Latest && (!long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out _) || after.Length > 19))
        {
            throw Refusal.ValidationFailed.With("after", $"must be a position (next of an earlier answer, or position of an event), or {Latest}");
        }

        var head = await feed.ReadHeadAsync(tenant, cancellationToken);
        var position = after == Latest ? head : long.Parse(after, NumberStyles.None, CultureInfo.InvariantCulture);
        return position <= head ? position : throw Refusal.InvalidArguments.With("after", $"is beyond the end of the history, {head}: was it another installation's?");
    }
}
