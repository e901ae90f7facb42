using Caas.Core.Calls;
using Caas.Realtime.Connections;
using Caas.Realtime.Replicas;

namespace Caas.Realtime.Calls;

/// <summary>The hub's calls that are about calls: each on the device that its connection is.</summary>
internal sealed class CallCalls(CallService service, CallSignals signals, CallQuality quality, IceServerService iceServers, LocalCalls local, ReplicaLease replica)
{
    public Task<IceServersResponse> GetIceServersAsync(RealtimeConnection connection, CancellationToken cancellationToken) => iceServers.GetAsync(connection.Caller, cancellationToken);

    public async Task<LiveCall> StartAsync(RealtimeConnection connection, StartCallRequest request, CancellationToken cancellationToken) =>
        await EnterAsync(connection, await service.StartAsync(connection.Caller, DeviceOf(connection), request, cancellationToken));

    public async Task<LiveCall> JoinAsync(RealtimeConnection connection, string callId, bool resume, CancellationToken cancellationToken) =>
        await EnterAsync(connection, await service.JoinAsync(connection.Caller, DeviceOf(connection), callId, resume, cancellationToken));

    public Task DeclineAsync(RealtimeConnection connection, string callId, string reason, CancellationToken cancellationToken) => service.DeclineAsync(connection.Caller, callId, reason, cancellationToken);

    public Task LeaveAsync(RealtimeConnection connection, string callId, CancellationToken cancellationToken) => service.LeaveAsync(connection.Caller, callId, cancellationToken);

    public Task InviteAsync(RealtimeConnection connection, string callId, IReadOnlyList<string> userIds, CancellationToken cancellationToken) => service.InviteAsync(connection.Caller, callId, userIds, cancellationToken);

    public Task RemoveAsync(RealtimeConnection connection, string callId, string userId, CancellationToken cancellationToken) => service.RemoveAsync(connection.Caller, callId, new(userId), cancellationToken);

    public Task SetMediaAsync(RealtimeConnection connection, string callId, CallMediaState media, CancellationToken cancellationToken) => service.SetMediaAsync(connection.Caller, callId, media, cancellationToken);

    public Task SignalAsync(RealtimeConnection connection, string callId, string toUserId, CallSignalRequest signal, CancellationToken cancellationToken) =>
        signals.SendAsync(connection.Caller, connection.Id, callId, new(toUserId), signal, cancellationToken);

    public Task ReportAsync(RealtimeConnection connection, string callId, CallQualityReport report, CancellationToken cancellationToken) => quality.ReportAsync(connection.Caller, callId, report, cancellationToken);

    /// <summary>The device has the call: it is told what was said to it before, and missed when its connection ends.</summary>
    private async Task<LiveCall> EnterAsync(RealtimeConnection connection, CallState call)
    {
        var user = connection.User.Value;
        if (call.EndedAt is null && call.SeatOf(user)?.Connection == connection.Id)
        {
            local.Enter(connection, call);
            await (call.Pretending.Contains(user) ? Task.CompletedTask : signals.OpenAsync(call, connection.User, connection.Id, signal => connection.Send(nameof(IRealtimeClient.CallSignal), signal, CallDelivery.SizeOf(signal)), CancellationToken.None));
        }

        call = CallMachine.Seen(call, user);
        return new(call.Id, call.Conversation, call.Media, call.StartedBy, call.StartedAt, call.AnsweredAt, [.. call.Places.Select(place => new CallParticipant(place.User, place.State, place.Audio, place.Video))]);
    }

    private CallDevice DeviceOf(RealtimeConnection connection) => new(connection.Id, replica.ReplicaId);
}
