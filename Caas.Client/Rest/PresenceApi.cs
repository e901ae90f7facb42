using Caas.Contracts;
using static Caas.Client.RestCaller;

namespace Caas.Client;

/// <summary>Who is there.</summary>
public sealed class PresenceApi
{
    private readonly RestCaller _caller;

    internal PresenceApi(RestCaller caller) => _caller = caller;

    /// <summary>How up to 200 users are there now, in this order.</summary>
    public async Task<IReadOnlyList<PresenceState>> GetAsync(IReadOnlyCollection<string> userIds, CancellationToken cancellationToken = default) =>
        (await _caller.GetAsync<Page<PresenceState>>(Query("/v1/presence", ("userIds", string.Join(',', userIds))), cancellationToken)).Items;

    /// <summary>What the user wants to be seen as, on every device.</summary>
    public Task<PresenceState> PutAsync(SetPresenceRequest request, CancellationToken cancellationToken = default) => _caller.PutAsync<PresenceState>("/v1/presence", request, cancellationToken);

    /// <summary>How many of the tenant's users are there.</summary>
    public Task<PresenceSummary> SummarizeAsync(CancellationToken cancellationToken = default) => _caller.GetAsync<PresenceSummary>("/v1/presence/summary", cancellationToken);
}
