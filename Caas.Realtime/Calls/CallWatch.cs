using System.Text.Json;
using Caas.Core.Calls;
using Caas.Realtime.Connections;
using Caas.Realtime.Replicas;

namespace Caas.Realtime.Calls;

/// <summary>Compares the calls that are kept with those that this replica's devices know of. Not to be called twice at once.</summary>
internal sealed class CallWatch(CallSweep sweep, CallChanges changes, ICallDirectory directory, LocalCalls local, LocalConnections connections, CallBells bells, ReplicaLease replica)
{
    private readonly Dictionary<CallKey, DateTimeOffset> _kept = [];
    private HashSet<(CallKey, UserId)> _strays = [];

    /// <summary>
    /// Calls of the devices here. Of one that nobody keeps any more, because Redis was emptied, or its end was told while Redis was away, nobody tells the devices but this replica, which knows that
    /// they were in it.
    /// </summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        await bells.CatchUpAsync(cancellationToken);
        var calls = local.All;
        var versions = calls.Count == 0 ? [] : await directory.ListVersionsAsync([.. calls.Select(call => call.Key())], cancellationToken);
        foreach (var (call, version) in calls.Zip(versions))
        {
            if (version is null)
            {
                await TellAsync(call);
            }
            else if (version != call.Version && await FindAsync(call.Key(), cancellationToken) is { } now)
            {
                local.See(now);
            }
        }

        await KeepAsync(local.All);
    }

    /// <summary>Keeps on record, from time to time, that calls go on: of each the replica does that has the first of its devices.</summary>
    private async Task KeepAsync(IReadOnlyList<CallState> calls)
    {
        foreach (var over in _kept.Keys.Except(calls.Select(call => call.Key())).ToList())
        {
            _kept.Remove(over);
        }

        foreach (var call in calls.Where(call => call.Places.FirstOrDefault(place => place.Replica is not null)?.Replica == replica.ReplicaId))
        {
            if (_kept.TryAdd(call.Key(), changes.Now) || _kept[call.Key()] + CallChanges.KeepEvery > changes.Now)
            {
                continue;
            }

            _kept[call.Key()] = changes.Now;
            await changes.KeepAsync(call);
        }
    }

    /// <summary>Users who are in a call on a connection of this replica that does not know of it, now and when this was called before.</summary>
    public async Task LoseStraysAsync(CancellationToken cancellationToken)
    {
        var strays = (await directory.ListOnAsync(replica.ReplicaId, cancellationToken)).ToHashSet();
        strays.ExceptWith(local.Entered());
        foreach (var (call, user) in strays.Where(_strays.Contains))
        {
            await local.LoseAsync(call, user);
        }

        _strays = strays;
    }

    private async Task<CallState?> FindAsync(CallKey call, CancellationToken cancellationToken)
    {
        try
        {
            return await directory.FindAsync(call, cancellationToken);
        }
        catch (JsonException)
        {
            return null; // Another version of this program wrote it: the sweep says so, and the other calls are looked at.
        }
    }

    private async Task TellAsync(CallState call)
    {
        if (local.Forget(call.Key()) is { Count: > 0 } ids)
        {
            var ended = await sweep.EndLostAsync(call);
            CallDelivery.Tell(ids.SelectMany(id => connections.TryGet(id, out var one) ? connections.OfUser(one.Tenant, one.User) : []).Distinct(), nameof(IRealtimeClient.CallEnded), ended);
        }
    }
}
