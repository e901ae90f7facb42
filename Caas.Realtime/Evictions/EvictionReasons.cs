namespace Caas.Realtime.Evictions;

/// <summary>Why a connection loses a conversation, or everything: the reasons of <see cref="Evicted"/>.</summary>
internal static class EvictionReasons
{
    public const string Removed = "removed";
    public const string ConversationDeleted = "conversation_deleted";
    public const string TokenExpired = "token_expired";
    public const string TokenRevoked = "token_revoked";
    public const string UserDeactivated = "user_deactivated";
    public const string Banned = "banned";
    public const string TenantDeleted = "tenant_deleted";
}
