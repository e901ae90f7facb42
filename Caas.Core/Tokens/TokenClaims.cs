using System.Buffers.Text;
using System.Text.Json;

namespace Caas.Core.Tokens;

/// <summary>The claims of a token that CaaS reads, taken strictly: a claim of a wrong type, an id of a wrong form or a claim given twice makes the token invalid.</summary>
/// <param name="PreciseIssuedAt">Whether <paramref name="IssuedAt"/> came from <c>iat_ms</c>.</param>
internal sealed record TokenClaims(
    string Subject, string Tenant, string? Id, string? Family, string? Issuer, string? Audience,
    DateTimeOffset? IssuedAt, bool PreciseIssuedAt, DateTimeOffset? NotBefore, DateTimeOffset? ExpiresAt)
{
    private const int LongestId = 128;
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    /// <returns>Null when they cannot be read.</returns>
    public static TokenClaims? Read(string encodedPayload)
    {
        try
        {
            using var document = JsonDocument.Parse(Base64Url.DecodeFromChars(encodedPayload), Strict);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                return null;
            }

            var precise = Milliseconds(root, TokenFactory.PreciseIssuedAtClaim);
            var (subject, tenant, id) = (Text(root, "sub"), Text(root, TokenFactory.TenantClaim), Text(root, "jti"));
            return PublicId.IsValid(subject) && TenantId.IsValid(tenant) && id is null or { Length: > 0 and <= LongestId }
                ? new(subject!, tenant!, id, Text(root, TokenFactory.FamilyClaim), Text(root, "iss"), Text(root, "aud"), precise ?? Seconds(root, "iat"), precise is not null, Seconds(root, "nbf"), Seconds(root, "exp"))
                : null;
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException or ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    private static string? Text(JsonElement root, string claim) =>
        !root.TryGetProperty(claim, out var value) ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : value.ValueKind == JsonValueKind.Array && claim == "aud" && value.GetArrayLength() == 1 ? value[0].GetString()
        : throw new FormatException();

    /// <summary>A NumericDate (RFC 7519): seconds, perhaps with a fraction, which is cut off.</summary>
    private static DateTimeOffset? Seconds(JsonElement root, string claim) =>
        !root.TryGetProperty(claim, out var value) ? null
        : value.ValueKind == JsonValueKind.Number && value.GetDouble() is >= 0 and <= 253_402_300_799 and var seconds ? DateTimeOffset.FromUnixTimeSeconds((long)seconds)
        : throw new FormatException();

    private static DateTimeOffset? Milliseconds(JsonElement root, string claim) =>
        !root.TryGetProperty(claim, out var value) ? null
        : value.ValueKind == JsonValueKind.Number ? DateTimeOffset.FromUnixTimeMilliseconds(value.GetInt64())
        : throw new FormatException();
}
