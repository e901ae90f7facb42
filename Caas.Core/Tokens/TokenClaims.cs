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
    private const long LastSecond = 253_402_300_799;
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    /// <summary>Reads the claims of a token whose signature holds: only who has the key is told what is wrong with them.</summary>
    /// <exception cref="RefusedException"><c>unauthenticated</c>, naming the claim.</exception>
    public static TokenClaims Read(string encodedPayload)
    {
        try
        {
            using var document = JsonDocument.Parse(Base64Url.DecodeFromChars(encodedPayload), Strict);
            var root = document.RootElement;
            return root.ValueKind == JsonValueKind.Object ? Read(root) : throw Wrong("Its claims must be a JSON object.");
        }
        catch (Exception exception) when (exception is JsonException or FormatException)
        {
            throw Wrong("Its claims must be a JSON object that names each claim once.");
        }
    }

    /// <summary>A refusal of a token whose signature holds.</summary>
    public static RefusedException Wrong(string why) => Refusal.Unauthenticated.With($"The token is not valid. {why}");

    private static TokenClaims Read(JsonElement root)
    {
        var (subject, tenant, id) = (Text(root, "sub"), Text(root, TokenFactory.TenantClaim), Text(root, "jti"));
        if (!PublicId.IsValid(subject))
        {
            throw Wrong("sub is missing or no user id.");
        }

        if (!TenantId.IsValid(tenant))
        {
            throw Wrong($"{TokenFactory.TenantClaim} is missing or no tenant id.");
        }

        if (id is not (null or { Length: > 0 and <= LongestId }))
        {
            throw Wrong($"jti must be 1 to {LongestId} characters.");
        }

        var precise = Milliseconds(root, TokenFactory.PreciseIssuedAtClaim);
        return new(subject!, tenant!, id, Text(root, TokenFactory.FamilyClaim), Text(root, "iss"), Text(root, "aud"), precise ?? Seconds(root, "iat"), precise is not null, Seconds(root, "nbf"), Seconds(root, "exp"));
    }

    private static string? Text(JsonElement root, string claim) =>
        !root.TryGetProperty(claim, out var value) ? null
        : IsText(value) ? value.GetString()
        : claim == "aud" && value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 1 && IsText(value[0]) ? value[0].GetString()
        : throw Wrong($"{claim} must be a string.");

    private static bool IsText(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String && value.GetString() is not null;
        }
        catch (InvalidOperationException)
        {
            return false; // No well-formed Unicode.
        }
    }

    /// <summary>A NumericDate (RFC 7519): seconds, perhaps with a fraction, which is cut off.</summary>
    private static DateTimeOffset? Seconds(JsonElement root, string claim) =>
        !root.TryGetProperty(claim, out var value) ? null
        : value.ValueKind == JsonValueKind.Number && value.GetDouble() is >= 0 and <= LastSecond and var seconds ? DateTimeOffset.FromUnixTimeSeconds((long)seconds)
        : throw Wrong($"{claim} must be a number of seconds since 1970.");

    private static DateTimeOffset? Milliseconds(JsonElement root, string claim) =>
        !root.TryGetProperty(claim, out var value) ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var milliseconds) && milliseconds is >= 0 and <= LastSecond * 1000 ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
        : throw Wrong($"{claim} must be a whole number of milliseconds since 1970.");
}
