using System.Text.Json;
using System.Text.Json.Serialization;

namespace Caas.Contracts;

/// <summary>Registers a place that is told what happens.</summary>
/// <param name="Url">Absolute http(s) without user and fragment, up to 2,048 characters.</param>
/// <param name="Events">Types such as <c>message.created</c>, or <c>message.*</c> for all of a noun; none or <c>*</c>: everything.</param>
/// <param name="Secret">What to sign with: <c>whsec_</c> and the base64 of 24 to 64 bytes. Absent: one is made.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record CreateWebhookRequest(string Url, IReadOnlyList<string>? Events = null, string? Secret = null);

/// <summary>Changes a webhook: absent fields stay.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record UpdateWebhookRequest
{
    /// <summary>As when it is created.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<string> Url { get; init; }

    /// <summary>As when it is created; null: everything.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<IReadOnlyList<string>> Events { get; init; }

    /// <summary>False: nothing is sent any more. True: it is sent again, beginning with what waits since it was disabled.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<bool?> Enabled { get; init; }
}

/// <summary>Gives a webhook a new secret.</summary>
/// <param name="Secret">As when it is created.</param>
/// <param name="GraceSeconds">How long everything is signed with the secret before too, 0 to 604,800; default 86,400 (24 h).</param>
public sealed record RotateWebhookSecretRequest(string? Secret = null, int? GraceSeconds = null);

/// <summary>A webhook: never with its secret.</summary>
/// <param name="Events">What it is told; <c>*</c>: everything.</param>
/// <param name="DisabledAt">Since when nothing is sent; null: it is enabled.</param>
/// <param name="DisabledReason"><c>request</c>; <c>failing</c>: it failed for days; <c>gone</c>: it answered 410.</param>
/// <param name="FailingSince">Since when every attempt has failed; null: the last one did not.</param>
/// <param name="PreviousSecretUntil">Until when everything is signed with the secret before too.</param>
public record WebhookResponse(string Id, string Url, IReadOnlyList<string> Events, bool Enabled, DateTimeOffset CreatedAt, DateTimeOffset? DisabledAt, string? DisabledReason, DateTimeOffset? FailingSince, DateTimeOffset? PreviousSecretUntil);

/// <summary>A new webhook, or one with a new secret. <c>secret</c> is shown once.</summary>
public sealed record CreatedWebhookResponse(string Id, string Secret, string Url, IReadOnlyList<string> Events, bool Enabled, DateTimeOffset CreatedAt, DateTimeOffset? DisabledAt, string? DisabledReason, DateTimeOffset? FailingSince, DateTimeOffset? PreviousSecretUntil)
    : WebhookResponse(Id, Url, Events, Enabled, CreatedAt, DisabledAt, DisabledReason, FailingSince, PreviousSecretUntil);

/// <summary>What became of one event at one webhook.</summary>
/// <param name="Id">The event's position in the tenant's history; of a test <c>ping-…</c>.</param>
/// <param name="WebhookId">The header <c>webhook-id</c>: the same in every attempt.</param>
/// <param name="Type">The event's type, such as <c>caas.message.created</c>.</param>
/// <param name="CreatedAt">When it was put in line.</param>
/// <param name="NextAttemptAt">While it is pending: not before when it is tried next.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="Last">The newest attempts, the latest first, up to 5.</param>
/// <param name="Request">Where one is asked for: the body, made of the event as it stands now. What was deleted or erased since is not in it.</param>
/// <param name="RequestAsSent">Whether <c>request</c> is to the byte what the newest attempt has sent; false: the event was changed since. Null: nothing is known of an attempt.</param>
public sealed record WebhookDeliveryResponse(
    string Id, string WebhookId, string Type, WebhookDeliveryState State, DateTimeOffset CreatedAt, DateTimeOffset? NextAttemptAt, int Attempts, IReadOnlyList<WebhookAttempt> Last, JsonElement? Request = null, bool? RequestAsSent = null);

/// <summary>One attempt to deliver.</summary>
/// <param name="DurationMs">From the beginning until the answer was read.</param>
/// <param name="Status">The HTTP status of the answer; null: there was none.</param>
/// <param name="Error">Why there was no answer.</param>
/// <param name="Response">The first 2 KiB of the answer's body, unless it repeats what the event says.</param>
/// <param name="Manual">Whether somebody asked for it.</param>
/// <param name="RequestBytes">How long the body was that was sent; null: nothing was, or by an earlier version.</param>
/// <param name="RequestSha256">The SHA-256 of the body that was sent, in hexadecimal: of what the receiver got one can tell whether it is that.</param>
public sealed record WebhookAttempt(DateTimeOffset At, long DurationMs, int? Status, string? Error, string? Response, bool Manual, long? RequestBytes = null, string? RequestSha256 = null);

/// <summary>What became of a delivery.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<WebhookDeliveryState>))]
public enum WebhookDeliveryState
{
    /// <summary>It waits, for the first attempt or another one.</summary>
    Pending,

    /// <summary>It was answered with 2xx.</summary>
    Delivered,

    /// <summary>It was given up.</summary>
    Failed,
}
