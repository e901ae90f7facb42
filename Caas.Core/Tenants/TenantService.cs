using Caas.Contracts;
using Caas.Core.Callers;

namespace Caas.Core.Tenants;

/// <summary>Tenants: made by the platform admin, changed by themselves.</summary>
public sealed class TenantService
{
    public Task<TenantResponse> CreateAsync(Caller caller, CreateTenantRequest request, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<Page<TenantResponse>> ListAsync(Caller caller, int? limit, string? cursor, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <exception cref="RefusedException"><c>tenant_not_found</c>, also for another tenant's id.</exception>
    public Task<TenantResponse> GetAsync(Caller caller, string tenantId, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<TenantResponse> UpdateAsync(Caller caller, string tenantId, UpdateTenantRequest request, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<TenantSettings> PutSettingsAsync(Caller caller, TenantSettings settings, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task DeleteAsync(Caller caller, string tenantId, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<TenantUsageResponse> GetUsageAsync(Caller caller, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Makes (or replaces) the tenant's own HS256 secret for user tokens; the one before stops at once.</summary>
    public Task<TokenSecretResponse> CreateTokenSecretAsync(Caller caller, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task DeleteTokenSecretAsync(Caller caller, CancellationToken cancellationToken) => throw new NotImplementedException();
}
