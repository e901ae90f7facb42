using Caas.Contracts;

namespace Caas.Client;

/// <summary>What the tenant's users may not write; for its backend.</summary>
public sealed class BlocklistApi
{
    private const string Address = "/v1/moderation/blocklist";

    private readonly RestCaller _caller;

    internal BlocklistApi(RestCaller caller) => _caller = caller;

    public Task<BlocklistResponse> GetAsync(CancellationToken cancellationToken = default) => _caller.GetAsync<BlocklistResponse>(Address, cancellationToken);

    /// <summary>Replaces it. It counts within 5 s.</summary>
    /// <exception cref="CaasException"><c>validation_failed</c>.</exception>
    public Task<BlocklistResponse> PutAsync(PutBlocklistRequest blocklist, CancellationToken cancellationToken = default) => _caller.PutAsync<BlocklistResponse>(Address, blocklist, cancellationToken);
}
