using System.Text.Json;
using Caas.Contracts;
using static Caas.Client.RestCaller;

namespace Caas.Client;

/// <summary>The platform's tenants; for the admin.</summary>
public sealed class TenantsApi
{
    private readonly RestCaller _caller;

    internal TenantsApi(RestCaller caller) => _caller = caller;

    /// <exception cref="CaasException"><c>id_taken</c>.</exception>
    public Task<TenantResponse> CreateAsync(CreateTenantRequest request, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        _caller.PostAsync<TenantResponse>("/v1/tenants", request, idempotencyKey, cancellationToken);

    public IAsyncEnumerable<TenantResponse> ListAsync(CancellationToken cancellationToken = default) => _caller.ListAsync<TenantResponse>("/v1/tenants", cancellationToken);

    public Task<Page<TenantResponse>> PageAsync(string? cursor = null, int? limit = null, CancellationToken cancellationToken = default) =>
        _caller.PageAsync<TenantResponse>("/v1/tenants", cursor, limit, cancellationToken);

    public Task<TenantResponse> GetAsync(string tenantId, CancellationToken cancellationToken = default) => _caller.GetAsync<TenantResponse>(Path($"/v1/tenants/{tenantId}"), cancellationToken);

    public Task<TenantResponse> UpdateAsync(string tenantId, UpdateTenantRequest request, CancellationToken cancellationToken = default) =>
        _caller.PatchAsync<TenantResponse>(Path($"/v1/tenants/{tenantId}"), request, null, cancellationToken);

    public Task DeleteAsync(string tenantId, CancellationToken cancellationToken = default) => _caller.DeleteAsync(Path($"/v1/tenants/{tenantId}"), cancellationToken);

    /// <summary>A key for the tenant's backend. Its secret is shown once: where the first answer was lost, <c>already_created</c> names the key to revoke.</summary>
    public Task<CreatedApiKeyResponse> CreateApiKeyAsync(string tenantId, CreateApiKeyRequest request, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        _caller.PostAsync<CreatedApiKeyResponse>(Path($"/v1/tenants/{tenantId}/api-keys"), request, idempotencyKey, cancellationToken);

    public IAsyncEnumerable<ApiKeyResponse> ListApiKeysAsync(string tenantId, CancellationToken cancellationToken = default) =>
        _caller.ListAsync<ApiKeyResponse>(Path($"/v1/tenants/{tenantId}/api-keys"), cancellationToken);
}

/// <summary>The caller's own tenant.</summary>
public sealed class OwnTenantApi
{
    private readonly RestCaller _caller;

    internal OwnTenantApi(RestCaller caller) => _caller = caller;

    public Task<TenantResponse> GetAsync(CancellationToken cancellationToken = default) => _caller.GetAsync<TenantResponse>("/v1/tenant", cancellationToken);

    public Task<TenantResponse> UpdateAsync(UpdateTenantRequest request, CancellationToken cancellationToken = default) => _caller.PatchAsync<TenantResponse>("/v1/tenant", request, null, cancellationToken);

    public Task<TenantSettings> GetSettingsAsync(CancellationToken cancellationToken = default) => _caller.GetAsync<TenantSettings>("/v1/tenant/settings", cancellationToken);

    /// <summary>Replaces the settings as a whole.</summary>
    public Task<TenantSettings> PutSettingsAsync(TenantSettings settings, CancellationToken cancellationToken = default) => _caller.PutAsync<TenantSettings>("/v1/tenant/settings", settings, cancellationToken);

    public Task<TenantUsageResponse> GetUsageAsync(CancellationToken cancellationToken = default) => _caller.GetAsync<TenantUsageResponse>("/v1/tenant/usage", cancellationToken);

    /// <summary>The secret with which the tenant mints user tokens itself; the one before no longer counts.</summary>
    public Task<TokenSecretResponse> CreateTokenSecretAsync(string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        _caller.PostAsync<TokenSecretResponse>("/v1/tenant/token-secret", null, idempotencyKey, cancellationToken);

    /// <summary>The tenant's own STUN and TURN servers; the secret is not shown.</summary>
    public Task<TurnServersResponse> GetTurnServersAsync(CancellationToken cancellationToken = default) => _caller.GetAsync<TurnServersResponse>("/v1/tenant/turn-servers", cancellationToken);

    /// <summary>Replaces them; a secret that is not given stays.</summary>
    public Task<TurnServersResponse> PutTurnServersAsync(PutTurnServersRequest request, CancellationToken cancellationToken = default) =>
        _caller.PutAsync<TurnServersResponse>("/v1/tenant/turn-servers", request, cancellationToken);

    /// <summary>The platform's count again.</summary>
    public Task DeleteTurnServersAsync(CancellationToken cancellationToken = default) => _caller.DeleteAsync("/v1/tenant/turn-servers", cancellationToken);

    /// <summary>The tenant's own accounts for pushes and mails, without their secrets.</summary>
    public async Task<IReadOnlyList<DeliveryAccountResponse>> GetDeliveryAccountsAsync(CancellationToken cancellationToken = default) =>
        (await _caller.GetAsync<DeliveryAccountsResponse>("/v1/tenant/delivery", cancellationToken)).Items;

    /// <summary>Sets the account of one channel.</summary>
    public Task PutDeliveryAccountAsync(DeliveryChannel channel, PutDeliveryAccountRequest request, CancellationToken cancellationToken = default) =>
        _caller.PutAsync<DeliveryAccountsResponse>($"/v1/tenant/delivery/{JsonNamingPolicy.CamelCase.ConvertName(channel.ToString())}", request, cancellationToken);

    /// <summary>The platform's account counts again.</summary>
    public Task DeleteDeliveryAccountAsync(DeliveryChannel channel, CancellationToken cancellationToken = default) =>
        _caller.DeleteAsync($"/v1/tenant/delivery/{JsonNamingPolicy.CamelCase.ConvertName(channel.ToString())}", cancellationToken);

    public Task DeleteTokenSecretAsync(CancellationToken cancellationToken = default) => _caller.DeleteAsync("/v1/tenant/token-secret", cancellationToken);
}

/// <summary>The tenant's API keys.</summary>
public sealed class ApiKeysApi
{
    private readonly RestCaller _caller;

    internal ApiKeysApi(RestCaller caller) => _caller = caller;

    /// <inheritdoc cref="TenantsApi.CreateApiKeyAsync"/>
    public Task<CreatedApiKeyResponse> CreateAsync(CreateApiKeyRequest request, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        _caller.PostAsync<CreatedApiKeyResponse>("/v1/api-keys", request, idempotencyKey, cancellationToken);

    public IAsyncEnumerable<ApiKeyResponse> ListAsync(CancellationToken cancellationToken = default) => _caller.ListAsync<ApiKeyResponse>("/v1/api-keys", cancellationToken);

    public Task<Page<ApiKeyResponse>> PageAsync(string? cursor = null, int? limit = null, CancellationToken cancellationToken = default) =>
        _caller.PageAsync<ApiKeyResponse>("/v1/api-keys", cursor, limit, cancellationToken);

    /// <summary>Gives a key a new secret.</summary>
    /// <param name="graceSeconds">How long the one before is still accepted, 0 to 86,400; default 86,400 (24 h).</param>
    public Task<CreatedApiKeyResponse> RotateAsync(string keyId, int? graceSeconds = null, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        _caller.PostAsync<CreatedApiKeyResponse>(Path($"/v1/api-keys/{keyId}/rotate"), new RotateApiKeyRequest(graceSeconds), idempotencyKey, cancellationToken);

    public Task RevokeAsync(string keyId, CancellationToken cancellationToken = default) => _caller.DeleteAsync(Path($"/v1/api-keys/{keyId}"), cancellationToken);
}
