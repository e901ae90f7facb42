using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Json;
using Caas.Core.Paging;
using Caas.Core.Secrets;

namespace Caas.Core.Tenants;

/// <summary>Tenants: made by the platform admin, changed by themselves.</summary>
public sealed class TenantService(TenantWriter writer, ITenantStore tenants, TenantUsage usage, SecretSealer sealer, Cursors cursors, IdGenerator ids, TimeProvider clock)
{
    private const string List = "tenants";

    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>not_allowed</c> for all but the platform admin, <c>id_taken</c> when the id is, or once was, in use.</exception>
    public async Task<TenantResponse> CreateAsync(Caller caller, CreateTenantRequest request, CancellationToken cancellationToken)
    {
        RequireAdmin(caller);
        TenantRules.Name(new(), request.Name)
            .Check(request.Id is null || TenantId.IsValid(request.Id), "id", "must be 1 to 40 of a-z 0-9 -")
            .ThrowIfAny();
        var id = new TenantId(request.Id ?? ids.Next());
        var data = new TenantCreatedData(caller.Actor, request.Name, new());
        return View(await writer.AppendAsync(caller, id, SystemEntryTypes.TenantCreated, data, IdentityJsonContext.Default.TenantCreatedData, cancellationToken, onlyFirst: true));
    }

    /// <summary>By id ascending.</summary>
    /// <exception cref="RefusedException"><c>not_allowed</c> for all but the platform admin, <c>validation_failed</c>, <c>invalid_cursor</c>.</exception>
    public async Task<Page<TenantResponse>> ListAsync(Caller caller, int? limit, string? cursor, CancellationToken cancellationToken)
    {
        RequireAdmin(caller);
        var count = PageLimit.Require(limit);
        var list = ListScope.OfPlatform(List);
        var after = (await cursors.DecodeAsync(list, cursor, 1, cancellationToken))?[0];

        var found = await tenants.ListAsync(after is null ? null : new TenantId(after), count + 1, cancellationToken);
        return new([.. found.Take(count).Select(View)], found.Count > count ? await cursors.EncodeAsync(list, cancellationToken, found[count - 1].Id.Value) : null);
    }

    /// <exception cref="RefusedException"><c>tenant_not_found</c>, also for another tenant's id.</exception>
    public async Task<TenantResponse> GetAsync(Caller caller, string tenantId, CancellationToken cancellationToken)
    {
        var id = OwnOrAdmin(caller, tenantId);
        if (caller is { Kind: CallerKind.User, IsTenantAdmin: false })
        {
            throw Refusal.NotAllowed.AsException();
        }

        caller.RequireScope(Scopes.TenantRead);
        return View(await writer.RequireAsync(id, cancellationToken));
    }

    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>not_allowed</c>, <c>insufficient_scope</c>; <c>tenant_not_found</c>, also for another tenant's id.</exception>
    public async Task<TenantResponse> UpdateAsync(Caller caller, string tenantId, UpdateTenantRequest request, CancellationToken cancellationToken)
    {
        var id = RequireWriter(caller, tenantId);
        var validation = new Validation();
        if (request.Name.IsSet)
        {
            TenantRules.Name(validation, request.Name.Value);
        }

        if (request.Settings is { IsSet: true, Value: { } given })
        {
            TenantRules.Settings(validation, given, "settings.");
        }

        if (request.Quotas.IsSet)
        {
            RequireAdmin(caller);
            TenantRules.Quotas(validation, request.Quotas.Value);
        }

        validation.ThrowIfAny();
        var tenant = await writer.RequireAsync(id, cancellationToken);
        if (!request.Name.IsSet && !request.Settings.IsSet && !request.Quotas.IsSet)
        {
            return View(tenant);
        }

        var data = new TenantChangedData(caller.Actor, request.Name.IsSet ? request.Name.Value : null, request.Settings.IsSet ? request.Settings.Value ?? new() : null, request.Quotas.IsSet ? request.Quotas.Value ?? new() : null);
        return View(await writer.AppendAsync(caller, id, SystemEntryTypes.TenantChanged, data, IdentityJsonContext.Default.TenantChangedData, cancellationToken));
    }

    /// <summary>Replaces the caller's own settings as a whole.</summary>
    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>not_allowed</c>, <c>insufficient_scope</c>.</exception>
    public async Task<TenantSettings> PutSettingsAsync(Caller caller, TenantSettings settings, CancellationToken cancellationToken)
    {
        var id = caller.RequireBackend(Scopes.TenantWrite);
        TenantRules.Settings(new(), settings, "").ThrowIfAny();
        await writer.RequireAsync(id, cancellationToken);
        var data = new TenantChangedData(caller.Actor, null, settings);
        return (await writer.AppendAsync(caller, id, SystemEntryTypes.TenantChanged, data, IdentityJsonContext.Default.TenantChangedData, cancellationToken)).Settings;
    }

