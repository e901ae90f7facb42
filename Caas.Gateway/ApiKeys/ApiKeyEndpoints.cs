using Caas.Core.ApiKeys;
using Caas.Gateway.Audit;
using Caas.Gateway.Callers;
using Caas.Gateway.Idempotency;
using Caas.Gateway.Problems;

namespace Caas.Gateway.ApiKeys;

/// <summary><c>/v1/api-keys</c>: the keys of the caller's own tenant.</summary>
internal static class ApiKeyEndpoints
{
    public static void MapApiKeys(this IEndpointRouteBuilder v1)
    {
        var group = v1.MapGroup("/api-keys").WithTags("API keys").AllowCallers(CallerKinds.Backend, "keys");
        group.MapPost("/", CreateAsync).WithName("CreateApiKey").Audited("api_key.created").WithSummary("Create an API key").WithDescription("`key` is shown once.").IdempotentSecret("id");
        group.MapGet("/", ListAsync).WithName("ListApiKeys").WithSummary("List API keys").Refuses(Refusal.InvalidCursor);
        group.MapPost("/{keyId}/rotate", RotateAsync).WithName("RotateApiKey").Audited("api_key.rotated").WithSummary("Give an API key a new secret").WithDescription("The one before is accepted until `previousValidUntil`: for 24 h more, or for `graceSeconds`. 0 ends it now: within 5 s no process accepts it.").IdempotentSecret("id")
            .Refuses(Refusal.ApiKeyNotFound);
        group.MapDelete("/{keyId}", RevokeAsync).WithName("RevokeApiKey").Audited("api_key.revoked").WithSummary("Revoke an API key").Refuses(Refusal.ApiKeyNotFound);
    }

    private static async Task<Created<CreatedApiKeyResponse>> CreateAsync(CreateApiKeyRequest request, Caller caller, ApiKeyService keys, CancellationToken cancellationToken)
    {
        var key = await keys.CreateAsync(caller, caller.Tenant.Value, request, cancellationToken);
        return TypedResults.Created($"/v1/api-keys/{key.Id}", key);
    }

    private static async Task<Ok<Page<ApiKeyResponse>>> ListAsync(int? limit, string? cursor, Caller caller, ApiKeyService keys, CancellationToken cancellationToken) =>
        TypedResults.Ok(await keys.ListAsync(caller, caller.Tenant.Value, limit, cursor, cancellationToken));

    private static async Task<Ok<CreatedApiKeyResponse>> RotateAsync(string keyId, RotateApiKeyRequest? request, Caller caller, ApiKeyService keys, CancellationToken cancellationToken) =>
        TypedResults.Ok(await keys.RotateAsync(caller, keyId, request ?? new(), cancellationToken));

    private static async Task<NoContent> RevokeAsync(string keyId, Caller caller, ApiKeyService keys, CancellationToken cancellationToken)
    {
        await keys.RevokeAsync(caller, keyId, cancellationToken);
        return TypedResults.NoContent();
    }
}
