using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Caas.Core.Webhooks;

/// <summary>Signs as the Standard Webhooks specification says (<see href="https://www.standardwebhooks.com"/>): <c>v1</c>, HMAC-SHA256 over <c>id.timestamp.body</c>.</summary>
public static class WebhookSignature
{
    public const string IdHeader = "webhook-id";
    public const string TimestampHeader = "webhook-timestamp";
    public const string SignatureHeader = "webhook-signature";

    private const string Prefix = "whsec_";
    private const int LeastBytes = 24;
    private const int MostBytes = 64;
    private const int MadeBytes = 32;

    public static string NewSecret() => Prefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(MadeBytes));

    /// <summary>The key of a secret; null: it is none.</summary>
    public static byte[]? KeyOf(string? secret)
    {
        if (secret is null || !secret.StartsWith(Prefix, StringComparison.Ordinal) || secret.Length > 200 || !Base64.IsValid(secret.AsSpan(Prefix.Length)))
        {
            return null;
        }

        return Convert.FromBase64String(secret[Prefix.Length..]) is { Length: >= LeastBytes and <= MostBytes } key ? key : null;
    }

    /// <summary>One signature for each key, the newest key's first.</summary>
    public static string Sign(IReadOnlyList<byte[]> keys, string id, DateTimeOffset at, ReadOnlyMemory<byte> body)
    {
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{Timestamp(at)}."), .. body.Span];
        return string.Join(' ', keys.Select(key => "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, signed))));
    }

    public static string Timestamp(DateTimeOffset at) => at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
}
