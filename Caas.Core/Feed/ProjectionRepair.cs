using Caas.Core.Entries;
using Microsoft.Extensions.Logging;

namespace Caas.Core.Feed;

/// <summary>
/// Repairs the projections of a batch's logs. A log whose projection keeps throwing is tried a few times, then logged loudly and skipped, so that it cannot hold up
/// everybody's history; it is tried again with its next entries, once each for a while.
/// </summary>
internal sealed partial class ProjectionRepair(IReadOnlyList<ILogProjection> projections, IFeedStore feed, FeedOptions options, FeedMetrics metrics, TimeProvider clock, ILogger logger)
{
    private const int SideBySide = 4;
    private const int UnavailablePasses = 20;
    private static readonly TimeSpan Suspected = TimeSpan.FromMinutes(1);

    private readonly Dictionary<(ILogProjection, LogId), long> _failedAt = [];
    private readonly Dictionary<(ILogProjection, LogId), int> _unavailable = [];
    private readonly Lock _gate = new();

    /// <param name="headers">Each log's ascending.</param>
    /// <exception cref="StoreUnavailableException">Nothing can be said: the whole batch goes again later.</exception>
    public Task RepairAsync(IReadOnlyList<EntryHeader> headers, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(
            headers.GroupBy(header => header.Log),
            new ParallelOptions { MaxDegreeOfParallelism = SideBySide, CancellationToken = cancellationToken },
            async (log, token) => await RepairLogAsync(log.Key, [.. log], token));

    private async Task RepairLogAsync(LogId log, IReadOnlyList<EntryHeader> headers, CancellationToken cancellationToken)
    {
        foreach (var projection in projections.Where(projection => projection.Handles(log)))
        {
            var backoff = new Backoff(options.InitialBackoff, options.MaxBackoff, clock);
            var attempts = IsSuspected((projection, log)) ? 1 : options.RepairAttempts;
            while (await TryAsync(projection, log, headers, cancellationToken) is { } failure)
            {
                if (backoff.Failures + 1 >= attempts)
                {
                    Suspect((projection, log));
                    metrics.RepairSkipped();
                    LogSkipped(failure, projection.GetType().Name, log.ToString(), headers[0].Seq, headers[^1].Seq, attempts);
                    break;
                }

                await backoff.PauseAsync(cancellationToken);
            }
        }
    }

    /// <returns>Why it failed; null: it did not.</returns>
    private async Task<Exception?> TryAsync(ILogProjection projection, LogId log, IReadOnlyList<EntryHeader> headers, CancellationToken cancellationToken)
    {
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var timeout = new CancellationTokenSource(options.RepairTimeout, clock);
        await using var joined = timeout.Token.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), bounded);
        try
        {
            await projection.RepairAsync(log, headers, bounded.Token);
            Clear((projection, log));
            return null;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (FencedException)
        {
            throw;
        }
        catch (StoreUnavailableException exception)
        {
            // Is it the store, or only this log? The store is asked: when it does not answer either, this throws.
            _ = await feed.ReadSourcePositionAsync(FeedConsumers.Projector, cancellationToken);
            if (CountUnavailable((projection, log)) < UnavailablePasses)
            {
                throw;
            }

            return exception;
        }
#pragma warning disable CA1031 // Whatever one log's projection throws, the others' history goes on: logged and skipped by the caller.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return exception;
        }
    }

    private bool IsSuspected((ILogProjection, LogId) repair)
    {
        lock (_gate)
        {
            return _failedAt.TryGetValue(repair, out var at) && clock.GetElapsedTime(at) < Suspected;
        }
    }

    private void Suspect((ILogProjection, LogId) repair)
    {
        lock (_gate)
        {
            _failedAt[repair] = clock.GetTimestamp();
        }
    }

    private int CountUnavailable((ILogProjection, LogId) repair)
    {
        lock (_gate)
        {
            return _unavailable[repair] = _unavailable.GetValueOrDefault(repair) + 1;
        }
    }

    private void Clear((ILogProjection, LogId) repair)
    {
        lock (_gate)
        {
            _failedAt.Remove(repair);
            _unavailable.Remove(repair);
        }
    }

    [LoggerMessage(8021, LogLevel.Error, "{Projection} could not repair log {Log} for its entries {First} to {Last} in {Attempts} attempts. They are skipped: what is projected of them may be missing until the log's next entry.")]
    private partial void LogSkipped(Exception exception, string projection, string log, long first, long last, int attempts);
}
