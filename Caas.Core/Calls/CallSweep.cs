using System.Collections.Concurrent;
using Caas.Contracts;
using Caas.Core.Conversations;
using Caas.Core.Delivery;
using Caas.Core.Entries;
using Microsoft.Extensions.Logging;

namespace Caas.Core.Calls;

/// <summary>
/// What happens to calls without anybody doing it: ringing and waiting end, replicas die with the devices that they had, ends are still to be written, and calls of which nothing is known any more
/// end. Every replica does it; compare-and-set sees to it that each thing happens once.
/// </summary>
public sealed partial class CallSweep(CallChanges changes, ICallDirectory directory, IReplicaDirectory replicas, ICallRecordStore records, CallLog log, ILogger<CallSweep> logger)
{
    private const int Batch = 100;
    private const int AtOnce = 8;

    /// <summary>Of a round that looks for lost calls.</summary>
    private const int MostPages = 10;

    /// <summary>How often what is due in a call is tried, in about half an hour, before it is given up.</summary>
    private const int MostTries = 10;

    /// <summary>Of what is not tried again for so long another replica has done it.</summary>
    private static readonly TimeSpan Forgotten = TimeSpan.FromHours(1);

    /// <summary>Replicas write their leases anew within this, should they have been lost: none is gone before.</summary>
    private static readonly TimeSpan SurelyGone = TimeSpan.FromSeconds(5);

    /// <summary>A call that began is in the directory; so much younger ones are not looked at.</summary>
    private static readonly TimeSpan Young = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan LeastPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MostPause = TimeSpan.FromMinutes(5);

    /// <summary>How often something could not be done in a call; one that was given up is not tried again by this process.</summary>
    private readonly ConcurrentDictionary<CallKey, (int Times, DateTimeOffset Until)> _failures = [];

    /// <summary>Where the search for lost calls goes on.</summary>
    private DateTimeOffset _lookedUntil;

    /// <summary>Since when replicas with devices in calls have had no lease.</summary>
    private readonly Dictionary<string, DateTimeOffset> _missing = new(StringComparer.Ordinal);

    /// <summary>Calls whose time has come, and devices of replicas that are gone. Not to be called twice at once.</summary>
    /// <exception cref="StoreUnavailableException">Nobody keeps calls now.</exception>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        await EachAsync(await directory.ListDueAsync(changes.Now, Batch, cancellationToken), key => OneAsync(key, call => CallMachine.Tick(call, changes.Times, changes.Now), cancellationToken), cancellationToken);
        var living = (await replicas.ListAsync(cancellationToken)).Select(replica => replica.Id).ToHashSet(StringComparer.Ordinal);
        var lost = await directory.ListLostAsync(living, Batch, cancellationToken);
        foreach (var back in _missing.Keys.Except(lost.Select(one => one.Replica)).ToList())
        {
            _missing.Remove(back);
        }

