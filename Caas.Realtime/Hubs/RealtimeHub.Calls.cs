using Caas.Core.RateLimits;

namespace Caas.Realtime.Hubs;

/// <summary>Calls between users. The connection that starts, accepts or resumes a call is the device that has it.</summary>
internal sealed partial class RealtimeHub
{
    /// <summary>STUN and TURN servers as a browser takes them, with credentials for the caller. To be asked anew for each call.</summary>
    public async Task<IceServersResponse> GetIceServers()
    {
        await guard.TakeAsync(Caller, HubAction.Join, Context.ConnectionAborted);
        return await calls.GetIceServersAsync(Connection, Context.ConnectionAborted);
    }

    /// <summary>Calls a user, or the members of a conversation. Where that has a call already, joins it.</summary>
    public async Task<LiveCall> StartCall(StartCallRequest call)
    {
        await guard.TakeAsync(Caller, HubAction.Message, Context.ConnectionAborted);
        await guard.TakeAsync(Caller, HubAction.Call, Context.ConnectionAborted);

        // Not ended with the connection: what rings is told and kept.
        return await calls.StartAsync(Connection, call, CancellationToken.None);
    }

    /// <summary>Answers a call, or joins one that goes on, on this device.</summary>
    public async Task<LiveCall> AcceptCall(string callId)
    {
        await guard.TakeAsync(Caller, HubAction.Message, Context.ConnectionAborted);
        return await calls.JoinAsync(Connection, callId, resume: false, CancellationToken.None);
    }

    /// <summary>Comes back to a call after the connection was lost, or takes it over from another device.</summary>
    public async Task<LiveCall> ResumeCall(string callId)
    {
        await guard.TakeAsync(Caller, HubAction.Message, Context.ConnectionAborted);
        return await calls.JoinAsync(Connection, callId, resume: true, CancellationToken.None);
    }

    /// <summary>Does not take part: <c>declined</c> or <c>busy</c>.</summary>
    public async Task DeclineCall(string callId, string reason)
    {
        await guard.TakeAsync(Caller, HubAction.Message, Context.ConnectionAborted);
        await calls.DeclineAsync(Connection, callId, reason, CancellationToken.None);
    }

    /// <summary>Hangs up.</summary>
    public async Task LeaveCall(string callId)
    {
        await guard.TakeAsync(Caller, HubAction.Message, Context.ConnectionAborted);
        await calls.LeaveAsync(Connection, callId, CancellationToken.None);
    }

    /// <summary>Rings other members of the conversation.</summary>
    public async Task InviteToCall(string callId, IReadOnlyList<string> userIds)
    {
        await guard.TakeAsync(Caller, HubAction.Message, Context.ConnectionAborted);
        await guard.TakeAsync(Caller, HubAction.Call, Context.ConnectionAborted);
        await calls.InviteAsync(Connection, callId, userIds, CancellationToken.None);
    }

    /// <summary>Takes somebody out of a call of a group: who started it, and who may remove members.</summary>
    public async Task RemoveFromCall(string callId, string userId)
    {
        await guard.TakeAsync(Caller, HubAction.Message, Context.ConnectionAborted);
        await calls.RemoveAsync(Connection, callId, userId, CancellationToken.None);
    }

    /// <summary>Whether the caller's microphone and camera are on.</summary>
    public async Task SetCallMedia(string callId, CallMediaState media)
    {
        await guard.TakeAsync(Caller, HubAction.Message, Context.ConnectionAborted);
        await calls.SetMediaAsync(Connection, callId, media, CancellationToken.None);
    }

    /// <summary>Says something to another participant's device; what is said before that is there is kept for it.</summary>
    public async Task Signal(string callId, string toUserId, CallSignalRequest signal)
    {
        await guard.TakeAsync(Caller, HubAction.Signal, Context.ConnectionAborted);
        await calls.SignalAsync(Connection, callId, toUserId, signal, CancellationToken.None);
    }

    /// <summary>What the device measures, best every 5 to 15 s.</summary>
    public async Task ReportCallQuality(string callId, CallQualityReport report)
    {
        await guard.TakeAsync(Caller, HubAction.Mark, Context.ConnectionAborted);
        await calls.ReportAsync(Connection, callId, report, CancellationToken.None);
    }
}
