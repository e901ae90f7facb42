using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Caas.Core.Tokens;

namespace Caas.Core.Attachments;

/// <summary>
/// Links to files that the gateway itself takes and gives: <c>/v1/attachments/{id}/content</c> with the tenant, the time at which it ends, and an HMAC-SHA-256 over all of it and what it is
/// for. The key derives from the store's first signing key, so every gateway makes and knows the same.
/// </summary>
public sealed class AttachmentLinks(SigningKeyRing ring, TimeProvider clock)
{
    private byte[]? _key;

    /// <param name="gateway">The gateway's address.</param>
    public async ValueTask<string> MakeAsync(Uri gateway, LinkUse use, TenantId tenant, string id, DateTimeOffset until, CancellationToken cancellationToken)
    {
        var expires = until.ToUnixTimeSeconds();
        var signature = Base64Url.EncodeToString(Sign(await KeyAsync(cancellationToken), use, tenant, id, expires));
        return string.Create(CultureInfo.InvariantCulture, $"{Base(gateway)}/v1/attachments/{id}/content?tenant={tenant.Value}{(use == LinkUse.Thumbnail ? "&variant=thumbnail" : "")}&expires={expires}&signature={signature}");
    }

    /// <exception cref="RefusedException"><c>not_allowed</c>: it was not made here, for something else, or has ended.</exception>
    public async ValueTask RequireAsync(LinkUse use, string? tenant, string id, long? expires, string? signature, CancellationToken cancellationToken)
    {
        var key = await KeyAsync(cancellationToken);
        if (!TenantId.IsValid(tenant) || expires is not { } until || signature is not { Length: 43 } || !Base64Url.IsValid(signature)
            || !CryptographicOperations.FixedTimeEquals(Base64Url.DecodeFromChars(signature), Sign(key, use, new(tenant!), id, until))
            || clock.GetUtcNow().ToUnixTimeSeconds() > until)
        {
            throw Refusal.NotAllowed.With("The link is not valid, or has ended: ask for a fresh one.");
        }
    }

    /// <summary>Where an attachment is asked for.</summary>
    public static string UrlOf(Uri gateway, string id) => $"{Base(gateway)}/v1/attachments/{id}";

    /// <summary>The id in such an address; null: it is none.</summary>
    public static string? IdIn(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.AbsolutePath.Split('/') is [.., "v1", "attachments", var id] && Guid.TryParseExact(id, "D", out _) ? id : null;

    private static string Base(Uri gateway) => gateway.GetLeftPart(UriPartial.Path).TrimEnd('/');

    private static byte[] Sign(byte[] key, LinkUse use, TenantId tenant, string id, long expires) =>
        HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{use}\n{tenant.Value}\n{expires}\n{id}")));

    private async ValueTask<byte[]> KeyAsync(CancellationToken cancellationToken) => _key ??= (await ring.CurrentAsync(cancellationToken)).DeriveKey("caas/attachments");
}

/// <summary>What a link is good for.</summary>
public enum LinkUse
{
    Upload,
    Download,
    Thumbnail,
}