        var gone = lost.Where(one => !_missing.TryAdd(one.Replica, changes.Now) && changes.Now >= _missing[one.Replica] + SurelyGone).ToList();
        await EachAsync(gone, one => OneAsync(one.Call, call => CallMachine.LoseReplica(call, one.Replica, changes.Times, changes.Now), cancellationToken), cancellationToken);
    }

    /// <summary>Ends calls that are on record and nowhere else: what was known of them is lost. Looks at a thousand of those that are open, and goes on there the next time.</summary>
    /// <exception cref="StoreUnavailableException">The store, or who keeps calls, cannot be asked.</exception>
    public async Task EndLostAsync(CancellationToken cancellationToken)
    {
        for (var page = 0; page < MostPages; page++)
        {
            var open = await records.ListOpenAsync(_lookedUntil, changes.Now - Young, Batch, cancellationToken);
            var versions = await directory.ListVersionsAsync([.. open.Select(record => new CallKey(record.Tenant, record.Id))], cancellationToken);
            foreach (var (record, _) in open.Zip(versions).Where(pair => pair.Second is null))
            {
                await EndRecordedAsync(record);
            }

            if (open.Count < Batch)
            {
                _lookedUntil = default;
                return;
            }

            // A page that begins and ends in the same moment would come again and again.
            var last = open[^1].StartedAt;
            _lookedUntil = last > _lookedUntil ? last : last.AddMilliseconds(1);
        }
    }

    /// <summary>Ends a call of which nothing is kept any more.</summary>
    /// <param name="call">As it was known last.</param>
    /// <returns>What is told of it: as it is on record, where somebody else has ended it before.</returns>
    public async Task<CallEnded> EndLostAsync(CallState call) => (await EndLostAsync(call, changes.Now)).Ended;

    /// <summary>One of which the record alone is left: all of its replicas died, or Redis was emptied meanwhile. Its devices, which come back somewhere, are told.</summary>
    private async Task EndRecordedAsync(CallRecord record)
    {
        var call = Known(record);
        var (ended, first) = await EndLostAsync(call, record.KnownAt is { } known && known + CallChanges.KeepEvery < changes.Now ? known + CallChanges.KeepEvery : changes.Now);
        if (first)
        {
            changes.TellLost(call, ended);
        }
    }

    /// <returns>What is told of it, and whether this put it on record.</returns>
    private async Task<(CallEnded Ended, bool First)> EndLostAsync(CallState call, DateTimeOffset at)
    {
        var ended = CallMachine.End(call, at, CallOutcome.Lost).Call with { Outcome = CallOutcome.Lost };
        try
        {
            if (!IsPutOff(call.Key()) && await log.HasPlaceAsync(ended, CancellationToken.None))
            {
                var (record, first) = await log.EndedAsync(ended, CancellationToken.None);
                _failures.TryRemove(call.Key(), out _);
                if (first)
                {
                    LogLost(call.Id);
                }

                return (new(call.Id, record.Outcome ?? CallOutcome.Lost, record.DurationSeconds ?? 0), first);
            }
        }
#pragma warning disable CA1031 // Whatever is wrong with one call does not concern the others.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Failed(call.Key(), exception);
        }

        return (new(call.Id, CallOutcome.Lost, ended.Seconds()), false);
    }

    private static Task EachAsync<T>(IReadOnlyList<T> all, Func<T, Task> run, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(all, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (one, _) => await run(one));

    /// <summary>Whatever is wrong with one call does not concern the others: it is put off, longer each time, and at last forgotten.</summary>
    private async Task OneAsync(CallKey key, Func<CallState, CallStep> change, CancellationToken cancellationToken)
    {
        if (IsPutOff(key))
        {
            return;
        }

        try
        {
            if (await directory.FindAsync(key, cancellationToken) is { EndedAt: not null } over)
            {
                await changes.FinishAsync(over); // Whoever ended it did not come to write it.
            }
            else
            {
                await changes.ChangeAsync(key, change, cancellationToken);
            }

            _failures.TryRemove(key, out _);
        }
        catch (RefusedException refused) when (refused.Refusal == Refusal.CallNotFound)
        {
            // Another replica was faster.
            _failures.TryRemove(key, out _);
        }
#pragma warning disable CA1031 // See above. Where it cannot even be put off, nobody keeps calls now, and the round ends.
        catch (Exception exception) when (exception is not OperationCanceledException)
#pragma warning restore CA1031
        {
            if (Failed(key, exception) is { } until)
            {
                await directory.PutOffAsync(key, until, cancellationToken);
            }
            else
            {
                LogGivenUp(key.Id);
                await directory.DeleteAsync(key, cancellationToken);
            }
        }
    }

    private bool IsPutOff(CallKey key) => _failures.TryGetValue(key, out var failed) && changes.Now < failed.Until;

    /// <returns>When it is tried again; null: no more.</returns>
    private DateTimeOffset? Failed(CallKey key, Exception exception)
    {
        // While the store is away nothing is wrong with the call.
        var times = _failures.GetValueOrDefault(key).Times + (exception is StoreUnavailableException ? 0 : 1);
        var pause = LeastPause * Math.Pow(2, Math.Max(0, times - 1));
        var until = times < MostTries ? changes.Now + (pause < MostPause ? pause : MostPause) : DateTimeOffset.MaxValue;
        _failures[key] = (times, until);
        foreach (var old in _failures.Where(one => one.Value.Until < changes.Now - Forgotten))
        {
            _failures.TryRemove(old);
        }

        if (exception is not StoreUnavailableException)
        {
            LogNotEnded(exception, key.Id);
        }

        return times < MostTries ? until : null;
    }

    private static CallState Known(CallRecord record) => new()
    {
        Tenant = record.Tenant.Value,
        Id = record.Id,
        Conversation = record.Conversation.Value,
        Direct = ConversationRules.IsDirect(record.Conversation.Value),
        Media = record.Media,
        StartedBy = record.StartedBy,
        StartedAt = record.StartedAt,
        AnsweredAt = record.AnsweredAt,
        Places = [.. record.Participants.Select((participant, n) => new CallPlace(participant.UserId, participant.State) { JoinedAt = record.Since?.ElementAtOrDefault(n), Milliseconds = participant.Seconds * 1000 })],
    };

    [LoggerMessage(1502, LogLevel.Warning, "Call {CallId} was on record and nowhere else; it is over.")]
    private partial void LogLost(string callId);

    [LoggerMessage(1504, LogLevel.Error, "Call {CallId} was given up: what is due in it could not be done for half an hour.")]
    private partial void LogGivenUp(string callId);

    [LoggerMessage(1503, LogLevel.Warning, "Could not do what is due in call {CallId}; it is tried again.")]
    private partial void LogNotEnded(Exception exception, string callId);
}
