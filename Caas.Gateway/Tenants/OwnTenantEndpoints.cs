using Caas.Core.Tenants;
using Caas.Gateway.Audit;
using Caas.Gateway.Callers;
using Caas.Gateway.Idempotency;

namespace Caas.Gateway.Tenants;

/// <summary><c>/v1/tenant</c>: the caller's own tenant, for its backend.</summary>
internal static class OwnTenantEndpoints
{
    private const string TokenSecret =
        """
        With it the tenant's backend signs user tokens itself: JWTs with `alg` `HS256` and the answer's `kid` in the header. Needed claims: `sub` (the user's id), `tid` (the tenant's id), `iat` and `exp`
        (seconds since 1970; `exp` at most the tenant's `maxTokenLifetimeSeconds` after `iat`). `nbf` and `jti` may be there; others are ignored. The HMAC's key is the secret's text as it is shown, not what it
        decodes to. Of a token whose signature holds, a refusal's `detail` names the claim that is missing or wrong. The secret before stops at once.
        """;

    public static void MapOwnTenant(this IEndpointRouteBuilder v1)
    {
        var group = v1.MapGroup("/tenant").WithTags("Own tenant").AllowCallers(CallerKinds.Backend, "tenant");
        group.MapGet("/", GetAsync).WithName("GetOwnTenant").WithSummary("Get the own tenant");
        group.MapPatch("/", UpdateAsync).WithName("UpdateOwnTenant").Audited("tenant.changed").WithSummary("Change the own tenant");
        group.MapGet("/settings", GetSettingsAsync).WithName("GetTenantSettings").WithSummary("Get the settings");
        group.MapPut("/settings", PutSettingsAsync).WithName("PutTenantSettings").Audited("tenant.settings_changed").WithSummary("Replace the settings");
        group.MapGet("/usage", GetUsageAsync).WithName("GetTenantUsage").WithSummary("Get what the tenant has used");
        group.MapPost("/token-secret", CreateTokenSecretAsync).WithName("CreateTokenSecret").Audited("token_secret.created").WithSummary("Create or replace the tenant's own token secret").IdempotentSecret("kid")
            .WithDescription(TokenSecret);
        group.MapDelete("/token-secret", DeleteTokenSecretAsync).WithName("DeleteTokenSecret").Audited("token_secret.deleted").WithSummary("Delete the tenant's own token secret");
    }

    private static async Task<Ok<TenantResponse>> GetAsync(Caller caller, TenantService tenants, CancellationToken cancellationToken) =>
        TypedResults.Ok(await tenants.GetAsync(caller, caller.Tenant.Value, cancellationToken));

    private static async Task<Ok<TenantResponse>> UpdateAsync(UpdateTenantRequest request, Caller caller, TenantService tenants, CancellationToken cancellationToken) =>
        TypedResults.Ok(await tenants.UpdateAsync(caller, caller.Tenant.Value, request, cancellationToken));

    private static async Task<Ok<TenantSettings>> GetSettingsAsync(Caller caller, TenantService tenants, CancellationToken cancellationToken) =>
        TypedResults.Ok((await tenants.GetAsync(caller, caller.Tenant.Value, cancellationToken)).Settings);

    private static async Task<Ok<TenantSettings>> PutSettingsAsync(TenantSettings settings, Caller caller, TenantService tenants, CancellationToken cancellationToken) =>
        TypedResults.Ok(await tenants.PutSettingsAsync(caller, settings, cancellationToken));

    private static async Task<Ok<TenantUsageResponse>> GetUsageAsync(Caller caller, TenantService tenants, CancellationToken cancellationToken) =>
        TypedResults.Ok(await tenants.GetUsageAsync(caller, cancellationToken));

    private static async Task<Created<TokenSecretResponse>> CreateTokenSecretAsync(Caller caller, TenantService tenants, CancellationToken cancellationToken) =>
        TypedResults.Created((string?)null, await tenants.CreateTokenSecretAsync(caller, cancellationToken));

    private static async Task<NoContent> DeleteTokenSecretAsync(Caller caller, TenantService tenants, CancellationToken cancellationToken)
    {
        await tenants.DeleteTokenSecretAsync(caller, cancellationToken);
        return TypedResults.NoContent();
    }
}
