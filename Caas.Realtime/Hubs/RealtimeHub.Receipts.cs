using Caas.Core.RateLimits;

namespace Caas.Realtime.Hubs;

/// <summary>Who has and who has read what.</summary>
internal sealed partial class RealtimeHub
{
    /// <summary>The caller has everything up to a seq; written within a second. Behind the cursor it changes nothing; beyond the log's end it counts as the end.</summary>
    public async Task MarkDelivered(string conversationId, long seq)
    {
        await guard.TakeAsync(Caller, HubAction.Mark, Context.ConnectionAborted);
        await receipts.MarkAsync(Caller, new(conversationId), new(DeliveredSeq: seq), Context.ConnectionAborted);
    }

    /// <summary>The caller has read everything up to a seq, and so has it. As <see cref="MarkDelivered"/>.</summary>
    public async Task MarkRead(string conversationId, long seq)
    {
        await guard.TakeAsync(Caller, HubAction.Mark, Context.ConnectionAborted);
        await receipts.MarkAsync(Caller, new(conversationId), new(ReadSeq: seq), Context.ConnectionAborted);
    }

    /// <summary>The caller's unread messages in all conversations.</summary>
    public async Task<UnreadResponse> GetUnread()
    {
        await guard.TakeAsync(Caller, HubAction.Join, Context.ConnectionAborted);
        return await receipts.GetUnreadAsync(Caller, Context.ConnectionAborted);
    }
}
