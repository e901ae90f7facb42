using System.Text.Json.Serialization;

namespace Caas.Contracts;

/// <summary>What a member may do; each includes the next.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<MemberRole>))]
public enum MemberRole
{
    /// <summary>Everything, also roles and deleting the conversation.</summary>
    Owner,

    /// <summary>Members and other people's messages.</summary>
    Moderator,

    /// <summary>Writes and reads.</summary>
    Member,

    /// <summary>Reads.</summary>
    Reader,
}

/// <summary>Adds up to 1,000 users to a conversation.</summary>
public sealed record AddMembersRequest(IReadOnlyList<string> UserIds, MemberRole? Role = null);

/// <summary>Changes a member.</summary>
public sealed record UpdateMemberRequest(MemberRole Role);

/// <summary>A member of a conversation.</summary>
public sealed record MemberResponse(string UserId, MemberRole Role, DateTimeOffset JoinedAt);

/// <summary>The members that were added (those who were members already stay as they are), and the seq of the entry that says so.</summary>
public sealed record AddMembersResponse(IReadOnlyList<MemberResponse> Items, long? Seq);
