using Caas.Contracts;
using static Caas.Client.RestCaller;

namespace Caas.Client;

/// <summary>Who has and who has read what. For users, and for a backend that speaks for one.</summary>
public sealed class ReceiptsApi
{
    private readonly RestCaller _caller;

    internal ReceiptsApi(RestCaller caller) => _caller = caller;

    /// <summary>Marks what the user has, and has read; cursors only move forward. Durable when it is answered.</summary>
    /// <returns>The user's cursors now.</returns>
    public Task<ReceiptResponse> MarkAsync(string conversationId, MarkReceiptsRequest request, CancellationToken cancellationToken = default) =>
        _caller.PutAsync<ReceiptResponse>(Path($"/v1/conversations/{conversationId}/receipts"), request, cancellationToken);

    /// <summary>How far each member has come.</summary>
    public IAsyncEnumerable<ReceiptResponse> ListAsync(string conversationId, CancellationToken cancellationToken = default) =>
        _caller.ListAsync<ReceiptResponse>(Path($"/v1/conversations/{conversationId}/receipts"), cancellationToken);

    public Task<Page<ReceiptResponse>> PageAsync(string conversationId, string? cursor = null, int? limit = null, CancellationToken cancellationToken = default) =>
        _caller.PageAsync<ReceiptResponse>(Path($"/v1/conversations/{conversationId}/receipts"), cursor, limit, cancellationToken);

    /// <summary>Who has a message, and who has read it.</summary>
    public IAsyncEnumerable<MessageReceiptResponse> ListOfMessageAsync(string conversationId, string messageId, CancellationToken cancellationToken = default) =>
        _caller.ListAsync<MessageReceiptResponse>(Path($"/v1/conversations/{conversationId}/messages/{messageId}/receipts"), cancellationToken);

    /// <summary>The user's unread messages in all conversations.</summary>
    public Task<UnreadResponse> GetUnreadAsync(CancellationToken cancellationToken = default) => _caller.GetAsync<UnreadResponse>("/v1/unread", cancellationToken);
}
