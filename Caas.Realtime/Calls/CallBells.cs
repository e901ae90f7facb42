using System.Collections.Concurrent;
using Caas.Core.Calls;
using Caas.Core.Delivery;
using Caas.Realtime.Connections;

namespace Caas.Realtime.Calls;

/// <summary>
/// What rings on this replica's devices. What happens in calls is told at most once: after the backplane was away, devices are told what began to ring meanwhile, and what does no more.
/// </summary>
internal sealed class CallBells
{
    private const int AtOnce = 16;

    /// <summary>Calls that ring at a time, of those that are looked at.</summary>
    private const int MostRinging = 10_000;

    /// <summary>Two replicas may tell of one call at the same moment: so long after its answer its ringing may come.</summary>
    private static readonly TimeSpan Overtaken = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<(CallKey Call, string User), bool> _ringing = [];
    private readonly ConcurrentDictionary<(CallKey Call, string User), DateTimeOffset> _answered = [];
    private readonly TimeProvider _clock;
    private readonly ICallDirectory _directory;
    private readonly ICallRecordStore _records;
    private readonly CallChanges _changes;
    private readonly LocalConnections _connections;
    private volatile bool _missed;

    public CallBells(ICallDirectory directory, ICallRecordStore records, CallChanges changes, LocalConnections connections, IConversationChannels channels, TimeProvider clock)
    {
        (_directory, _records, _changes, _connections, _clock) = (directory, records, changes, connections, clock);
        channels.Reconnected += () => _missed = true;
    }

    /// <summary>What is told here.</summary>
    public void Hear(TenantId tenant, CallPayload news)
    {
        switch (news)
        {
            case { Ringing: { } ringing }:
                foreach (var user in news.To.Where(user => _connections.OfUser(tenant, new(user)).Count > 0 && !HasAnswered(new(tenant, ringing.CallId), user)))
                {
                    Rings(new(tenant, ringing.CallId), user);
                }

                break;
            case { Accepted: { } accepted }:
                _ringing.TryRemove((new(tenant, accepted.CallId), accepted.UserId), out _);
                Answer(new(tenant, accepted.CallId), accepted.UserId);
                break;
            case { Declined: { } declined }:
                _ringing.TryRemove((new(tenant, declined.CallId), declined.UserId), out _);
                break;
            case { Changed: { State: not CallParticipantState.Ringing } changed }:
                _ringing.TryRemove((new(tenant, changed.CallId), changed.UserId), out _);
                if (changed.State is not (CallParticipantState.Joined or CallParticipantState.Reconnecting))
                {
                    // Who left may be invited again.
                    _answered.TryRemove((new(tenant, changed.CallId), changed.UserId), out _);
                }

                break;
            case { Ended: { } ended }:
                foreach (var (key, _) in _ringing.Where(pair => pair.Key.Call == new CallKey(tenant, ended.CallId)))
                {
                    _ringing.TryRemove(key, out _);
                }

                break;
        }
    }

    /// <summary>Whether a user has just answered a call: that it rings, told by another replica before, comes too late.</summary>
    public bool HasAnswered(CallKey call, string user) => _answered.TryGetValue((call, user), out var at) && _clock.GetUtcNow() < at + Overtaken;

    private void Answer(CallKey call, string user)
    {
        foreach (var old in _answered.Where(one => one.Value + Overtaken <= _clock.GetUtcNow()))
        {
            _answered.TryRemove(old);
        }

        if (_connections.OfUser(call.Tenant, new(user)).Count > 0)
        {
            _answered[(call, user)] = _clock.GetUtcNow();
        }
    }

    /// <summary>A user's devices here are told that a call rings.</summary>
    /// <returns>Whether they were not before.</returns>
    public bool Rings(CallKey call, string user) => _ringing.TryAdd((call, user), true);

    /// <summary>After the backplane was away; otherwise it does nothing. When it fails, it wants to be called again.</summary>
    public async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        if (!_missed)
        {
            return;
        }

        // Should it go away once more meanwhile, all is to be asked once more.
        _missed = false;
        try
        {
            await EachAsync(_ringing.Keys, one => LookAsync(one.Call, one.User, null, cancellationToken), cancellationToken);
            await EachAsync(await _directory.ListDueAsync(_changes.Now + _changes.Times.Ring, MostRinging, cancellationToken), call => RingAsync(call, cancellationToken), cancellationToken);
        }
        catch
        {
            _missed = true;
            throw;
        }
    }

    /// <summary>Tells that a call rings no more, where that is so: its end may have been told before its ringing.</summary>
    /// <param name="device">Whom; null: all of the user's devices here that were told that it rings.</param>
    public async Task LookAsync(CallKey call, string user, RealtimeConnection? device, CancellationToken cancellationToken)
    {
        if (await NewsOfAsync(call, user, cancellationToken) is ({ } method, { } news) && (_ringing.TryRemove((call, user), out _) || device is not null))
        {
            CallDelivery.Tell(device is not null ? [device] : _connections.OfUser(call.Tenant, new(user)), method, news);
        }
    }

    /// <summary>Whom a call rings is told so here, unless it was told before. There are few calls that ring, and many users.</summary>
    private async Task RingAsync(CallKey key, CancellationToken cancellationToken)
    {
        if (await _directory.FindAsync(key, cancellationToken) is { EndedAt: null } call)
        {
            foreach (var place in call.Occupied().Where(place => place.State == CallParticipantState.Ringing && _connections.OfUser(key.Tenant, new(place.User)) is { Count: > 0 } && Rings(key, place.User)))
            {
                CallDelivery.Tell(_connections.OfUser(key.Tenant, new(place.User)), nameof(IRealtimeClient.CallRinging), new CallRinging(call.Id, call.Conversation, call.StartedBy, call.Media));
            }
        }
    }

    private static Task EachAsync<T>(IEnumerable<T> all, Func<T, Task> run, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(all, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (one, _) => await run(one));

    /// <returns>Nothing: it rings still.</returns>
    private async Task<(string? Method, object? News)> NewsOfAsync(CallKey key, string user, CancellationToken cancellationToken)
    {
        if (await _directory.FindAsync(key, cancellationToken) is not { EndedAt: null } call)
        {
            var record = await _records.FindAsync(key, cancellationToken);
            return (nameof(IRealtimeClient.CallEnded), new CallEnded(key.Id, record?.Outcome ?? CallOutcome.Lost, record?.DurationSeconds ?? 0));
        }

        return call.Find(user) switch
        {
            { State: CallParticipantState.Ringing } => default,
            { State: CallParticipantState.Joined or CallParticipantState.Reconnecting } => (nameof(IRealtimeClient.CallAccepted), new CallAccepted(key.Id, user)),
            { State: CallParticipantState.Declined or CallParticipantState.Busy or CallParticipantState.Missed } place => (nameof(IRealtimeClient.CallDeclined), new CallDeclined(key.Id, user, place.State.ToString().ToLowerInvariant())),
            var place => (nameof(IRealtimeClient.CallParticipantChanged), new CallParticipantChanged(key.Id, user, place?.State ?? CallParticipantState.Removed, place?.Audio ?? false, place?.Video ?? false)),
        };
    }
}