    /// <summary>Deletes: within 5 s no key, token or connection of the tenant works any more. The id is never given again.</summary>
    /// <exception cref="RefusedException"><c>not_allowed</c> for all but the platform admin; <c>tenant_not_found</c>, also when it is deleted already.</exception>
    public async Task DeleteAsync(Caller caller, string tenantId, CancellationToken cancellationToken)
    {
        RequireAdmin(caller);
        var tenant = await writer.RequireAsync(Known(tenantId), cancellationToken);
        await writer.AppendAsync(caller, tenant.Id, SystemEntryTypes.TenantDeleted, new(caller.Actor), IdentityJsonContext.Default.TenantDeletedData, cancellationToken);
    }

    /// <exception cref="RefusedException"><c>not_allowed</c>, <c>insufficient_scope</c>.</exception>
    public async Task<TenantUsageResponse> GetUsageAsync(Caller caller, CancellationToken cancellationToken) =>
        await usage.CountAsync(await writer.RequireAsync(caller.RequireBackend(Scopes.TenantRead), cancellationToken), cancellationToken);

    /// <summary>Makes (or replaces) the tenant's own HS256 secret for user tokens; the one before stops at once.</summary>
    /// <exception cref="RefusedException"><c>not_allowed</c>; <c>insufficient_scope</c>: it outlives the API key that asks, so both <c>tenant:write</c> and <c>tokens:write</c> are needed.</exception>
    public async Task<TokenSecretResponse> CreateTokenSecretAsync(Caller caller, CancellationToken cancellationToken)
    {
        var id = RequireSecretWriter(caller);
        await writer.RequireAsync(id, cancellationToken);
        var kid = $"{id.Value}/HS256/{clock.GetUtcNow().ToUnixTimeMilliseconds()}";
        var text = Base64Url.EncodeToUtf8(RandomNumberGenerator.GetBytes(32));
        var data = new TokenSecretCreatedData(caller.Actor, kid, new(await sealer.SealAsync(text, TenantTokenSecret.Purpose(kid), cancellationToken)));
        await writer.AppendAsync(caller, id, SystemEntryTypes.TokenSecretCreated, data, IdentityJsonContext.Default.TokenSecretCreatedData, cancellationToken);
        return new(kid, Encoding.ASCII.GetString(text), clock.GetUtcNow());
    }

    /// <summary>Removes the tenant's own secret; tokens that were minted with it stop at once. Without one nothing changes.</summary>
    /// <exception cref="RefusedException"><c>not_allowed</c>, <c>insufficient_scope</c>.</exception>
    public async Task DeleteTokenSecretAsync(Caller caller, CancellationToken cancellationToken)
    {
        var id = RequireSecretWriter(caller);
        if ((await writer.RequireAsync(id, cancellationToken)).TokenSecret is not null)
        {
            await writer.AppendAsync(caller, id, SystemEntryTypes.TokenSecretDeleted, new(caller.Actor), IdentityJsonContext.Default.TokenSecretDeletedData, cancellationToken);
        }
    }

    private static TenantResponse View(Tenant tenant) => new(tenant.Id.Value, tenant.Name, tenant.Settings, tenant.CreatedAt, tenant.Quotas);

    private static void RequireAdmin(Caller caller)
    {
        if (caller.Kind != CallerKind.Admin)
        {
            throw Refusal.NotAllowed.With("Only the platform admin may do this.");
        }
    }

    private static TenantId RequireSecretWriter(Caller caller)
    {
        caller.RequireBackend(Scopes.TenantWrite);
        return caller.RequireBackend(Scopes.TokensWrite);
    }

    private static TenantId RequireWriter(Caller caller, string tenantId)
    {
        var id = OwnOrAdmin(caller, tenantId);
        return caller.Kind == CallerKind.Admin ? id : caller.RequireBackend(Scopes.TenantWrite);
    }

    private static TenantId OwnOrAdmin(Caller caller, string tenantId) =>
        caller.Kind == CallerKind.Admin || caller.Tenant.Value == tenantId ? Known(tenantId) : throw Refusal.TenantNotFound.AsException();

    private static TenantId Known(string tenantId) => TenantId.IsValid(tenantId) ? new(tenantId) : throw Refusal.TenantNotFound.AsException();
}
