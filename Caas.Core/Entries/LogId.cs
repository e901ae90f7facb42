namespace Caas.Core.Entries;

/// <summary>Names one append-only log: a conversation's, or a reserved one of the tenant.</summary>
/// <param name="Name">The conversation id, <c>$tenant</c>, or <c>$user/{id}</c>.</param>
public readonly record struct LogId(TenantId Tenant, string Name)
{
    public static LogId Of(TenantId tenant, ConversationId conversation) => new(tenant, conversation.Value);

    /// <summary>What happens to the tenant itself: settings, keys, revocations.</summary>
    public static LogId OfTenant(TenantId tenant) => new(tenant, "$tenant");

    /// <summary>What happens to one user outside conversations.</summary>
    public static LogId OfUser(TenantId tenant, UserId user) => new(tenant, "$user/" + user.Value);

    /// <summary>Whether this is a conversation's log.</summary>
    public bool IsConversation => Name.Length > 0 && Name[0] != '$';

    /// <summary><c>tenant/name</c>: what keys and channels are made of.</summary>
    public override string ToString() => $"{Tenant.Value}/{Name}";
}
