using System.Text.Json.Serialization;

namespace Caas.Contracts;

/// <summary>Whose push service reaches a device.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<DevicePlatform>))]
public enum DevicePlatform
{
    Fcm,
    Apns,
    WebPush,
}

/// <summary>Registers a device of the caller for pushes, or replaces it.</summary>
/// <param name="Platform">Required.</param>
/// <param name="Token">Of <c>fcm</c> and <c>apns</c>: what the device got from its service.</param>
/// <param name="VoipToken">Of <c>apns</c>: for calls (PushKit); it comes besides or instead of <paramref name="Token"/>.</param>
/// <param name="Subscription">Of <c>webPush</c>: what <c>PushManager.subscribe</c> gave.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record PutDeviceRequest(DevicePlatform? Platform = null, string? Token = null, string? VoipToken = null, WebPushSubscription? Subscription = null);

/// <summary>A subscription of a browser, as <c>PushSubscription.toJSON()</c> gives it.</summary>
/// <param name="Endpoint">An <c>https</c> address of the browser's push service.</param>
public sealed record WebPushSubscription(string Endpoint, WebPushKeys Keys);

/// <param name="P256dh">The browser's public key: base64url of an uncompressed point of P-256.</param>
/// <param name="Auth">Base64url of 16 bytes.</param>
public sealed record WebPushKeys(string P256dh, string Auth);

/// <summary>A registered device, without its tokens.</summary>
/// <param name="Voip">Whether calls come by a token of their own.</param>
/// <param name="Deliverable">Whether the account in force, the tenant's or the platform's, is one that reaches it, as far as is known.</param>
/// <param name="Reason">Why it is not deliverable; null: it is.</param>
public sealed record DeviceResponse(string Id, DevicePlatform Platform, bool Voip, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, bool Deliverable, DeviceUndeliverable? Reason);

/// <summary>Why pushes do not reach a device.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<DeviceUndeliverable>))]
public enum DeviceUndeliverable
{
    /// <summary>Neither tenant nor platform has an account for its platform: nothing is pushed to it.</summary>
    NoAccount,

    /// <summary>Its token belongs to another account than the one in force. Pushes are tried; the first that its service takes makes it deliverable again.</summary>
    AccountChanged,
}

/// <summary>What a browser subscribes with.</summary>
/// <param name="PublicKey">The <c>applicationServerKey</c>: base64url of an uncompressed point of P-256.</param>
public sealed record VapidKeyResponse(string PublicKey);
