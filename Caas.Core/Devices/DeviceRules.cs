using System.Buffers.Text;
using System.Security.Cryptography;
using Caas.Contracts;
using Caas.Core.Outbound;

namespace Caas.Core.Devices;

/// <summary>What may be registered.</summary>
internal static class DeviceRules
{
    private const int MaxToken = 4096;
    private const int MaxApnsToken = 200;
    private const int MaxEndpoint = 2048;

    /// <exception cref="RefusedException"><c>validation_failed</c>.</exception>
    public static DeviceAddress Require(string id, PutDeviceRequest request, OutboundOptions outbound)
    {
        var validation = new Validation()
            .Check(PublicId.IsValid(id), "deviceId", "must be 1 to 64 of A-Z a-z 0-9 - _ . @ :")
            .Check(request.Platform is not null, "platform", "is required");
        switch (request.Platform)
        {
            case DevicePlatform.Fcm:
                validation.Check(IsText(request.Token, MaxToken), "token", $"must be 1 to {MaxToken} printable characters without spaces");
                break;
            case DevicePlatform.Apns:
                validation.Check(request.Token is not null || request.VoipToken is not null, "token", "or voipToken is required")
                    .Check(request.Token is null || IsHex(request.Token), "token", $"must be 2 to {MaxApnsToken} hexadecimal digits")
                    .Check(request.VoipToken is null || IsHex(request.VoipToken), "voipToken", $"must be 2 to {MaxApnsToken} hexadecimal digits");
                break;
            case DevicePlatform.WebPush:
                validation.Check(request.Subscription is not null, "subscription", "is required");
                if (request.Subscription is { } subscription)
                {
                    validation
                        .Check(IsEndpoint(subscription.Endpoint, outbound), "subscription.endpoint", $"must be an https address of at most {MaxEndpoint} characters")
                        .Check(!IsEndpoint(subscription.Endpoint, outbound) || outbound.AllowPrivateAddresses || PublicAddress.MayBe(new Uri(subscription.Endpoint).DnsSafeHost), "subscription.endpoint", "must not lie in a private network")
                        .Check(IsPoint(subscription.Keys.P256dh), "subscription.keys.p256dh", "must be base64url of an uncompressed point of P-256")
                        .Check(Decode(subscription.Keys.Auth) is { Length: 16 }, "subscription.keys.auth", "must be base64url of 16 bytes");
                }

                break;
        }

        validation
            .Check(request.Token is null || request.Platform != DevicePlatform.WebPush, "token", "does not go with webPush")
            .Check(request.VoipToken is null || request.Platform is null or DevicePlatform.Apns, "voipToken", "goes with apns only")
            .Check(request.Subscription is null || request.Platform is null or DevicePlatform.WebPush, "subscription", "goes with webPush only")
            .ThrowIfAny();
        return new(request.Platform!.Value, request.Token?.ToLowerInvariantIf(request.Platform == DevicePlatform.Apns), request.VoipToken?.ToLowerInvariant(), request.Subscription);
    }

    /// <summary>Base64url, with or without padding; null: it is none.</summary>
    internal static byte[]? Decode(string? text) => text is { Length: > 0 and <= 200 } && Base64Url.IsValid(text) ? Base64Url.DecodeFromChars(text) : null;

    private static bool IsText(string? text, int most) => text is { Length: > 0 } && text.Length <= most && text.All(c => c is > ' ' and <= '~');

    private static bool IsHex(string text) => text.Length is >= 2 and <= MaxApnsToken && text.All(char.IsAsciiHexDigit);

    private static bool IsEndpoint(string? text, OutboundOptions outbound) =>
        text is { Length: > 0 and <= MaxEndpoint } && Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.UserInfo.Length == 0 && uri.Fragment.Length == 0
            && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && outbound.AllowPrivateAddresses));

    private static bool IsPoint(string? text)
    {
        if (Decode(text) is not [4, .. { Length: 64 }] point)
        {
            return false;
        }

        try
        {
            using var key = ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new() { X = point[1..33], Y = point[33..] } });
            return true;
        }
        catch (CryptographicException)
        {
            // Not on the curve.
            return false;
        }
    }

    private static string ToLowerInvariantIf(this string text, bool lower) => lower ? text.ToLowerInvariant() : text;
}
