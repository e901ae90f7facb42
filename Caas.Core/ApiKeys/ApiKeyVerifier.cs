using System.Net;
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
        if (key is null || key.RevokedAt is not null || !Matches(key, parts.Secret, now) || await tenants.FindAsync(key.Tenant, cancellationToken) is null)
        {
            throw Invalid();
        }

        if (key.ExpiresAt <= now)
        {
            throw Refusal.Unauthenticated.With("The API key has expired.");
        }

        if (!IpAllowList.Allows(key.AllowedIps, from))
        {
            throw Refusal.NotAllowed.With("The API key may not be used from this address.");
        }

        usage.Note(key.Id);
        return key;
    }

    private static bool Matches(ApiKey key, string secret, DateTimeOffset now) =>
        ApiKeySecret.Matches(secret, key.SecretHash) || (key.PreviousUntil > now && ApiKeySecret.Matches(secret, key.PreviousSecretHash));

    private static RefusedException Invalid() => Refusal.Unauthenticated.With("The API key is not valid.");
}
