using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Caas.Contracts;
using Caas.Core.Devices;
using Xunit;

namespace Caas.Tests.Push;

/// <summary>Pushes, keys, and what services check of tokens.</summary>
internal static class PushSamples
{
    public static readonly DateTimeOffset At = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static Caas.Core.Push.Push Push(DeviceAddress address, string body = "Ann: hello", NotificationKind kind = NotificationKind.Message, NotificationPriority priority = NotificationPriority.Normal) => new(
        new("acme"), address,
        new("messages:room", Caas.Core.Notifications.NotificationRow.TypeOf(kind), kind, priority, "room", "0197-message", 42, "ann", 3, "The room", body, At, At, null),
        "messages:room", Badge: 7, kind == NotificationKind.Call ? new("the-call", At.AddSeconds(30)) : null);

    /// <summary>The claims of a token whose signature holds.</summary>
    public static (JsonNode Header, JsonNode Claims) Verify(string token, Func<byte[], byte[], bool> verify)
    {
        var parts = token.Split('.');
        Assert.Equal(3, parts.Length);
        Assert.True(verify(System.Text.Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2])), "the signature does not hold");
        return (JsonNode.Parse(Base64Url.DecodeFromChars(parts[0]))!, JsonNode.Parse(Base64Url.DecodeFromChars(parts[1]))!);
    }

    public static bool Es256(ECDsa key, byte[] text, byte[] signature) => key.VerifyData(text, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    /// <summary>What a browser makes of a body (RFC 8188 and 8291), written apart from what made it.</summary>
    public static byte[] Decrypt(byte[] body, ECDiffieHellman browser, byte[] auth)
    {
        Assert.True(body.Length <= 4096, "no push service takes more than 4,096 bytes");
        Assert.Equal(4096u, System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(body.AsSpan(16)));
        Assert.Equal(65, body[20]);
        var (salt, theirs) = (body[..16], body[21..86]);
        var own = browser.ExportParameters(false).Q;
        using var peer = ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new() { X = theirs[1..33], Y = theirs[33..] } });
        var prk = HMACSHA256.HashData(auth, browser.DeriveRawSecretAgreement(peer.PublicKey));
        var ikm = HMACSHA256.HashData(prk, (byte[])[.. "WebPush: info"u8, 0, 4, .. own.X!, .. own.Y!, .. theirs, 1]);
        var extracted = HMACSHA256.HashData(salt, ikm);
        var key = HMACSHA256.HashData(extracted, (byte[])[.. "Content-Encoding: aes128gcm"u8, 0, 1])[..16];
        var nonce = HMACSHA256.HashData(extracted, (byte[])[.. "Content-Encoding: nonce"u8, 0, 1])[..12];
        var plain = new byte[body.Length - 86 - 16];
        using var aes = new AesGcm(key, 16);
        aes.Decrypt(nonce, body.AsSpan(86, plain.Length), body.AsSpan(86 + plain.Length), plain);
        Assert.Equal(2, plain[^1]);
        return plain[..^1];
    }
}
