using Caas.Contracts;
using static Caas.Client.RestCaller;

namespace Caas.Client;

/// <summary>Messages that were flagged: users flag them, the backend decides.</summary>
public sealed class FlagsApi
{
    private readonly RestCaller _caller;

    internal FlagsApi(RestCaller caller) => _caller = caller;

    /// <summary>Flags a message; again changes nothing.</summary>
    /// <exception cref="CaasException"><c>message_not_found</c>, <c>not_allowed</c> for one's own, <c>rate_limited</c>.</exception>
    public Task<FlaggedResponse> FlagAsync(string conversationId, string messageId, string reason, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        _caller.PostAsync<FlaggedResponse>(Path($"/v1/conversations/{conversationId}/messages/{messageId}/flags"), new FlagMessageRequest(reason), idempotencyKey, cancellationToken);

    /// <summary>Flagged messages, newest first; for the backend.</summary>
    /// <param name="userId">Who sent them.</param>
    public IAsyncEnumerable<FlagResponse> ListAsync(FlagStatus? status = null, string? conversationId = null, string? userId = null, CancellationToken cancellationToken = default) =>
        _caller.ListAsync<FlagResponse>(
            Query("/v1/moderation/flags", ("status", status switch { FlagStatus.Open => "open", FlagStatus.Resolved => "resolved", _ => null }), ("conversationId", conversationId), ("userId", userId)), cancellationToken);

    /// <summary>One, with the messages around it; for the backend.</summary>
    /// <exception cref="CaasException"><c>flag_not_found</c>.</exception>
    public Task<FlagResponse> GetAsync(string flagId, CancellationToken cancellationToken = default) => _caller.GetAsync<FlagResponse>(Path($"/v1/moderation/flags/{flagId}"), cancellationToken);

    /// <summary>Decides, and does it; for the backend. The same once more changes nothing.</summary>
    /// <exception cref="CaasException"><c>flag_not_found</c>, <c>validation_failed</c>, <c>not_allowed</c>.</exception>
    public Task<FlagResponse> ResolveAsync(string flagId, ResolveFlagRequest decision, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        _caller.PostAsync<FlagResponse>(Path($"/v1/moderation/flags/{flagId}/resolve"), decision, idempotencyKey, cancellationToken);
}
