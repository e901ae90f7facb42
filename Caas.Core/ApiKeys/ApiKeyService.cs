using Caas.Contracts;
using Caas.Core.Callers;

namespace Caas.Core.ApiKeys;

/// <summary>API keys of a tenant's backend. <c>tenantId</c> is the caller's own, or any for the platform admin.</summary>
public sealed class ApiKeyService
{
    public Task<CreatedApiKeyResponse> CreateAsync(Caller caller, string tenantId, CreateApiKeyRequest request, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<Page<ApiKeyResponse>> ListAsync(Caller caller, string tenantId, int? limit, string? cursor, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Gives the key a new secret; the one before is accepted for 24 h more.</summary>
    public Task<CreatedApiKeyResponse> RotateAsync(Caller caller, string keyId, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task RevokeAsync(Caller caller, string keyId, CancellationToken cancellationToken) => throw new NotImplementedException();
}
