using System.Text.Json;
using Caas.Contracts;

namespace Caas.Core.Permissions;

/// <summary>
/// Who may do what in a conversation: one table, which <c>docs/roles.md</c> shows and a tenant's settings change. The backend that speaks for the tenant and the tenant's admins
/// need no right; what nobody may (such as changing the members of a direct conversation) no table gives.
/// </summary>
public static class PermissionTable
{
    private const Roles Everyone = Roles.Owner | Roles.Moderator | Roles.Member | Roles.Reader;
    private const Roles Writers = Roles.Owner | Roles.Moderator | Roles.Member;
    private const Roles Moderators = Roles.Owner | Roles.Moderator;

    /// <summary>One row for each right, in their order.</summary>
    public static readonly IReadOnlyList<PermissionRow> Rows =
    [
        //                              direct      group       channel
        new(Right.Read,                 Everyone,   Everyone,   Everyone,   "Read messages, members and receipts"),
        new(Right.Write,                Writers,    Writers,    Writers,    "Send messages"),
        new(Right.React,                Writers,    Writers,    Writers,    "React to messages"),
        new(Right.Type,                 Writers,    Writers,    Writers,    "Be seen typing"),
        new(Right.EditOwn,              Writers,    Writers,    Writers,    "Edit one's own messages"),
        new(Right.DeleteOwn,            Writers,    Writers,    Writers,    "Delete one's own messages"),
        new(Right.DeleteOthers,         Moderators, Moderators, Moderators, "Delete others' messages"),
        new(Right.ReadHistory,          Moderators, Moderators, Moderators, "Read what others' messages said before they were edited"),
        new(Right.Pin,                  Writers,    Moderators, Moderators, "Pin and unpin messages"),
        new(Right.MentionAll,           Writers,    Writers,    Moderators, "Mention everyone with @here and @channel"),
        new(Right.ClosePolls,           Moderators, Moderators, Moderators, "Close others' polls"),
        new(Right.ChangeConversation,   Moderators, Moderators, Moderators, "Change the conversation's name and custom data"),
        new(Right.AddMembers,           Moderators, Moderators, Moderators, "Add members and readers"),
        new(Right.RemoveMembers,        Moderators, Moderators, Moderators, "Remove members and readers"),
        new(Right.ManageRoles,          Roles.Owner, Roles.Owner, Roles.Owner, "Change roles; add and remove owners and moderators"),
        new(Right.DeleteConversation,   Roles.Owner, Roles.Owner, Roles.Owner, "Delete the conversation"),
        new(Right.Moderate,             Moderators, Moderators, Moderators, "Freeze the conversation and set slow mode; write all the same"),
    ];

    private static readonly PermissionRow[] ByRight = [.. Rows.OrderBy(row => row.Right)];

    private static readonly string[] Names = [.. Enum.GetNames<Right>().Select(JsonNamingPolicy.CamelCase.ConvertName)];

    /// <summary>What a right is called in settings and docs, such as <c>deleteOwn</c>.</summary>
    public static string NameOf(Right right) => Names[(int)right];

    /// <summary>The rights that settings may give and take.</summary>
    public static IEnumerable<string> Changeable => Names.Where(name => name != NameOf(Right.Read));

    /// <summary>Whether a role has a right.</summary>
    /// <param name="changes">What the tenant changed; null: nothing.</param>
    public static bool Allows(ConversationType type, MemberRole role, Right right, TenantPermissions? changes = null) =>
        changes is not null && right != Right.Read && Changed(changes, type, role)?.TryGetValue(NameOf(right), out var allowed) == true
            ? allowed
            : ByRight[(int)right].Of(type).HasFlag((Roles)(1 << (int)role));

    private static IReadOnlyDictionary<string, bool>? Changed(TenantPermissions changes, ConversationType type, MemberRole role)
    {
        var ofType = type switch { ConversationType.Direct => changes.Direct, ConversationType.Group => changes.Group, _ => changes.Channel };
        return role switch { MemberRole.Owner => ofType?.Owner, MemberRole.Moderator => ofType?.Moderator, MemberRole.Member => ofType?.Member, _ => ofType?.Reader };
    }
}

/// <summary>The roles that have a right; the bits of <see cref="MemberRole"/>.</summary>
[Flags]
public enum Roles
{
    None = 0,
    Owner = 1 << (int)MemberRole.Owner,
    Moderator = 1 << (int)MemberRole.Moderator,
    Member = 1 << (int)MemberRole.Member,
    Reader = 1 << (int)MemberRole.Reader,
}

/// <summary>Who has one right, in each type of conversation.</summary>
/// <param name="Meaning">For people.</param>
public sealed record PermissionRow(Right Right, Roles Direct, Roles Group, Roles Channel, string Meaning)
{
    public Roles Of(ConversationType type) => type switch { ConversationType.Direct => Direct, ConversationType.Group => Group, _ => Channel };
}
