using Caas.Core.Caching;

namespace Caas.Core.ApiKeys;

/// <summary>API keys for the hot path: cached for at most 3 s, so that a revocation counts in every process within 5 s.</summary>
public sealed class ApiKeyDirectory(IApiKeyStore store, TimeProvider clock)
{
    private readonly TimedCache<string, ApiKey> _keys = new(id => store.FindAsync(id, CancellationToken.None), TimeSpan.FromSeconds(3), 10_000, clock);

    /// <summary>The key, also when it is revoked; null: there is none.</summary>
    public ValueTask<ApiKey?> FindAsync(string id, CancellationToken cancellationToken) => _keys.GetAsync(id, cancellationToken);

    /// <summary>Drops what is cached: it was just changed here.</summary>
    public void Forget(string id) => _keys.Forget(id);
}
