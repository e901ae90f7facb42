using System.Collections.Concurrent;
using Caas.Core.Entries;
using Caas.Core.Feed;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Caas.Core.Push;

/// <summary>
/// Pushes what is due, in one process at a time: the one that holds the lease. Of each device one push is under way, so that a process that dies repeats at most that one, with the same collapse id;
/// a device that is slow to be reached holds up no other.
/// </summary>
public sealed partial class PushWorker(IPushStore store, PushSender sender, Election election, IOptions<PushOptions> options, ILogger<PushWorker> logger) : Elected("push", election, logger)
{
    private const int Batch = 1_000;
    private const int PruneBatch = 1_000;
    private static readonly TimeSpan PruneEvery = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<(TenantId, UserId, string), Task> _underWay = [];

    /// <inheritdoc/>
    protected override async Task WorkAsync(long epoch, CancellationToken cancellationToken)
    {
        using var slots = new SemaphoreSlim(options.Value.Parallelism);
        var backoff = new Backoff(Options.InitialBackoff, Options.MaxBackoff, Clock);
        var pruned = Clock.GetTimestamp();
        try
        {
            while (true)
            {
                try
                {
                    // Before it is read what is due: what ends meanwhile may still stand in the answer.
                    var busy = _underWay.Keys.ToHashSet();
                    var due = await store.ListDueAsync(Clock.GetUtcNow(), Batch, cancellationToken);
                    await BeginAsync([.. due.Where(job => !busy.Contains((job.Tenant, job.User, job.Device)))], slots, cancellationToken);
                    if (Clock.GetElapsedTime(pruned) > PruneEvery && await store.PruneAsync(Clock.GetUtcNow() - options.Value.Keep, PruneBatch, cancellationToken) < PruneBatch)
                    {
                        pruned = Clock.GetTimestamp();
                    }

                    backoff.Reset();
                    await Task.Delay(options.Value.Period, Clock, cancellationToken);
                }
                catch (StoreUnavailableException exception)
                {
                    LogUnavailable(exception);
                    await backoff.PauseAsync(cancellationToken);
                }
            }
        }
        finally
        {
            // They heed the token: what was sent is still recorded where the store answers at once.
            await Task.WhenAll(_underWay.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task BeginAsync(IReadOnlyList<PushJob> due, SemaphoreSlim slots, CancellationToken cancellationToken)
    {
        foreach (var device in due.GroupBy(job => (job.Tenant, job.User, job.Device)))
        {
            await slots.WaitAsync(cancellationToken);
            _underWay[device.Key] = SendAsync(device.Key, [.. device], slots, cancellationToken);
        }
    }

    private async Task SendAsync((TenantId, UserId, string) device, IReadOnlyList<PushJob> jobs, SemaphoreSlim slots, CancellationToken cancellationToken)
    {
        // The list of those under way has it before it can end.
        await Task.Yield();
        try
        {
            await sender.SendAsync(jobs, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Another process goes on, or this one after its next start.
        }
#pragma warning disable CA1031 // One device must not hold up all others: it is logged, and tried again a little later.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogFailed(exception, exception is StoreUnavailableException ? LogLevel.Warning : LogLevel.Error);
            await PutOffAsync(jobs);
        }
        finally
        {
            _underWay.TryRemove(device, out _);
            slots.Release();
        }
    }

    private async Task PutOffAsync(IReadOnlyList<PushJob> jobs)
    {
        try
        {
            foreach (var job in jobs)
            {
                await store.RetryAsync(job with { DueAt = Timed.TimedRules.Whole(Clock.GetUtcNow() + options.Value.InitialBackoff) }, CancellationToken.None);
            }
        }
        catch (StoreUnavailableException exception)
        {
            LogUnavailable(exception);
        }
    }

    [LoggerMessage(1491, LogLevel.Warning, "The store is not available; what waits is pushed when it is.")]
    private partial void LogUnavailable(Exception exception);

    [LoggerMessage(EventId = 1492, Message = "What waits for a device could not be pushed; it is tried again.")]
    private partial void LogFailed(Exception exception, LogLevel level);
}
