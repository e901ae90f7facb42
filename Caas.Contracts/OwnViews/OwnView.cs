using System.Text.Json.Serialization;

namespace Caas.Contracts;

/// <summary>Changes how the caller sees a conversation: absent fields stay, null is as good as false. Nobody else notices.</summary>
public sealed record UpdateOwnViewRequest
{
    /// <summary>No notifications.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<bool> Muted { get; init; }

    /// <summary>Not in the list until the next message.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<bool> Hidden { get; init; }

    /// <summary>Not in the list, whatever comes.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<bool> Archived { get; init; }

    /// <summary>One of those that the user wants at the top.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<bool> Pinned { get; init; }

    /// <summary>To be read again, until the user reads or sends; no message counts as unread for it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<bool> MarkedUnread { get; init; }
}

/// <summary>The caller as a member: how far it has come, and how it sees the conversation.</summary>
/// <param name="Hidden">Not in the list until the next message.</param>
public sealed record OwnMemberResponse(string UserId, MemberRole Role, DateTimeOffset JoinedAt, long DeliveredSeq, long ReadSeq, bool Muted, bool Hidden, bool Archived, bool Pinned, bool MarkedUnread);
