using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace Caas.Core.Secrets;

/// <summary>
/// Seals what must not be read from the store: <c>v1:</c> and the base64url of nonce, ciphertext and tag of AES-256-GCM, its key derived (HKDF-SHA-256) from
/// <c>Caas:MasterKey</c>, its associated data the purpose. Without a master key <c>plain:</c> and the base64url; that form is read with one, too.
/// </summary>
public sealed class KeySealer
{
    private const string SealedPrefix = "v1:";
    private const string PlainPrefix = "plain:";
    private readonly SealingKey? _key;

    public KeySealer(IOptions<PlatformSecrets> secrets) =>
        _key = secrets.Value.MasterKey is { } master ? new SealingKey(Encoding.UTF8.GetBytes(master), "caas/master") : null;

    /// <summary>Whether there is a master key.</summary>
    public bool Seals => _key is not null;

    /// <param name="purpose">What it is for, such as <c>signing-key/{kid}</c>: a sealed secret cannot stand in for another one.</param>
    public string Seal(ReadOnlySpan<byte> secret, string purpose) =>
        _key is null ? PlainPrefix + Base64Url.EncodeToString(secret) : SealedPrefix + _key.Seal(secret, purpose);

    /// <exception cref="InvalidOperationException">It was sealed with another master key, or for another purpose.</exception>
    public byte[] Unseal(string text, string purpose)
    {
        if (text.StartsWith(PlainPrefix, StringComparison.Ordinal))
        {
            return Base64Url.DecodeFromChars(text.AsSpan(PlainPrefix.Length));
        }

        if (!text.StartsWith(SealedPrefix, StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"The stored secret of {purpose} has an unknown form: a newer version wrote it.");
        }

        return _key is null
            ? throw new InvalidOperationException($"The stored secret of {purpose} is sealed: set Caas:MasterKey to the key it was sealed with.")
            : _key.Unseal(text.AsSpan(SealedPrefix.Length), purpose)
                ?? throw new InvalidOperationException($"Caas:MasterKey is not the one with which the stored secret of {purpose} was sealed.");
    }
}

/// <summary>An AES-256-GCM key derived from some secret.</summary>
internal sealed class SealingKey(byte[] secret, string use)
{
    private const int NonceSize = 12;
    private const int TagSize = 16;
    private readonly byte[] _key = HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, 32, info: Encoding.UTF8.GetBytes(use));

    public string Seal(ReadOnlySpan<byte> plain, string purpose)
    {
        var box = new byte[NonceSize + plain.Length + TagSize];
        var nonce = box.AsSpan(0, NonceSize);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(_key, TagSize);
        aes.Encrypt(nonce, plain, box.AsSpan(NonceSize, plain.Length), box.AsSpan(NonceSize + plain.Length), Encoding.UTF8.GetBytes(purpose));
        return Base64Url.EncodeToString(box);
    }

    /// <returns>Null when it was not sealed with this key and for this purpose.</returns>
    public byte[]? Unseal(ReadOnlySpan<char> text, string purpose)
    {
        if (!Base64Url.IsValid(text) || Base64Url.DecodeFromChars(text) is not { Length: >= NonceSize + TagSize } box)
        {
            return null;
        }

        var plain = new byte[box.Length - NonceSize - TagSize];
        try
        {
            using var aes = new AesGcm(_key, TagSize);
            aes.Decrypt(box.AsSpan(0, NonceSize), box.AsSpan(NonceSize, plain.Length), box.AsSpan(NonceSize + plain.Length), plain, Encoding.UTF8.GetBytes(purpose));
            return plain;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }
}
