using System.Collections.Concurrent;
using Caas.Core.Entries;
using Caas.Core.Feed;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Caas.Core.Push;

/// <summary>
/// Pushes what is due, in one process at a time: the one that holds the lease. Of each device one push is under way, and one of a call beside it, so that a process that dies repeats at most that
/// one, with the same collapse id. Calls have their own loop and their own slots; slots are shared out (<see cref="PushSlots"/>), and what finds none is left out of what is read next: who is slow to
/// be reached holds up nobody else.
/// </summary>
public sealed partial class PushWorker(IPushStore store, PushSender sender, Election election, IOptions<PushOptions> options, ILogger<PushWorker> logger) : Elected("push", election, logger)
{
    private const int Batch = 1_000;
    private const int PruneBatch = 1_000;
    private static readonly TimeSpan PruneEvery = TimeSpan.FromMinutes(10);

    /// <summary>Between two looks, however much waits.</summary>
    private static readonly TimeSpan LeastPause = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrentDictionary<(string Device, bool Calls), Task> _underWay = [];

    /// <inheritdoc/>
    protected override async Task WorkAsync(long epoch, CancellationToken cancellationToken)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var callSlots = new PushSlots(options.Value, Clock);
        using var otherSlots = new PushSlots(options.Value, Clock);
        Task[] loops = [RunAsync(calls: true, callSlots, both.Token), RunAsync(calls: false, otherSlots, both.Token)];
        try
        {
            // Whichever breaks off, the other one ends with it.
            await await Task.WhenAny(loops);
        }
        finally
        {
            await both.CancelAsync();
            await Task.WhenAll(loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

            // They heed the token: what was sent is still recorded where the store answers at once.
            await Task.WhenAll(_underWay.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task RunAsync(bool calls, PushSlots slots, CancellationToken cancellationToken)
    {
        var backoff = new Backoff(Options.InitialBackoff, Options.MaxBackoff, Clock);
        var pruned = Clock.GetTimestamp();
        while (true)
        {
            try
            {
                // Before it is read what is due: what ends meanwhile may still stand in the answer.
                var taken = slots.Taken();
                var began = Clock.GetTimestamp();
                var due = slots.IsFull ? [] : await store.ListDueAsync(Clock.GetUtcNow(), calls, taken, Batch, cancellationToken);
                var left = Begin([.. due.Where(job => !taken.Contains(PushPlaces.DeviceOf(job)))], slots, cancellationToken);
                if (!calls && Clock.GetElapsedTime(pruned) > PruneEvery && await store.PruneAsync(Clock.GetUtcNow() - options.Value.Keep, PruneBatch, cancellationToken) < PruneBatch)
                {
                    pruned = Clock.GetTimestamp();
                }

                backoff.Reset();
                await PauseAsync(slots, more: due.Count == Batch, left || slots.IsFull, Clock.GetElapsedTime(began), cancellationToken);
            }
            catch (StoreUnavailableException exception)
            {
                LogUnavailable(exception);
                await backoff.PauseAsync(cancellationToken);
            }
        }
    }

    /// <summary>Until it is worth looking again. Much that waits for slots makes looking long: of the time it gets a third.</summary>
    private async Task PauseAsync(PushSlots slots, bool more, bool left, TimeSpan took, CancellationToken cancellationToken)
    {
        var period = options.Value.Period;
        var least = took * 2 > LeastPause ? took * 2 : LeastPause;
        await Task.Delay((more || left) && least < period ? least : took * 2 > period ? took * 2 : period, Clock, cancellationToken);
        if (left && !more && least < period)
        {
            await slots.WaitAsync(period - least, cancellationToken);
        }
    }

    /// <returns>Whether something found no slot.</returns>
    private bool Begin(IReadOnlyList<PushJob> due, PushSlots slots, CancellationToken cancellationToken)
    {
        var left = false;
        foreach (var device in due.GroupBy(PushPlaces.DeviceOf))
        {
            PushJob[] jobs = [.. device];
            if (slots.TryTake(jobs[0]))
            {
                // It is on the list before it can end.
                var listed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _underWay[(device.Key, jobs[0].IsCall)] = SendAsync(jobs, slots, listed.Task, cancellationToken);
                listed.SetResult();
            }
            else
            {
                left = true;
            }
        }

        return left;
    }

    private async Task SendAsync(PushJob[] jobs, PushSlots slots, Task listed, CancellationToken cancellationToken)
    {
        await listed;
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
            _underWay.TryRemove((PushPlaces.DeviceOf(jobs[0]), jobs[0].IsCall), out _);
            slots.Release(jobs[0]);
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
