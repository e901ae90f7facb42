using Caas.Contracts;
using Caas.Core.Callers;

namespace Caas.Core.Messages;

/// <summary>The one write path of messages: REST and hub call it alike.</summary>
public sealed class MessageService
{
    /// <summary>Stores a message and tells those who watch. Durable when it returns.</summary>
    /// <param name="idempotencyKey">Used as client id when the request has none.</param>
    public Task<SentMessage> SendAsync(Caller caller, ConversationId conversation, SendMessageRequest request, string? idempotencyKey, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<ChangedMessage> EditAsync(Caller caller, ConversationId conversation, string messageId, EditMessageRequest request, string? idempotencyKey, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Deletes for everyone; final. Deleting again changes nothing.</summary>
    public Task<ChangedMessage> DeleteAsync(Caller caller, ConversationId conversation, string messageId, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<MessageResponse> GetAsync(Caller caller, ConversationId conversation, string messageId, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>At most one of the three seqs; the answer is always newest first.</summary>
    public Task<MessagePage> ListAsync(Caller caller, ConversationId conversation, long? before, long? after, long? around, int? limit, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>All versions of a message; for moderators, owners, the sender and the backend.</summary>
    public Task<MessageHistoryResponse> GetHistoryAsync(Caller caller, ConversationId conversation, string messageId, CancellationToken cancellationToken) => throw new NotImplementedException();
}

/// <param name="Duplicate">The client id was seen before: this is the first answer.</param>
public sealed record SentMessage(MessageResponse Message, bool Duplicate);

/// <param name="Seq">The seq of the entry that made the change.</param>
public sealed record ChangedMessage(MessageResponse Message, long Seq);
