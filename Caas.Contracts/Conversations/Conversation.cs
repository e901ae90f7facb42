using System.Text.Json;
using System.Text.Json.Serialization;

namespace Caas.Contracts;

/// <summary>What a conversation is for.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<ConversationType>))]
public enum ConversationType
{
    /// <summary>Two people; the same two have one.</summary>
    Direct,

    /// <summary>Invited members, up to 10,000.</summary>
    Group,

    /// <summary>A public room: users of the tenant may join by themselves.</summary>
    Channel,
}

/// <summary>Creates a conversation.</summary>
/// <param name="Type"><c>direct</c>, <c>group</c> or <c>channel</c>.</param>
/// <param name="Id">The caller's own id; made from a UUID when absent. Not for <c>direct</c>, whose id follows from its two people.</param>
/// <param name="Name">At most 200 characters.</param>
/// <param name="MemberIds">Existing users, who become members with the role <c>member</c>. A user who creates it is a member in any case, and its owner; one that the backend creates for nobody has only the owners that <c>members</c> names.</param>
/// <param name="Custom">Any JSON object of at most 8 KiB.</param>
/// <param name="Members">More existing users, each perhaps with a role. Not for <c>direct</c>.</param>
public sealed record CreateConversationRequest(ConversationType Type, string? Id = null, string? Name = null, IReadOnlyList<string>? MemberIds = null, JsonElement? Custom = null, IReadOnlyList<NewMember>? Members = null);

/// <summary>A first member of a conversation.</summary>
/// <param name="Role"><c>member</c> when absent.</param>
public sealed record NewMember(string UserId, MemberRole? Role = null);

/// <summary>A conversation. <c>unread</c> and <c>me</c> are set only where the caller is a member.</summary>
/// <param name="Frozen">Whether only those who moderate it may write.</param>
/// <param name="SlowModeSeconds">How long others wait between two messages; 0: they do not.</param>
public sealed record ConversationResponse(string Id, ConversationType Type, string? Name, JsonElement? Custom, string? CreatedBy, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, DateTimeOffset LastActivityAt, int MemberCount, long LastSeq, MessageResponse? LastMessage, long? Unread, OwnMemberResponse? Me, bool Frozen = false, int SlowModeSeconds = 0);
