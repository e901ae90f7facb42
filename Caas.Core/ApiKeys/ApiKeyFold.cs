using System.Text.Json;
using Caas.Core.Entries;
using Caas.Core.Json;

namespace Caas.Core.ApiKeys;

/// <summary>What entries make of an API key.</summary>
internal static class ApiKeyFold
{
    public static ApiKey Create(Entry entry, ApiKeyCreatedData data) => new()
    {
        Tenant = entry.Log.Tenant,
        Id = data.Id,
        Name = data.Name,
        SecretHash = data.Secret.Hash,
        Scopes = data.Scopes,
        AllowedIps = data.AllowedIps,
        CreatedAt = entry.At,
        ExpiresAt = data.ExpiresAt,
        Rev = entry.Seq,
    };

    public static ApiKey Apply(ApiKey key, Entry entry, JsonElement data)
    {
        if (entry.Type == SystemEntryTypes.ApiKeyRevoked)
        {
            return key with { RevokedAt = key.RevokedAt ?? entry.At, Rev = entry.Seq };
        }

        var rotated = data.Deserialize(IdentityJsonContext.Default.ApiKeyRotatedData)!;
        return key with { SecretHash = rotated.Secret.Hash, PreviousSecretHash = key.SecretHash, PreviousUntil = rotated.PreviousUntil, Rev = entry.Seq };
    }
}
