using Caas.Core.RateLimits;

namespace Caas.Realtime.Hubs;

/// <summary>What is so only now: who is typing.</summary>
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
