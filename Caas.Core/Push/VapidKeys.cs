using System.Buffers.Text;
using System.Numerics;
using System.Security.Cryptography;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Tokens;

namespace Caas.Core.Push;

/// <summary>
/// The keys with which tenants identify themselves to browsers' push services (VAPID, RFC 8292). Each tenant's derives from the store's first signing key, which never changes: nothing has to be
/// configured or kept, and a subscription stays valid for as long as the store does.
/// </summary>
public sealed class VapidKeys(SigningKeyRing ring)
{
    /// <summary>The order of P-256.</summary>
    private static readonly BigInteger Order = BigInteger.Parse("0FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", System.Globalization.NumberStyles.HexNumber, System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>What browsers of a tenant's users subscribe with.</summary>
    /// <exception cref="RefusedException"><c>insufficient_scope</c>.</exception>
    public async Task<VapidKeyResponse> GetAsync(Caller caller, CancellationToken cancellationToken)
    {
        var tenant = caller.RequireTenant();
        caller.RequireScope(Scopes.UsersRead);
        using var key = await OpenAsync(tenant, cancellationToken);
        return new(PublicKeyOf(key));
    }

    /// <summary>A tenant's key pair; the caller disposes it.</summary>
    public async Task<ECDsa> OpenAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        var keys = await ring.CurrentAsync(cancellationToken);

        // 512 bits reduced to the 256 of the order: no scalar is likelier than another.
        byte[] wide = [.. keys.DeriveKey($"caas/vapid/1/{tenant.Value}"), .. keys.DeriveKey($"caas/vapid/2/{tenant.Value}")];
        var scalar = (new BigInteger(wide, isUnsigned: true, isBigEndian: true) % (Order - 1)) + 1;
        var bytes = scalar.ToByteArray(isUnsigned: true, isBigEndian: true);
        return ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = [.. new byte[32 - bytes.Length], .. bytes] });
    }

    /// <summary>What tells a tenant's key pair from all others, without making it: it changes when they do.</summary>
    public async Task<string> NameAsync(TenantId tenant, CancellationToken cancellationToken) =>
        Convert.ToHexStringLower((await ring.CurrentAsync(cancellationToken)).DeriveKey($"caas/vapid/name/{tenant.Value}"));

    public static string PublicKeyOf(ECDsa key)
    {
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        return Base64Url.EncodeToString([4, .. point.X!, .. point.Y!]);
    }
}
