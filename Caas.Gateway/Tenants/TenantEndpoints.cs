using Caas.Core.ApiKeys;
using Caas.Core.Tenants;
using Caas.Gateway.Audit;
using Caas.Gateway.Callers;
using Caas.Gateway.Idempotency;
using Caas.Gateway.Problems;

namespace Caas.Gateway.Tenants;

/// <summary><c>/v1/tenants</c>: what the platform admin does.</summary>
internal static class TenantEndpoints
{
    public static void MapTenants(this IEndpointRouteBuilder v1)
    {
        var group = v1.MapGroup("/tenants").WithTags("Tenants").AllowCallers(CallerKinds.Admin);
        group.MapPost("/", CreateAsync).WithName("CreateTenant").Audited("tenant.created").WithSummary("Create a tenant").Idempotent().Refuses(Refusal.IdTaken);
        group.MapGet("/", ListAsync).WithName("ListTenants").WithSummary("List tenants").Refuses(Refusal.InvalidCursor);
        group.MapGet("/{tenantId}", GetAsync).WithName("GetTenant").WithSummary("Get a tenant").Refuses(Refusal.TenantNotFound);
        group.MapPatch("/{tenantId}", UpdateAsync).WithName("UpdateTenant").Audited("tenant.changed").WithSummary("Change a tenant").Refuses(Refusal.TenantNotFound);
        group.MapDelete("/{tenantId}", DeleteAsync).WithName("DeleteTenant").Audited("tenant.deleted").WithSummary("Delete a tenant").Refuses(Refusal.TenantNotFound)
            .WithDescription("Its keys, tokens and live connections end within 5 s; an hour later all that it has is purged. Its id is never given again.");
        group.MapPost("/{tenantId}/api-keys", CreateKeyAsync).WithName("CreateTenantApiKey").Audited("api_key.created").WithSummary("Create an API key for a tenant").IdempotentSecret("id").Refuses(Refusal.TenantNotFound);
        group.MapGet("/{tenantId}/api-keys", ListKeysAsync).WithName("ListTenantApiKeys").WithSummary("List a tenant's API keys").Refuses(Refusal.TenantNotFound, Refusal.InvalidCursor);
    }

    private static async Task<Created<TenantResponse>> CreateAsync(CreateTenantRequest request, Caller caller, TenantService tenants, CancellationToken cancellationToken)
    {
        var tenant = await tenants.CreateAsync(caller, request, cancellationToken);
        return TypedResults.Created($"/v1/tenants/{tenant.Id}", tenant);
    }

    private static async Task<Ok<Page<TenantResponse>>> ListAsync(int? limit, string? cursor, Caller caller, TenantService tenants, CancellationToken cancellationToken) =>
        TypedResults.Ok(await tenants.ListAsync(caller, limit, cursor, cancellationToken));

    private static async Task<Ok<TenantResponse>> GetAsync(string tenantId, Caller caller, TenantService tenants, CancellationToken cancellationToken) =>
        TypedResults.Ok(await tenants.GetAsync(caller, tenantId, cancellationToken));

    private static async Task<Ok<TenantResponse>> UpdateAsync(string tenantId, UpdateTenantRequest request, Caller caller, TenantService tenants, CancellationToken cancellationToken) =>
        TypedResults.Ok(await tenants.UpdateAsync(caller, tenantId, request, cancellationToken));

    private static async Task<NoContent> DeleteAsync(string tenantId, Caller caller, TenantService tenants, CancellationToken cancellationToken)
    {
        await tenants.DeleteAsync(caller, tenantId, cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<Created<CreatedApiKeyResponse>> CreateKeyAsync(string tenantId, CreateApiKeyRequest request, Caller caller, ApiKeyService keys, CancellationToken cancellationToken)
    {
        var key = await keys.CreateAsync(caller, tenantId, request, cancellationToken);
        return TypedResults.Created($"/v1/api-keys/{key.Id}", key);
    }

    private static async Task<Ok<Page<ApiKeyResponse>>> ListKeysAsync(string tenantId, int? limit, string? cursor, Caller caller, ApiKeyService keys, CancellationToken cancellationToken) =>
        TypedResults.Ok(await keys.ListAsync(caller, tenantId, limit, cursor, cancellationToken));
}
