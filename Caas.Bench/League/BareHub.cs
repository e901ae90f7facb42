using Microsoft.AspNetCore.SignalR;

namespace Caas.Bench.League;

/// <summary>What SignalR does when nothing stands before it: groups over its own Redis backplane. It is called as the platform's hub is; nothing is stored, nobody is asked who they are.</summary>
internal sealed class BareHub : Hub
{
    public async Task<BareAnswer> JoinConversation(string conversationId, long? afterSeq)
    {
        await Groups.AddToGroupAsync(Context.ConnectionId, conversationId, Context.ConnectionAborted);
        return new(conversationId, afterSeq ?? 0);
    }

    /// <summary>Answered when the backplane has it.</summary>
    public async Task<BareAnswer> SendMessage(BareMessage message)
    {
        await Clients.Group(message.ConversationId).SendAsync("Entry", message, Context.ConnectionAborted);
        return new(message.ClientMessageId, 0);
    }
}

/// <summary>What is sent and delivered.</summary>
internal sealed record BareMessage(string ConversationId, string ClientMessageId, string Text);

/// <summary>An answer of about the length that the platform's have.</summary>
internal sealed record BareAnswer(string Id, long Seq);
