using System.Text.Json.Serialization;

namespace Caas.Contracts;

/// <summary>Flags a message for those who moderate.</summary>
/// <param name="Reason">What is wrong with it, 1 to 500 characters; the message's sender is not told.</param>
public sealed record FlagMessageRequest(string Reason);

/// <summary>The caller has flagged a message.</summary>
/// <param name="Reason">The one that was given first.</param>
public sealed record FlaggedResponse(string MessageId, string Reason, DateTimeOffset FlaggedAt);

/// <summary>Whether somebody has looked at a flagged message.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<FlagStatus>))]
public enum FlagStatus
{
    Open,
    Resolved,
}

/// <summary>What is done about a flagged message.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<FlagAction>))]
public enum FlagAction
{
    /// <summary>Nothing: the message may stay.</summary>
    Dismiss,

    /// <summary>The message is deleted.</summary>
    DeleteMessage,

    /// <summary>Its sender is banned.</summary>
    BanUser,

    /// <summary>Both.</summary>
    DeleteAndBan,
}

/// <summary>Says what is done about a flagged message, and does it.</summary>
/// <param name="Note">For the record, at most 1,000 characters.</param>
/// <param name="Ban">How the sender is banned: required for <c>banUser</c> and <c>deleteAndBan</c>, not allowed otherwise.</param>
/// <param name="By">Who decided, for the record, 1 to 100 characters: your moderator's name or id. Default: the API key, as <c>key:{id}</c>.</param>
public sealed record ResolveFlagRequest(FlagAction Action, string? Note = null, PutBanRequest? Ban = null, string? By = null);

/// <summary>A message that somebody has flagged: one for all who did.</summary>
/// <param name="Id">The message's id.</param>
/// <param name="UserId">Who sent the message; null: the tenant's backend.</param>
/// <param name="Count">How many have flagged it, since it was sent.</param>
/// <param name="FlaggedAt">When it came, or came again, to be looked at: flagged after it was resolved, it is open again.</param>
/// <param name="Reasons">The newest 20, newest first.</param>
/// <param name="Message">As it is now; null: its conversation is gone.</param>
/// <param name="Resolution">The last one; of one that is open, an earlier one.</param>
/// <param name="Context">The messages around it, newest first; only where one flag is asked for.</param>
public sealed record FlagResponse(
    string Id,
    string ConversationId,
    string? UserId,
    FlagStatus Status,
    int Count,
    DateTimeOffset FlaggedAt,
    DateTimeOffset LastFlaggedAt,
    IReadOnlyList<FlagReason> Reasons,
    MessageResponse? Message,
    FlagResolution? Resolution,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<MessageResponse>? Context = null);

/// <summary>Why somebody flagged a message.</summary>
/// <param name="UserId">Null: the tenant's backend.</param>
public sealed record FlagReason(string? UserId, string Reason, DateTimeOffset At);

/// <summary>What was done about a flagged message.</summary>
/// <param name="By">Who decided, as the backend named it.</param>
public sealed record FlagResolution(FlagAction Action, string? Note, string By, DateTimeOffset At);
