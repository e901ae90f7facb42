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
    private readonly ConcurrentDictionary<(CallKey Call, string User), bool> _ringing = [];
    private readonly ICallDirectory _directory;
    private readonly ICallRecordStore _records;
    private readonly CallService _calls;
    private readonly LocalConnections _connections;
    private volatile bool _missed;

    public CallBells(ICallDirectory directory, ICallRecordStore records, CallService calls, LocalConnections connections, IConversationChannels channels)
    {
        (_directory, _records, _calls, _connections) = (directory, records, calls, connections);
        channels.Reconnected += () => _missed = true;
    }

    /// <summary>What is told here.</summary>
    public void Hear(TenantId tenant, CallPayload news)
    {
        switch (news)
        {
            case { Ringing: { } ringing }:
                foreach (var user in news.To.Where(user => _connections.OfUser(tenant, new(user)).Count > 0))
                {
                    Rings(new(tenant, ringing.CallId), user);
                }

                break;
            case { Accepted: { } accepted }:
                _ringing.TryRemove((new(tenant, accepted.CallId), accepted.UserId), out _);
                break;
            case { Declined: { } declined }:
                _ringing.TryRemove((new(tenant, declined.CallId), declined.UserId), out _);
                break;
            case { Changed: { State: not CallParticipantState.Ringing } changed }:
                _ringing.TryRemove((new(tenant, changed.CallId), changed.UserId), out _);
                break;
            case { Ended: { } ended }:
                foreach (var (key, _) in _ringing.Where(pair => pair.Key.Call == new CallKey(tenant, ended.CallId)))
                {
                    _ringing.TryRemove(key, out _);
                }

                break;
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

        foreach (var (call, user) in _ringing.Keys)
        {
            if (await NewsOfAsync(call, user, cancellationToken) is ({ } method, { } news) && _ringing.TryRemove((call, user), out _))
            {
                CallDelivery.Tell(_connections.OfUser(call.Tenant, new(user)), method, news);
            }
        }

        foreach (var (tenant, user) in _connections.All.Select(connection => (connection.Tenant, connection.User)).Distinct())
        {
            foreach (var call in (await _calls.RingingAsync(tenant, user, cancellationToken)).Where(call => Rings(call.Key(), user.Value)))
            {
                CallDelivery.Tell(_connections.OfUser(tenant, user), nameof(IRealtimeClient.CallRinging), new CallRinging(call.Id, call.Conversation, call.StartedBy, call.Media));
            }
        }

        _missed = false;
    }

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
