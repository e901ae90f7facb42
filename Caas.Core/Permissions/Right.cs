namespace Caas.Core.Permissions;

/// <summary>What a call wants to do in a conversation. Who may: <see cref="PermissionTable"/>.</summary>
public enum Right
{
    Read,
    Write,
    React,
    Type,
    EditOwn,
    DeleteOwn,
    DeleteOthers,
    ReadHistory,
    Pin,
    MentionAll,
    ClosePolls,
    ChangeConversation,
    AddMembers,
    RemoveMembers,
    ManageRoles,
    DeleteConversation,
    Moderate,
}
