using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Json;
using Caas.Core.Paging;
using Caas.Core.Tenants;

namespace Caas.Core.ApiKeys;

/// <summary>API keys of a tenant's backend. <c>tenantId</c> is the caller's own, or any for the platform admin.</summary>
public sealed class ApiKeyService(TenantWriter writer, IApiKeyStore keys, Cursors cursors, TimeProvider clock)
{
    /// <summary>How long a rotated key's old secret is accepted.</summary>
    public static readonly TimeSpan RotationOverlap = TimeSpan.FromHours(24);

    private const string List = "api_keys";

    /// <exception cref="RefusedException">
    /// <c>validation_failed</c>, <c>not_allowed</c>, <c>insufficient_scope</c> (also for scopes that the caller's key lacks), <c>tenant_not_found</c>, <c>limit_reached</c> at 1,000 active keys.
    /// </exception>
    public async Task<CreatedApiKeyResponse> CreateAsync(Caller caller, string tenantId, CreateApiKeyRequest request, CancellationToken cancellationToken)
    {
        var tenant = RequireAccess(caller, tenantId, Scopes.KeysWrite);
        var now = clock.GetUtcNow();
        ApiKeyRules.Require(request, now);
        string[] scopes = [.. (request.Scopes ?? []).Distinct().Order(StringComparer.Ordinal)];
        ApiKeyRules.RequireCovers(caller, scopes);
        await writer.RequireAsync(tenant, cancellationToken);
        if (await keys.CountActiveAsync(tenant, now, cancellationToken) >= ApiKeyRules.MaxActive)
        {
            throw Refusal.LimitReached.With($"A tenant has at most {ApiKeyRules.MaxActive} active API keys.");
        }

        var id = ApiKeySecret.NewId();
        var (secret, hash) = ApiKeySecret.New();
        var data = new ApiKeyCreatedData(caller.Actor, id, request.Name, scopes, request.AllowedIps ?? [], request.ExpiresAt?.ToUniversalTime(), new(hash));
        await writer.AppendAsync(caller, tenant, SystemEntryTypes.ApiKeyCreated, data, IdentityJsonContext.Default.ApiKeyCreatedData, cancellationToken);
        return Created(await RequireAsync(id, cancellationToken), secret);
    }

    /// <summary>By id ascending, revoked ones too; never with a secret.</summary>
    /// <exception cref="RefusedException"><c>not_allowed</c>, <c>insufficient_scope</c>, <c>tenant_not_found</c>, <c>validation_failed</c>, <c>invalid_cursor</c>.</exception>
    public async Task<Page<ApiKeyResponse>> ListAsync(Caller caller, string tenantId, int? limit, string? cursor, CancellationToken cancellationToken)
    {
        var tenant = RequireAccess(caller, tenantId, Scopes.KeysRead);
        var count = PageLimit.Require(limit);
        var list = ListScope.Of(tenant, List);
        var after = (await cursors.DecodeAsync(list, cursor, 1, cancellationToken))?[0];
        await writer.RequireAsync(tenant, cancellationToken);
        var found = await keys.ListAsync(tenant, after, count + 1, cancellationToken);
        return new([.. found.Take(count).Select(View)], found.Count > count ? await cursors.EncodeAsync(list, cancellationToken, found[count - 1].Id) : null);
    }

    /// <summary>Gives the key a new secret; the one before is accepted for 24 h more, or for as long as the request says.</summary>
    /// <exception cref="RefusedException"><c>validation_failed</c>; <c>not_allowed</c>; <c>insufficient_scope</c>, also where the key may do more than the caller's own; <c>api_key_not_found</c>, also for a revoked one or another tenant's.</exception>
    public async Task<CreatedApiKeyResponse> RotateAsync(Caller caller, string keyId, RotateApiKeyRequest request, CancellationToken cancellationToken)
    {
        var longest = (int)RotationOverlap.TotalSeconds;
        new Validation().Check(request.GraceSeconds is null || (request.GraceSeconds >= 0 && request.GraceSeconds <= longest), "graceSeconds", $"must be 0 to {longest}").ThrowIfAny();
        var key = await RequireOwnAsync(caller, keyId, cancellationToken);
        if (key.RevokedAt is not null)
        {
            throw Refusal.ApiKeyNotFound.AsException();
        }

        ApiKeyRules.RequireCovers(caller, key.Scopes);
        var (secret, hash) = ApiKeySecret.New();
        var data = new ApiKeyRotatedData(caller.Actor, key.Id, clock.GetUtcNow() + TimeSpan.FromSeconds(request.GraceSeconds ?? longest), new(hash));
        await writer.AppendAsync(caller, key.Tenant, SystemEntryTypes.ApiKeyRotated, data, IdentityJsonContext.Default.ApiKeyRotatedData, cancellationToken);
        writer.Forget(key.Id);
        return Created(await RequireAsync(key.Id, cancellationToken), secret);
    }

    /// <summary>Revokes: within 5 s no process accepts it. Revoking again changes nothing.</summary>
    /// <exception cref="RefusedException"><c>not_allowed</c>, <c>insufficient_scope</c>; <c>api_key_not_found</c>, also for another tenant's.</exception>
    public async Task RevokeAsync(Caller caller, string keyId, CancellationToken cancellationToken)
    {
        var key = await RequireOwnAsync(caller, keyId, cancellationToken);
        if (key.RevokedAt is null)
        {
            await writer.AppendAsync(caller, key.Tenant, SystemEntryTypes.ApiKeyRevoked, new(caller.Actor, key.Id), IdentityJsonContext.Default.ApiKeyRevokedData, cancellationToken);
            writer.Forget(key.Id);
        }
    }

    private static TenantId RequireAccess(Caller caller, string tenantId, string scope)
    {
        if (caller.Kind == CallerKind.Admin)
        {
            return TenantId.IsValid(tenantId) ? new(tenantId) : throw Refusal.TenantNotFound.AsException();
        }

        return caller.Tenant.Value == tenantId ? caller.RequireBackend(scope) : throw Refusal.TenantNotFound.AsException();
    }

    private async Task<ApiKey> RequireOwnAsync(Caller caller, string keyId, CancellationToken cancellationToken)
    {
        TenantId? own = caller.Kind == CallerKind.Admin ? null : caller.RequireBackend(Scopes.KeysWrite);
        var key = await RequireAsync(keyId, cancellationToken);
        return own is null || own == key.Tenant ? key : throw Refusal.ApiKeyNotFound.AsException();
    }

    private async Task<ApiKey> RequireAsync(string keyId, CancellationToken cancellationToken) =>
        await keys.FindAsync(keyId, cancellationToken) ?? throw Refusal.ApiKeyNotFound.AsException();

    private ApiKeyResponse View(ApiKey key) => new(key.Id, key.Name, key.Scopes, key.CreatedAt, key.ExpiresAt, key.AllowedIps, key.LastUsedAt, key.RevokedAt, PreviousValidUntil(key));

    private CreatedApiKeyResponse Created(ApiKey key, string secret) => new(key.Id, $"{key.Id}.{secret}", key.Name, key.Scopes, key.CreatedAt, key.ExpiresAt, key.AllowedIps, PreviousValidUntil(key));

    private DateTimeOffset? PreviousValidUntil(ApiKey key) => key.RevokedAt is null && key.PreviousUntil > clock.GetUtcNow() ? key.PreviousUntil : null;
}
