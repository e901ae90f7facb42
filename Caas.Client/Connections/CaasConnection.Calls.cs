using Caas.Contracts;

namespace Caas.Client;

/// <summary>
/// Calls between users. What carries sound and pictures is the application's: this brings its devices together. A call belongs to the connection that started, accepted or resumed it: after
/// <see cref="StateChanged"/> says that there is another one, <see cref="ResumeCallAsync"/> comes back to it, within 20 s.
/// </summary>
/// <remarks>Every method throws <see cref="CaasException"/>: with the server's code, with what ended the connection, or <see cref="ClientCodes.Unreachable"/> when it was lost meanwhile (it may have been done).</remarks>
public sealed partial class CaasConnection
{
    /// <summary>Somebody calls. Perhaps told twice. Must be quick, as all of these.</summary>
    public event Action<CallRinging>? CallRings;

    /// <summary>Somebody has answered or joined. Of oneself, on a device that did not: another one has the call now.</summary>
    public event Action<CallAccepted>? CallAnswered;

    /// <summary>Somebody does not take part.</summary>
    public event Action<CallDeclined>? CallRefused;

    /// <summary>Somebody's place in a call, or what they send, is another than before.</summary>
    public event Action<CallParticipantChanged>? CallChanged;

    /// <summary>A call is over. Perhaps told twice, and perhaps before the call that started it is answered.</summary>
    public event Action<CallEnded>? CallOver;

    /// <summary>What another participant's device says to this one, in order.</summary>
    public event Action<CallSignal>? CallSignalled;

    /// <summary>STUN and TURN servers with credentials for this user; to be asked for anew for each call.</summary>
    public Task<IceServersResponse> GetIceServersAsync(CancellationToken cancellationToken = default) => AskAsync<IceServersResponse>("GetIceServers", [], cancellationToken);

    /// <summary>Calls a user, or the members of a conversation; joins the call that is there already.</summary>
    public Task<LiveCall> StartCallAsync(StartCallRequest call, CancellationToken cancellationToken = default) => AskAsync<LiveCall>("StartCall", [call], cancellationToken);

    /// <summary>Answers a call, or joins one that goes on.</summary>
    public Task<LiveCall> AcceptCallAsync(string callId, CancellationToken cancellationToken = default) => AskAsync<LiveCall>("AcceptCall", [callId], cancellationToken);

    /// <summary>Comes back to a call, or takes it over from another device.</summary>
    public Task<LiveCall> ResumeCallAsync(string callId, CancellationToken cancellationToken = default) => AskAsync<LiveCall>("ResumeCall", [callId], cancellationToken);

    /// <param name="reason"><c>declined</c> or <c>busy</c>.</param>
    public Task DeclineCallAsync(string callId, string reason = "declined", CancellationToken cancellationToken = default) => AskAsync<object?>("DeclineCall", [callId, reason], cancellationToken);

    /// <summary>Hangs up.</summary>
    public Task LeaveCallAsync(string callId, CancellationToken cancellationToken = default) => AskAsync<object?>("LeaveCall", [callId], cancellationToken);

    public Task InviteToCallAsync(string callId, IReadOnlyCollection<string> userIds, CancellationToken cancellationToken = default) => AskAsync<object?>("InviteToCall", [callId, userIds], cancellationToken);

    public Task RemoveFromCallAsync(string callId, string userId, CancellationToken cancellationToken = default) => AskAsync<object?>("RemoveFromCall", [callId, userId], cancellationToken);

    /// <summary>Whether microphone and camera are on.</summary>
    public Task SetCallMediaAsync(string callId, CallMediaState media, CancellationToken cancellationToken = default) => AskAsync<object?>("SetCallMedia", [callId, media], cancellationToken);

    /// <summary>Says something to another participant's device.</summary>
    public Task SignalAsync(string callId, string toUserId, CallSignalRequest signal, CancellationToken cancellationToken = default) => AskAsync<object?>("Signal", [callId, toUserId, signal], cancellationToken);

    public Task ReportCallQualityAsync(string callId, CallQualityReport report, CancellationToken cancellationToken = default) => AskAsync<object?>("ReportCallQuality", [callId, report], cancellationToken);

    void IWireOwner.OnCall(Wire wire, object news)
    {
        switch (news)
        {
            case CallRinging ringing:
                CallRings?.Invoke(ringing);
                break;
            case CallAccepted accepted:
                CallAnswered?.Invoke(accepted);
                break;
            case CallDeclined declined:
                CallRefused?.Invoke(declined);
                break;
            case CallParticipantChanged changed:
                CallChanged?.Invoke(changed);
                break;
            case CallEnded ended:
                CallOver?.Invoke(ended);
                break;
            case CallSignal signal:
                CallSignalled?.Invoke(signal);
                break;
        }
    }
}
