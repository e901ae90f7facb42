using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Caas.Adapters.Push;

/// <summary>Encrypts a message for one browser: RFC 8291 over the content coding <c>aes128gcm</c> of RFC 8188, in one record.</summary>
internal static class WebPushEncryption
{
    /// <summary>Bytes of an encrypted body that every push service takes.</summary>
    public const int Limit = 4096;

    private const int SaltSize = 16;
    private const int TagSize = 16;
    private const int PointSize = 65;
    private const int HeaderSize = SaltSize + 4 + 1 + PointSize;

    /// <summary>Bytes of a message that fit: less the header, the tag and the delimiter.</summary>
    public const int MostPlain = Limit - HeaderSize - TagSize - 1;

    /// <param name="browser">The browser's public key, an uncompressed point.</param>
    /// <param name="auth">The browser's secret, 16 bytes.</param>
    public static byte[] Encrypt(ReadOnlySpan<byte> message, byte[] browser, byte[] auth)
    {
        using var ours = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        return Encrypt(message, browser, auth, ours, RandomNumberGenerator.GetBytes(SaltSize));
    }

    /// <param name="ours">A key pair of this message alone.</param>
    internal static byte[] Encrypt(ReadOnlySpan<byte> message, byte[] browser, byte[] auth, ECDiffieHellman ours, byte[] salt)
    {
        var point = PointOf(ours);
        using var theirs = ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new() { X = browser[1..33], Y = browser[33..] } });
        var shared = ours.DeriveRawSecretAgreement(theirs.PublicKey);
        byte[] info = [.. "WebPush: info\0"u8, .. browser, .. point];
        var secret = HKDF.DeriveKey(HashAlgorithmName.SHA256, shared, 32, auth, info);
        var key = HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, 16, salt, Encoding.ASCII.GetBytes("Content-Encoding: aes128gcm\0"));
        var nonce = HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, 12, salt, Encoding.ASCII.GetBytes("Content-Encoding: nonce\0"));

        // Header: salt, size of a record, and our public key as its id; then the only record, which ends with 2 as the last one.
        var body = new byte[HeaderSize + message.Length + 1 + TagSize];
        salt.CopyTo(body, 0);
        BinaryPrimitives.WriteUInt32BigEndian(body.AsSpan(SaltSize), Limit);
        body[SaltSize + 4] = PointSize;
        point.CopyTo(body, SaltSize + 5);
        byte[] plain = [.. message, 2];
        using var aes = new AesGcm(key, TagSize);
        aes.Encrypt(nonce, plain, body.AsSpan(HeaderSize, plain.Length), body.AsSpan(HeaderSize + plain.Length));
        return body;
    }

    private static byte[] PointOf(ECDiffieHellman key)
    {
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        return [4, .. point.X!, .. point.Y!];
    }
}
