using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Caas.Adapters.Push;

/// <summary>Signs the JSON web tokens (RFC 7519) that push services ask for.</summary>
internal static class JsonWebTokens
{
    /// <summary>RS256.</summary>
    public static string Sign(JsonObject claims, RSA key) =>
        Sign(new() { ["alg"] = "RS256", ["typ"] = "JWT" }, claims, text => key.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));

    /// <summary>ES256.</summary>
    public static string Sign(JsonObject claims, ECDsa key, string? kid = null)
    {
        var header = new JsonObject { ["alg"] = "ES256", ["typ"] = "JWT" };
        if (kid is not null)
        {
            header["kid"] = kid;
        }

        return Sign(header, claims, text => key.SignData(text, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
    }

    private static string Sign(JsonObject header, JsonObject claims, Func<byte[], byte[]> sign)
    {
        var text = $"{Encode(header)}.{Encode(claims)}";
        return $"{text}.{Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(text)))}";
    }

    private static string Encode(JsonObject json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json.ToJsonString()));
}
