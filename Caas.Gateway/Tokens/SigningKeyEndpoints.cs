using System.Text.Json;
using Caas.Core.Tokens;
using Caas.Gateway.Callers;
using Caas.Gateway.Idempotency;

namespace Caas.Gateway.Tokens;

/// <summary>The platform's signing keys: their public halves for everyone, their rotation for the admin.</summary>
internal static class SigningKeyEndpoints
{
    public static void MapSigningKeys(this IEndpointRouteBuilder app, IEndpointRouteBuilder v1)
    {
        app.MapGet("/.well-known/jwks.json", GetJwksAsync).WithName("GetJwks").WithSummary("Get the public signing keys (RFC 7517)").WithTags("Service").Produces<JsonElement>();
        v1.MapPost("/admin/signing-keys/rotate", RotateAsync).WithName("RotateSigningKey").WithSummary("Make a new signing key").WithTags("Tenants").AllowCallers(CallerKinds.Admin).Idempotent()
            .WithDescription("The one before verifies until the longest token that it signed has ended.");
    }

    private static async Task<FileContentHttpResult> GetJwksAsync(SigningKeyService keys, HttpResponse response, CancellationToken cancellationToken)
    {
        var jwks = await keys.GetJwksAsync(cancellationToken);
        // A new key signs before every verifier has asked again; it asks at once for a kid that it does not know.
        response.Headers.CacheControl = "public, max-age=300";
        return TypedResults.Bytes(jwks, "application/json");
    }

    private static async Task<Ok<SigningKeyResponse>> RotateAsync(Caller caller, SigningKeyService keys, CancellationToken cancellationToken) =>
        TypedResults.Ok(new SigningKeyResponse(await keys.RotateAsync(caller, cancellationToken)));
}

/// <summary>The key that signs from now on.</summary>
/// <param name="Kid">Its id, as in the <c>kid</c> header of tokens.</param>
internal sealed record SigningKeyResponse(string Kid);
