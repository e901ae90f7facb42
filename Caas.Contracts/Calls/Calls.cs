using System.Text.Json;
using System.Text.Json.Serialization;

namespace Caas.Contracts;

/// <summary>What a call begins with; what each one sends is the devices' to say, see <c>SetCallMedia</c>.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<CallMedia>))]
public enum CallMedia
{
    Audio,
    Video,
}

/// <summary>How somebody stands to a call.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<CallParticipantState>))]
public enum CallParticipantState
{
    /// <summary>The devices ring.</summary>
    Ringing,
    Joined,

    /// <summary>The connection was lost; for 20 s it may come back.</summary>
    Reconnecting,
    Left,
    Declined,

    /// <summary>In another call.</summary>
    Busy,

    /// <summary>Did not answer in time, or the caller gave up before.</summary>
    Missed,

    /// <summary>Taken out of the call, or of the conversation.</summary>
    Removed,
}

/// <summary>How a call came to its end.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<CallOutcome>))]
public enum CallOutcome
{
    /// <summary>Somebody answered, and later they hung up.</summary>
    Completed,
    Declined,
    Busy,

    /// <summary>Nobody answered in time.</summary>
    Missed,

    /// <summary>Whoever called gave up before anybody answered.</summary>
    Cancelled,

    /// <summary>The connection to those who were in it was lost, or what the platform knew of it.</summary>
    Lost,
}

/// <summary>Starts a call: with one user, in their direct conversation; or in a conversation.</summary>
/// <param name="UserIds">Whom to ring. One, without a conversation: a direct call. Of a conversation: some of its members; null: all, where they are at most 32, otherwise nobody.</param>
/// <param name="ConversationId">A group, channel or direct conversation of the caller.</param>
public sealed record StartCallRequest(IReadOnlyList<string>? UserIds = null, string? ConversationId = null, CallMedia Media = CallMedia.Audio);

/// <summary>What a participant sends now.</summary>
public sealed record CallMediaState(bool Audio, bool Video);

/// <summary>A call as it is now.</summary>
/// <param name="StartedBy">Who called.</param>
public sealed record LiveCall(string CallId, string ConversationId, CallMedia Media, string StartedBy, DateTimeOffset StartedAt, DateTimeOffset? AnsweredAt, IReadOnlyList<CallParticipant> Participants);

/// <param name="Audio">Whether the participant's microphone is on.</param>
/// <param name="Video">Whether the participant's camera is on.</param>
public sealed record CallParticipant(string UserId, CallParticipantState State, bool Audio, bool Video);

/// <summary>Somebody calls: the devices ring until the call is answered, declined or over.</summary>
public sealed record CallRinging(string CallId, string ConversationId, string FromUserId, CallMedia Media);

/// <summary>Somebody has answered, or joined. Of oneself, on a device that did not: another one of one's own has the call now, so stop ringing and let go of it.</summary>
public sealed record CallAccepted(string CallId, string UserId);

/// <param name="Reason"><c>declined</c>, <c>busy</c> or <c>missed</c>.</param>
public sealed record CallDeclined(string CallId, string UserId, string Reason);

/// <summary>Somebody's place in the call, or what they send, is another than before.</summary>
public sealed record CallParticipantChanged(string CallId, string UserId, CallParticipantState State, bool Audio, bool Video);

/// <param name="Reason">As <see cref="CallOutcome"/>.</param>
/// <param name="DurationSeconds">From the first answer on; 0: nobody answered.</param>
public sealed record CallEnded(string CallId, CallOutcome Reason, long DurationSeconds);

/// <summary>What one device says to another to connect the two. CaaS looks at none of it.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<SignalKind>))]
public enum SignalKind
{
    /// <summary>A session description; also to renegotiate, and to restart ICE.</summary>
    Offer,
    Answer,

    /// <summary>A way on which the device may be reached.</summary>
    Candidate,
}

/// <param name="Payload">Whatever the devices understand, up to 64 KiB as JSON.</param>
public sealed record CallSignalRequest(SignalKind Kind, JsonElement Payload);

public sealed record CallSignal(string CallId, string FromUserId, SignalKind Kind, JsonElement Payload);
