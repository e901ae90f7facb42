using System.Text.Json.Serialization;

namespace Caas.Contracts;

/// <summary>What reaches users outside: services for pushes, and a mail server.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<DeliveryChannel>))]
public enum DeliveryChannel
{
    Fcm,
    Apns,
    WebPush,
    Email,
}

/// <summary>Sets the tenant's account of one channel: the field of that channel, and no other.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record PutDeliveryAccountRequest(FcmAccount? Fcm = null, ApnsAccount? Apns = null, WebPushAccount? WebPush = null, MailAccount? Email = null);

/// <summary>A service account of Firebase: three fields of its JSON file.</summary>
/// <param name="ProjectId"><c>project_id</c>.</param>
/// <param name="ClientEmail"><c>client_email</c>.</param>
/// <param name="PrivateKey"><c>private_key</c>: PEM of an RSA key.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record FcmAccount(string ProjectId, string ClientEmail, string PrivateKey);

/// <summary>A signing key of Apple's developer portal.</summary>
/// <param name="BundleId">The application; pushes for calls go to <c>{bundleId}.voip</c>.</param>
/// <param name="PrivateKey">The <c>.p8</c> file: PEM of a P-256 key.</param>
/// <param name="Sandbox">For development builds. Null: no.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record ApnsAccount(string TeamId, string KeyId, string BundleId, string PrivateKey, bool? Sandbox = null);

/// <summary>Whom browsers' push services may turn to. The keys are made by the platform.</summary>
/// <param name="Subject"><c>mailto:…</c> or <c>https://…</c>.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record WebPushAccount(string Subject);

/// <summary>A mail server that is spoken to by SMTP with TLS.</summary>
/// <param name="Port">587 (STARTTLS), 465 (TLS from the start), or another one for STARTTLS. Null: 587.</param>
/// <param name="User">Null: without signing in.</param>
/// <param name="From">The address of the sender.</param>
/// <param name="FromName">Its name; null: none.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record MailAccount(string Host, string From, int? Port = null, string? User = null, string? Password = null, string? FromName = null);

/// <summary>The tenant's own accounts, without their secrets. What is not here is the platform's.</summary>
public sealed record DeliveryAccountsResponse(IReadOnlyList<DeliveryAccountResponse> Items);

/// <param name="Name">What it is about, such as the project, the application or the mail server.</param>
public sealed record DeliveryAccountResponse(DeliveryChannel Channel, string Name, DateTimeOffset UpdatedAt);
