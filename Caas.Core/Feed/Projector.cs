using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Receipts;
using Microsoft.Extensions.Logging;

namespace Caas.Core.Feed;

/// <summary>What the projector works on: nothing but the store.</summary>
public sealed record ProjectorStores(IEntrySource Source, IFeedStore Feed, IEntryStore Entries, IConversationStore Conversations, IReceiptStore Receipts, IEnumerable<ILogProjection> Projections);

/// <summary>
/// Follows new entries in commit order and, batch by batch, repairs projections, raises summaries and senders' read cursors, appends to the feed, and saves its place.
/// All steps may be repeated: after a crash it goes on from the saved place. What stands in the feed has been projected.
/// </summary>
public sealed partial class Projector(ProjectorStores stores, Election election, FeedSignal signal, FeedMetrics metrics, ILogger<Projector> logger)
    : Elected(FeedConsumers.Projector, election, logger)
{
    /// <summary>How long one read of the source waits for news; the source wakes it.</summary>
    private static readonly TimeSpan SourceWait = TimeSpan.FromSeconds(1);

    /// <summary>How often the place is saved where nothing comes: MongoDB forgets old ones.</summary>
    private static readonly TimeSpan IdleSave = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    protected override async Task WorkAsync(long epoch, CancellationToken cancellationToken)
    {
        var tenure = new Tenure(
            epoch,
            new(stores.Feed, stores.Entries, metrics, Clock, logger),
            new([.. stores.Projections], stores.Feed, Options, metrics, Clock, logger),
            new(Options.InitialBackoff, Options.MaxBackoff, Clock));
        var saved = await stores.Feed.ReadSourcePositionAsync(FeedConsumers.Projector, cancellationToken) ?? new(SourcePosition.Start, DateTimeOffset.UnixEpoch);

        // Saved again with this epoch: from now on a zombie is fenced.
        await stores.Feed.SaveSourcePositionAsync(FeedConsumers.Projector, saved.Position, saved.At, epoch, cancellationToken);
        var lost = false;
        while (true)
        {
            try
            {
                await using var cursor = lost
                    ? await stores.Source.OpenAtTimeAsync(RescanFrom(saved.At), cancellationToken)
                    : await stores.Source.OpenAsync(saved.Position, cancellationToken);
                await foreach (var place in FollowAsync(cursor, saved, tenure, cancellationToken))
                {
                    (saved, lost) = (place, false);
                    tenure.Backoff.Reset();
                }
            }
            catch (SourcePositionLostException exception)
            {
                LogLost(exception, RescanFrom(saved.At));
                metrics.Rescanned();
                lost = true;
                await tenure.Backoff.PauseAsync(cancellationToken);
            }
            catch (StoreUnavailableException exception)
            {
                LogUnavailable(exception, saved.Position.Value);
                await tenure.Backoff.PauseAsync(cancellationToken);
            }
        }
    }

    /// <summary>Projects batch after batch; gives each place once it is saved.</summary>
    private async IAsyncEnumerable<SavedSourcePosition> FollowAsync(IEntryCursor cursor, SavedSourcePosition saved, Tenure tenure, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var savedAt = Clock.GetTimestamp();
        while (true)
        {
            var batch = await cursor.NextAsync(Options.BatchSize, SourceWait, cancellationToken);
            if (batch.Entries.Count > 0)
            {
                await ProjectAsync(batch.Entries, tenure, cancellationToken);
            }
            else
            {
                metrics.ProjectorAt(0, TimeSpan.Zero);
                if (batch.Position == saved.Position || Clock.GetElapsedTime(savedAt) < IdleSave)
                {
                    continue;
                }
            }

            saved = new(batch.Position, batch.Entries.Count > 0 ? TimeOf(batch.Entries) : saved.At);
            await stores.Feed.SaveSourcePositionAsync(FeedConsumers.Projector, saved.Position, saved.At, tenure.Epoch, cancellationToken);
            savedAt = Clock.GetTimestamp();
            yield return saved;

            // Each batch costs a few writes, and wakes everybody who reads the feed.
            if (batch.Entries.Count is > 0 and var count && count < Options.BatchSize)
            {
                await Task.Delay(Options.Gather, Clock, cancellationToken);
            }
        }
    }

    private async Task ProjectAsync(IReadOnlyList<EntryHeader> batch, Tenure tenure, CancellationToken cancellationToken)
    {
        metrics.ProjectorAt(batch.Count, Clock.GetUtcNow() - batch.Min(header => header.At));
        var headers = await tenure.Logs.ContinueAsync(batch, cancellationToken);
        if (headers.Count == 0)
        {
            return;
        }

        // Conversations first: a summary of one that is not stored yet would be lost. The feed last: whoever reads of an entry there finds it projected.
        await tenure.Repair.RepairAsync(headers, cancellationToken);
        await ConversationActivity.ApplyAsync(stores.Conversations, stores.Receipts, headers, cancellationToken);
        await stores.Feed.AppendAsync(headers, tenure.Epoch, cancellationToken);
        tenure.Logs.Appended(headers);
        signal.Raise(headers);

        metrics.Appended(headers.Count);
        var now = Clock.GetUtcNow();
        foreach (var header in headers)
        {
            metrics.Delayed(now - header.At);
        }
    }

    /// <summary>From where a rescan would have to start: never later than now, whatever the clock was that stamped an entry.</summary>
    private DateTimeOffset TimeOf(IReadOnlyList<EntryHeader> entries)
    {
        var (newest, now) = (entries.Max(header => header.At), Clock.GetUtcNow());
        return newest < now ? newest : now;
    }

    private DateTimeOffset RescanFrom(DateTimeOffset at) => at - DateTimeOffset.UnixEpoch > Options.RescanMargin ? at - Options.RescanMargin : DateTimeOffset.UnixEpoch;

    private sealed record Tenure(long Epoch, DenseLogs Logs, ProjectionRepair Repair, Backoff Backoff);

    [LoggerMessage(8031, LogLevel.Error, "The store has lost the projector's place; it rescans from {From}.")]
    private partial void LogLost(Exception exception, DateTimeOffset from);

    [LoggerMessage(8032, LogLevel.Warning, "The store is not available; the projector goes on after {Position} when it is.")]
    private partial void LogUnavailable(Exception exception, string position);
}
