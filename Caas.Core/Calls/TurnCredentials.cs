using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Caas.Core.Calls;

/// <summary>
/// Credentials that a TURN server checks by itself, with nothing but a shared secret ("A REST API For Access To TURN Services", draft-uberti-behave-turn-rest; coturn's <c>use-auth-secret</c>): the
/// username says until when and for whom, the password is its HMAC-SHA1.
/// </summary>
public static class TurnCredentials
{
    /// <returns>Username <c>expiry:tenant:user</c> (the expiry in seconds since 1970) and password.</returns>
    public static (string Username, string Password) Create(ReadOnlySpan<byte> secret, TenantId tenant, UserId user, DateTimeOffset expiresAt)
    {
        var username = string.Create(CultureInfo.InvariantCulture, $"{expiresAt.ToUnixTimeSeconds()}:{tenant.Value}:{user.Value}");
#pragma warning disable CA5350 // The scheme that TURN servers implement; as a MAC, SHA-1 is not broken.
        return (username, Convert.ToBase64String(HMACSHA1.HashData(secret, Encoding.UTF8.GetBytes(username))));
#pragma warning restore CA5350
    }
}
