using Caas.Contracts;
using static Caas.Client.RestCaller;

namespace Caas.Client;

/// <summary>Who is banned from the tenant or a conversation; for the backend.</summary>
public sealed class BansApi
{
    private readonly RestCaller _caller;

    internal BansApi(RestCaller caller) => _caller = caller;

    /// <summary>Those in force.</summary>
    public IAsyncEnumerable<BanResponse> ListAsync(CancellationToken cancellationToken = default) => _caller.ListAsync<BanResponse>("/v1/moderation/bans", cancellationToken);

    /// <summary>A second call changes when it ends, and the reason.</summary>
    /// <exception cref="CaasException"><c>user_not_found</c>, <c>conversation_not_found</c>, <c>not_allowed</c> for a direct conversation.</exception>
    public Task<BanResponse> BanAsync(string userId, PutBanRequest request, CancellationToken cancellationToken = default) => _caller.PutAsync<BanResponse>(Path($"/v1/moderation/bans/{userId}"), request, cancellationToken);

    /// <summary>Lifts the ban from the tenant, or from a conversation. Without one nothing changes.</summary>
    public Task UnbanAsync(string userId, string? conversationId = null, CancellationToken cancellationToken = default) =>
        _caller.DeleteAsync(Query(Path($"/v1/moderation/bans/{userId}"), ("conversationId", conversationId)), cancellationToken);
}
