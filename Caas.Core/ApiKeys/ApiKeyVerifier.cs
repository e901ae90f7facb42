using System.Net;
using Caas.Core.Audit;
using Caas.Core.Tenants;

namespace Caas.Core.ApiKeys;

/// <summary>Proves API keys. A revocation, a rotation's end and the tenant's deletion count in every process within 5 s.</summary>
public sealed class ApiKeyVerifier(ApiKeyDirectory keys, TenantDirectory tenants, ApiKeyUsage usage, TimeProvider clock)
{
    /// <exception cref="RefusedException"><c>unauthenticated</c>; <c>not_allowed</c> for an address that is not on the key's list.</exception>
    public async ValueTask<ApiKey> VerifyAsync(string text, IPAddress? from, CancellationToken cancellationToken)
    {
        var parts = ApiKeySecret.Split(text) ?? throw Invalid();
        var now = clock.GetUtcNow();
        var key = await keys.FindAsync(parts.Id, cancellationToken);
        if (key is null)
        {
            throw Invalid();
        }

        if (FaultOf(key, parts.Secret, now) is { } fault)
        {
            throw Invalid().Of(AttemptOf(key, fault));
        }

        if (await tenants.FindAsync(key.Tenant, cancellationToken) is null)
        {
            throw Invalid();
        }

        if (key.ExpiresAt <= now)
        {
            throw Refusal.Unauthenticated.With("The API key has expired.").Of(AttemptOf(key, CredentialFaults.KeyExpired));
        }

        if (!IpAllowList.Allows(key.AllowedIps, from))
        {
            throw Refusal.NotAllowed.With("The API key may not be used from this address.").Of(AttemptOf(key, CredentialFaults.AddressNotAllowed));
        }

        usage.Note(key.Id);
        return key;
    }

    private static string? FaultOf(ApiKey key, string secret, DateTimeOffset now)
    {
        var (current, previous) = (ApiKeySecret.Matches(secret, key.SecretHash), ApiKeySecret.Matches(secret, key.PreviousSecretHash));
        return (current, previous) switch
        {
            (false, false) => CredentialFaults.WrongSecret,
            _ when key.RevokedAt is not null => CredentialFaults.KeyRevoked,
            (false, true) when !(key.PreviousUntil > now) => CredentialFaults.SecretRotated,
            _ => null,
        };
    }

    private static CredentialAttempt AttemptOf(ApiKey key, string fault) => new(key.Tenant, fault, Proven: fault != CredentialFaults.WrongSecret, key.Id);

    private static RefusedException Invalid() => Refusal.Unauthenticated.With("The API key is not valid.");
}
