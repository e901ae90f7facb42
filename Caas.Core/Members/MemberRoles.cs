using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Caas.Contracts;
using Caas.Core.Entries;
using Caas.Core.Json;

namespace Caas.Core.Members;

/// <summary>What a conversation's own entries say of one member's role.</summary>
internal static class MemberRoles
{
    /// <summary>The role behind an entry, as the fold makes it.</summary>
    /// <param name="before">Null: no member.</param>
    public static MemberRole? After(Entry entry, string user, MemberRole? before) => entry.Type switch
    {
        EntryTypes.ConversationCreated => entry.DataOf(CoreJsonContext.Default.ConversationCreatedData)?.Members.FirstOrDefault(seed => seed.UserId == user)?.Role ?? before,
        EntryTypes.MemberAdded when before is null && entry.DataOf(CoreJsonContext.Default.MembersAddedData) is { } added && added.UserIds.Contains(user) => added.Role,
        EntryTypes.MemberRemoved when entry.DataOf(CoreJsonContext.Default.MembersRemovedData)?.UserIds.Contains(user) == true => null,
        EntryTypes.MemberChanged when before is not null && entry.DataOf(CoreJsonContext.Default.MemberChangedData) is { } changed && changed.UserId == user => changed.Role,
        _ => before,
    };

    /// <returns>Null: it has none (any more).</returns>
    public static T? DataOf<T>(this Entry entry, JsonTypeInfo<T> type)
        where T : class => entry.Data?.Deserialize(type);
}
