using Caas.Core.Callers;
using Caas.Core.Messages;
using Caas.Core.Pins;
using Caas.Core.Polls;
using Caas.Core.RateLimits;
using Caas.Core.Reactions;
using Caas.Core.Receipts;
using Caas.Core.Typing;
using Caas.Realtime.Calls;
using Caas.Realtime.Connections;
using Caas.Realtime.Delivery;
using Caas.Realtime.Presence;
using Microsoft.AspNetCore.SignalR;

namespace Caas.Realtime.Hubs;

/// <summary>The hub <c>/realtime</c>: translates calls into those of the core. User tokens only. What it throws reaches the client as <c>code: detail</c>.</summary>
internal sealed partial class RealtimeHub(LocalConnections connections, Joins joins, EntryReader reader, MessageService messages, ReactionService reactions, PinService pins, PollService polls, TypingService typing, PresenceCalls presences, CallCalls calls, ReceiptService receipts, HubGuard guard) : Hub<IRealtimeClient>
{
    /// <summary>Watches a conversation from <paramref name="afterSeq"/> on: 0 from the start, null from now on with the newest page (50) as items.</summary>
    public async Task<JoinResult> JoinConversation(string conversationId, long? afterSeq)
    {
        await guard.TakeAsync(Caller, HubAction.Join, Context.ConnectionAborted);
        return await joins.JoinAsync(Connection, new(conversationId), afterSeq, Context.ConnectionAborted);
    }

    /// <summary>Watches up to 100 conversations at once; one that is refused carries its error and does not refuse the others.</summary>
    public async Task<JoinResult[]> JoinConversations(IReadOnlyList<JoinRequest> conversations)
    {
        HubGuard.RequireJoins(conversations);
        await guard.TakeAsync(Caller, HubAction.Join, Context.ConnectionAborted);
        return await joins.JoinManyAsync(Connection, conversations, Context.ConnectionAborted);
    }

    /// <summary>Watches no more. Leaving what is not watched changes nothing.</summary>
    public void LeaveConversation(string conversationId) => joins.Leave(Connection, new(conversationId));

    /// <summary>Entries with seq above <paramref name="afterSeq"/>, in order.</summary>
    /// <param name="limit">1 to 1,000; a page may end earlier when its texts are long.</param>
    public async Task<EntryPage> ReadEntries(string conversationId, long afterSeq, int limit)
    {
        await guard.TakeAsync(Caller, HubAction.Join, Context.ConnectionAborted);
        return await reader.ReadAfterAsync(Caller, new(conversationId), afterSeq, limit, Context.ConnectionAborted);
    }

    /// <summary>Sends a message; durable when it is answered.</summary>
    public async Task<SendMessageResult> SendMessage(HubSendMessageRequest message)
    {
        await guard.TakeAsync(Caller, HubAction.Message, Context.ConnectionAborted);

        // Not ended with the connection: what is stored is told to those who watch.
        var sent = await messages.SendAsync(Caller, new(message.ConversationId), message.ToRequest(), idempotencyKey: null, CancellationToken.None);
        return new(sent.Message.Id, sent.Message.Seq, sent.Message.CreatedAt, sent.Duplicate);
    }

    /// <summary>Edits one's own message: absent fields stay, null clears.</summary>
    public async Task<ChangeResult> EditMessage(HubEditMessageRequest edit)
    {
        await guard.TakeAsync(Caller, HubAction.Message, Context.ConnectionAborted);
        return new((await messages.EditAsync(Caller, new(edit.ConversationId), edit.MessageId, edit.ToRequest(), idempotencyKey: null, CancellationToken.None)).Seq);
    }

    /// <summary>Deletes a message for everyone. Deleting it again changes nothing.</summary>
    public async Task<ChangeResult> DeleteMessage(string conversationId, string messageId)
    {
        await guard.TakeAsync(Caller, HubAction.Message, Context.ConnectionAborted);
        return new((await messages.DeleteAsync(Caller, new(conversationId), messageId, CancellationToken.None)).Seq);
    }

    /// <summary>Reacts to a message. Repeating it changes nothing.</summary>
    public async Task<ChangeResult> AddReaction(string conversationId, string messageId, string emoji)
    {
        await guard.TakeAsync(Caller, HubAction.Message, Context.ConnectionAborted);
        return new((await reactions.AddAsync(Caller, new(conversationId), messageId, emoji, clientId: null, CancellationToken.None)).Seq);
    }

    /// <summary>Takes one's reaction back. Repeating it changes nothing.</summary>
    public async Task<ChangeResult> RemoveReaction(string conversationId, string messageId, string emoji)
    {
        await guard.TakeAsync(Caller, HubAction.Message, Context.ConnectionAborted);
        return new((await reactions.RemoveAsync(Caller, new(conversationId), messageId, emoji, clientId: null, CancellationToken.None)).Seq);
    }

    /// <summary>Pins a message: owners and moderators, in a direct conversation both. Repeating it changes nothing.</summary>
    public async Task<ChangeResult> PinMessage(string conversationId, string messageId)
    {
        await guard.TakeAsync(Caller, HubAction.Message, Context.ConnectionAborted);
        return new((await pins.PinAsync(Caller, new(conversationId), messageId, clientId: null, CancellationToken.None)).Seq);
    }

    /// <summary>Takes a pin away. Repeating it changes nothing.</summary>
    public async Task<ChangeResult> UnpinMessage(string conversationId, string messageId)
    {
        await guard.TakeAsync(Caller, HubAction.Message, Context.ConnectionAborted);
        return new((await pins.UnpinAsync(Caller, new(conversationId), messageId, clientId: null, CancellationToken.None)).Seq);
    }

    /// <summary>Votes in a poll, in place of an earlier vote; no option takes the vote back. Repeating it changes nothing.</summary>
    public async Task<ChangeResult> VotePoll(string conversationId, string messageId, IReadOnlyList<string> optionIds)
    {
        await guard.TakeAsync(Caller, HubAction.Message, Context.ConnectionAborted);
        return new((await polls.VoteAsync(Caller, new(conversationId), messageId, optionIds, clientId: null, CancellationToken.None)).Seq);
    }

    /// <summary>Closes a poll: its author and moderators. Closing it again changes nothing.</summary>
    public async Task<ChangeResult> ClosePoll(string conversationId, string messageId)
    {
        await guard.TakeAsync(Caller, HubAction.Message, Context.ConnectionAborted);
        return new((await polls.CloseAsync(Caller, new(conversationId), messageId, CancellationToken.None)).Seq);
    }

    /// <summary>A fresh token of the same user for this connection.</summary>
    public Task Authenticate(string token) => guard.ReauthenticateAsync(Connection, token, Context.ConnectionAborted);

    private RealtimeConnection Connection => connections.TryGet(Context.ConnectionId, out var connection) ? connection : throw Refusal.Unauthenticated.AsException();

    private Caller Caller => Connection.Caller;
}
