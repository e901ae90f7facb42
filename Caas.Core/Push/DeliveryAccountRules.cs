using System.Security.Cryptography;
using Caas.Contracts;
using Caas.Core.Notifications;

namespace Caas.Core.Push;

/// <summary>What an account may be: everything is looked at where it is set, not where it first fails.</summary>
internal static class DeliveryAccountRules
{
    private const int MaxText = 255;
    private const int MaxKey = 8_000;

    public static IEnumerable<(string Field, string Message)> Wrong(PutDeliveryAccountRequest request)
    {
        foreach (var (holds, field, message) in Checks(request))
        {
            if (!holds)
            {
                yield return (field, message);
            }
        }
    }

    private static IEnumerable<(bool Holds, string Field, string Message)> Checks(PutDeliveryAccountRequest request)
    {
        if (request.Fcm is { } fcm)
        {
            yield return (IsName(fcm.ProjectId), "fcm.projectId", "must be the project's id");
            yield return (IsText(fcm.ClientEmail), "fcm.clientEmail", $"must be 1 to {MaxText} printable characters without spaces");
            yield return (IsRsa(fcm.PrivateKey), "fcm.privateKey", "must be the PEM of an RSA key");
        }

        if (request.Apns is { } apns)
        {
            yield return (IsName(apns.TeamId), "apns.teamId", "must be the team's id");
            yield return (IsName(apns.KeyId), "apns.keyId", "must be the key's id");
            yield return (IsName(apns.BundleId), "apns.bundleId", "must be the application's bundle id");
            yield return (IsP256(apns.PrivateKey), "apns.privateKey", "must be the PEM of a P-256 key");
        }

        if (request.WebPush is { } web)
        {
            yield return (IsSubject(web.Subject), "webPush.subject", "must be mailto:… or https://…, at a host of the Internet");
        }

        if (request.Email is { } mail)
        {
            yield return (mail.Host is { Length: > 0 and <= MaxText } && Uri.CheckHostName(mail.Host) != UriHostNameType.Unknown, "email.host", "must be the name of a server");
            yield return (mail.Port is null or (>= 1 and <= 65_535), "email.port", "must be 1 to 65535");
            yield return (mail.From is not null && NotificationPreferenceRules.IsAddress(mail.From), "email.from", "must be one address");
            yield return (mail.FromName is null || (mail.FromName.Length is > 0 and <= MaxText && !mail.FromName.Any(char.IsControl) && Tenants.TenantRules.IsWellFormed(mail.FromName)), "email.fromName", $"must be 1 to {MaxText} printable characters");
            yield return (mail.User is null == mail.Password is null, "email.password", "and user belong together");
            yield return (mail.User is null or { Length: > 0 and <= MaxText } && mail.Password is null or { Length: > 0 and <= MaxText }, "email.user", $"and password must be 1 to {MaxText} characters");
        }
    }

    /// <summary>What stands in addresses and headers.</summary>
    private static bool IsName(string? text) => text is { Length: > 0 and <= MaxText } && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_');

    private static bool IsText(string? text) => text is { Length: > 0 and <= MaxText } && text.All(c => c is > ' ' and <= '~');

    /// <summary>Whom browsers' services may turn to. Some of them refuse what names a host that cannot be.</summary>
    internal static bool IsSubject(string? text) =>
        text is { Length: > 8 and <= MaxText } && (text.StartsWith("mailto:", StringComparison.Ordinal)
            ? NotificationPreferenceRules.IsAddress(text[7..]) && IsOfInternet(text[(text.LastIndexOf('@') + 1)..])
            : Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps && IsOfInternet(uri.Host));

    /// <summary>By its name: no literal address, and none of the names that are kept for machines and tests (RFC 2606, 6761, 6762).</summary>
    private static bool IsOfInternet(string host) =>
        Uri.CheckHostName(host) == UriHostNameType.Dns && host.TrimEnd('.').Split('.') is [_, .., var top] && top.ToLowerInvariant() is not ("localhost" or "local" or "internal" or "invalid" or "test");

    private static bool IsRsa(string? pem)
    {
        try
        {
            using var key = RSA.Create();
            key.ImportFromPem(pem is { Length: <= MaxKey } ? pem : "");
            return key.KeySize >= 2048 && key.ExportParameters(includePrivateParameters: true).D is not null;
        }
        catch (Exception exception) when (exception is ArgumentException or CryptographicException)
        {
            return false;
        }
    }

    private static bool IsP256(string? pem)
    {
        try
        {
            using var key = ECDsa.Create();
            key.ImportFromPem(pem is { Length: <= MaxKey } ? pem : "");
            return key.KeySize == 256 && key.ExportParameters(includePrivateParameters: true).D is not null;
        }
        catch (Exception exception) when (exception is ArgumentException or CryptographicException)
        {
            return false;
        }
    }
}
