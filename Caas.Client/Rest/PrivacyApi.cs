using Caas.Contracts;

namespace Caas.Client;

/// <summary>What the user lets others know.</summary>
public sealed class PrivacyApi
{
    private readonly RestCaller _caller;

    internal PrivacyApi(RestCaller caller) => _caller = caller;

    public Task<PrivacyResponse> GetAsync(CancellationToken cancellationToken = default) => _caller.GetAsync<PrivacyResponse>("/v1/privacy", cancellationToken);

    /// <summary>Replaces all of it: what is null is on.</summary>
    public Task<PrivacyResponse> PutAsync(PutPrivacyRequest request, CancellationToken cancellationToken = default) => _caller.PutAsync<PrivacyResponse>("/v1/privacy", request, cancellationToken);
}
