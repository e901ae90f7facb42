using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Caas.Core.Tokens;

namespace Caas.Core.Paging;

/// <summary>
/// Opaque cursors of lists: base64url of a version (1 byte), a signature (128 bits) and the position behind which the next page begins. The signature is an HMAC-SHA-256 over the version, the
/// list with all that it was asked with, and the position; its key derives from the store's first signing key, which never changes and is the same in every process. Nothing is asked of the store.
/// </summary>
public sealed class Cursors(SigningKeyRing ring)
{
    private const byte Version = 2;
    private const int SignatureSize = 16;
    private const int MostCharacters = 1024;
    private const char Separator = '\n';

    private byte[]? _key;

    public async ValueTask<string> EncodeAsync(ListScope list, CancellationToken cancellationToken, params string[] parts) =>
        Encode(await KeyAsync(cancellationToken), list, string.Join(Separator, parts));

    /// <returns>The parts; null when <paramref name="cursor"/> is null or empty: the first page.</returns>
    /// <exception cref="RefusedException"><c>invalid_cursor</c>: forged, another list's, or that of a list that was asked for with something else.</exception>
    public async ValueTask<string[]?> DecodeAsync(ListScope list, string? cursor, int parts, CancellationToken cancellationToken) =>
        string.IsNullOrEmpty(cursor) ? null : Decode(await KeyAsync(cancellationToken), list, cursor, parts) ?? throw Refusal.InvalidCursor.AsException();

    private static string Encode(byte[] key, ListScope list, string position)
    {
        var text = Encoding.UTF8.GetBytes(position);
        byte[] box = [Version, .. Sign(key, list, text), .. text];
        return Base64Url.EncodeToString(box);
    }

    private static string[]? Decode(byte[] key, ListScope list, string cursor, int parts)
    {
        if (cursor.Length > MostCharacters || !Base64Url.IsValid(cursor) || Base64Url.DecodeFromChars(cursor) is not { Length: > 1 + SignatureSize } box || box[0] != Version)
        {
            return null;
        }

        var text = box.AsSpan(1 + SignatureSize);
        return CryptographicOperations.FixedTimeEquals(box.AsSpan(1, SignatureSize), Sign(key, list, text)) && Encoding.UTF8.GetString(text).Split(Separator) is { } found && found.Length == parts
            ? found
            : null;
    }

    private static byte[] Sign(byte[] key, ListScope list, ReadOnlySpan<byte> position)
    {
        using var signed = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        signed.AppendData([Version]);
        foreach (var part in list.Parts)
        {
            Append(signed, Encoding.UTF8.GetBytes(part));
        }

        Append(signed, position);
        return signed.GetHashAndReset()[..SignatureSize];
    }

    // Each with its length before it: no two lists sign the same bytes.
    private static void Append(IncrementalHash signed, ReadOnlySpan<byte> part)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(length, part.Length);
        signed.AppendData(length);
        signed.AppendData(part);
    }

    private async ValueTask<byte[]> KeyAsync(CancellationToken cancellationToken) => _key ??= (await ring.CurrentAsync(cancellationToken)).DeriveKey("caas/cursors");
}

/// <summary>Which list a cursor belongs to, and what that was asked with: a cursor goes with this alone.</summary>
public sealed class ListScope
{
    private ListScope(params string[] parts) => Parts = parts;

    internal IReadOnlyList<string> Parts { get; }

    /// <param name="name">The list's own name.</param>
    /// <param name="filters">Whatever decides which items it gives, besides the tenant; null is as good as empty.</param>
    public static ListScope Of(TenantId tenant, string name, params string?[] filters) => new([tenant.Value, name, .. filters.Select(filter => filter ?? "")]);

    /// <summary>A list of the platform, not of a tenant.</summary>
    public static ListScope OfPlatform(string name) => new("", name);
}

/// <summary>How many items a list gives.</summary>
public static class PageLimit
{
    public const int Default = 50;
    public const int Most = 200;

    /// <exception cref="RefusedException"><c>validation_failed</c> outside 1 to <paramref name="most"/>.</exception>
    public static int Require(int? limit, int most = Most) =>
        limit is null ? Math.Min(Default, most) : limit is { } given && given >= 1 && given <= most ? given : throw Refusal.ValidationFailed.With("limit", $"must be 1 to {most}");
}
