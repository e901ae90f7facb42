using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Refusals;
using Caas.Tests.Callers;

namespace Caas.Tests.Tokens;

/// <summary>Makes, takes apart and changes tokens by hand, as a forger does.</summary>
internal static class TokenTexts
{
    internal static string Minted(IdentityPlatform platform, TokenSecretResponse secret, string sub = "alice", string tid = "acme", Encoding? encoding = null)
    {
        var now = platform.Clock.GetUtcNow().ToUnixTimeSeconds();
        return Sign(Header(secret.Kid), Encode($$"""{"sub":"{{sub}}","tid":"{{tid}}","iat":{{now}},"exp":{{now + 3600}}}"""), (encoding ?? Encoding.ASCII).GetBytes(secret.Secret));
    }

    internal static string Header(string kid) => Encode($$"""{"alg":"HS256","typ":"JWT","kid":"{{kid}}"}""");

    internal static string Sign(string header, string payload, byte[] secret) =>
        $"{header}.{payload}.{Base64Url.EncodeToString(HMACSHA256.HashData(secret, Encoding.ASCII.GetBytes($"{header}.{payload}")))}";

    internal static string Encode(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));

    internal static (string Header, string Payload, string Signature) Parts(string token) => token.Split('.') is [var header, var payload, var signature] ? (header, payload, signature) : throw new ArgumentException("No token.", nameof(token));

    internal static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();

    internal static ECPoint Point(JsonElement key) => new() { X = Base64Url.DecodeFromChars(Text(key, "x")), Y = Base64Url.DecodeFromChars(Text(key, "y")) };

    internal static async Task<bool> IsRefusedAsync(IdentityPlatform platform, string token)
    {
        try
        {
            await platform.CallerAsync(token);
            return false;
        }
        catch (RefusedException refused)
        {
            return refused.Refusal.Status == 401;
        }
    }

    /// <summary>The last character of a signature carries bits that mean nothing: the same token in another spelling.</summary>
    internal static bool MeansTheSame(string token, string other)
    {
        var (one, two) = (token.Split('.'), other.Split('.'));
        return two.Length == 3 && one[0] == two[0] && one[1] == two[1] && Decoded(two[2]) is { } signature && Decoded(one[2])!.AsSpan().SequenceEqual(signature);
    }

    internal static byte[]? Decoded(string text)
    {
        try
        {
            return Microsoft.IdentityModel.Tokens.Base64UrlEncoder.DecodeBytes(text);
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
