using System.Text.Json.Serialization;

namespace Caas.Contracts;

/// <summary>What becomes of a message that the hook gave no usable answer about.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<BeforeSendFallback>))]
public enum BeforeSendFallback
{
    /// <summary>It is stored as it is.</summary>
    Allow,

    /// <summary>It is refused: with <c>unavailable</c> where it may be tried again, otherwise with <c>rejected_by_hook</c>.</summary>
    Reject,
}

/// <summary>Sets the place that is asked before a user's message is stored. Replaces what was set before; a field that is none of these is refused.</summary>
/// <param name="Url">Absolute https without user and fragment, up to 2,048 characters.</param>
/// <param name="TimeoutMs">How long one message may wait for it, in milliseconds: 50 to 1,000. Default 1,000.</param>
/// <param name="OnFailure">Default <c>allow</c>.</param>
/// <param name="Secret">What to sign with: <c>whsec_</c> and the base64 of 24 to 64 bytes. Absent: one is made. Only while there is no hook; afterwards it is rotated.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record PutBeforeSendHookRequest(string Url, int? TimeoutMs = null, BeforeSendFallback? OnFailure = null, string? Secret = null);

/// <summary>The place that is asked before a user's message is stored.</summary>
/// <param name="CreatedAt">When it was first set.</param>
/// <param name="PreviousSecretUntil">Until when everything is signed with the secret before too.</param>
/// <param name="Secret">Once: in the answer of the call that made it.</param>
public sealed record BeforeSendHookResponse(
    string Url, int TimeoutMs, BeforeSendFallback OnFailure, DateTimeOffset CreatedAt, DateTimeOffset? PreviousSecretUntil,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Secret = null);

/// <summary>Gives the hook a new secret.</summary>
/// <param name="Secret">As when it is set.</param>
/// <param name="GraceSeconds">How long everything is signed with the secret before too, 0 to 604,800; default 86,400 (24 h).</param>
public sealed record RotateBeforeSendSecretRequest(string? Secret = null, int? GraceSeconds = null);

/// <summary>Tries the hook with a message that nobody sends.</summary>
/// <param name="Text">What the message says, at most 10,000 characters; default <c>ping</c>.</param>
public sealed record PingBeforeSendHookRequest(string? Text = null);

/// <summary>What the hook made of a message that nobody sends.</summary>
/// <param name="DurationMs">From the beginning until the answer was read.</param>
/// <param name="Status">The HTTP status of the answer; null: there was none.</param>
/// <param name="Error">Why its answer could not be used.</param>
/// <param name="Reason">Of a rejection: what the sender would have read.</param>
/// <param name="Message">Of a change: what would have been stored of the fields that it names.</param>
public sealed record BeforeSendPingResponse(BeforeSendOutcome Outcome, long DurationMs, int? Status, string? Error, string? Reason, BeforeSendChange? Message);

/// <summary>What came of asking the hook.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<BeforeSendOutcome>))]
public enum BeforeSendOutcome
{
    /// <summary>The message may be stored as it is.</summary>
    Allowed,

    /// <summary>It may not be stored.</summary>
    Rejected,

    /// <summary>It is stored as the hook says.</summary>
    Changed,

    /// <summary>There was no answer in time.</summary>
    TimedOut,

    /// <summary>There was no answer: no connection, or it broke off, or the address is refused.</summary>
    Unreachable,

    /// <summary>It answered 429, 502, 503 or 504: that it cannot now.</summary>
    Overloaded,

    /// <summary>The status or the body of the answer says nothing that counts.</summary>
    BadAnswer,

    /// <summary>It was not asked: too many of the tenant's messages waited for it already.</summary>
    Busy,

    /// <summary>It was not asked: it had failed too often, and is left alone for a while.</summary>
    Paused,
}
