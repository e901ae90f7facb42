using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Caas.Core.ApiKeys;

/// <summary>The text of an API key: <c>id.secret</c>, the secret 256 random bits as base64url. Only its SHA-256 is kept.</summary>
internal static class ApiKeySecret
{
    private const int LongestKey = 256;

    public static string NewId() => "ck_" + RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyz0123456789", 20);

    public static (string Secret, string Hash) New()
    {
        var secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        return (secret, Hash(secret));
    }

    public static string Hash(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    /// <returns>Null when <paramref name="key"/> is not of the form <c>id.secret</c>.</returns>
    public static (string Id, string Secret)? Split(string key)
    {
        var dot = key.IndexOf('.', StringComparison.Ordinal);
        return key.Length <= LongestKey && dot > 0 && dot < key.Length - 1 ? (key[..dot], key[(dot + 1)..]) : null;
    }

    /// <summary>Compares in constant time.</summary>
    public static bool Matches(string secret, string? hash) =>
        hash is not null && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Hash(secret)), Encoding.ASCII.GetBytes(hash));
}
