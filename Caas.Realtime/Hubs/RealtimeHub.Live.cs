using Caas.Core.RateLimits;

namespace Caas.Realtime.Hubs;

/// <summary>What is so only now: who is typing, who is there.</summary>
internal sealed partial class RealtimeHub
{
    /// <summary>The caller is typing: to be said again every few seconds for as long as it is so. Too many calls are passed over.</summary>
    public async Task StartTyping(string conversationId)
    {
        if (await TakeTypingAsync())
        {
            await typing.StartAsync(Caller, new(conversationId), Context.ConnectionAborted);
        }
    }

    /// <summary>The caller is no longer typing. Sending the message says so too.</summary>
    public async Task StopTyping(string conversationId)
    {
        if (await TakeTypingAsync())
        {
            await typing.StopAsync(Caller, new(conversationId), Context.ConnectionAborted);
        }
    }

    /// <summary>Who else is typing now.</summary>
    public async Task<TypingState> GetTyping(string conversationId)
    {
        await guard.TakeAsync(Caller, HubAction.Join, Context.ConnectionAborted);
        return await typing.GetAsync(Caller, new(conversationId), Context.ConnectionAborted);
    }

    /// <summary>What the caller wants to be seen as; <c>away</c> is this device's alone. It holds until it is said anew or its end comes, also over reconnects.</summary>
    public async Task SetPresence(SetPresenceRequest presence)
    {
        await guard.TakeAsync(Caller, HubAction.Message, Context.ConnectionAborted);
        await presences.SetAsync(Connection, presence, Context.ConnectionAborted);
    }

    /// <summary>Follows up to 200 users (2,000 in all): how they are now, and <c>Presence</c> whenever that changes.</summary>
    public async Task<PresenceState[]> SubscribePresence(IReadOnlyList<string> userIds)
    {
        await guard.TakeAsync(Caller, HubAction.Join, Context.ConnectionAborted);
        return await presences.FollowAsync(Connection, userIds, Context.ConnectionAborted);
    }

    /// <summary>Follows them no more. Whom the connection does not follow changes nothing.</summary>
    public void UnsubscribePresence(IReadOnlyList<string> userIds) => presences.Unfollow(Connection, userIds);

    /// <summary>How up to 200 users are there now.</summary>
    public async Task<PresenceState[]> GetPresence(IReadOnlyList<string> userIds)
    {
        await guard.TakeAsync(Caller, HubAction.Join, Context.ConnectionAborted);
        return await presences.GetAsync(Connection, userIds, Context.ConnectionAborted);
    }

    private async ValueTask<bool> TakeTypingAsync()
    {
        var taken = await guard.TryTakeAsync(Caller, HubAction.Typing, Context.ConnectionAborted);
        if (!taken)
        {
            typing.PassedOver();
        }

        return taken;
    }
}
