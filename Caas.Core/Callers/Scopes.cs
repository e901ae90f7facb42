namespace Caas.Core.Callers;

/// <summary>The scopes of API keys: a closed list of <c>area:read</c> and <c>area:write</c>; write includes read.</summary>
public static class Scopes
{
    public const string TenantRead = "tenant:read";
    public const string TenantWrite = "tenant:write";
    public const string KeysRead = "keys:read";
    public const string KeysWrite = "keys:write";
    public const string UsersRead = "users:read";
    public const string UsersWrite = "users:write";
    public const string TokensRead = "tokens:read";
    public const string TokensWrite = "tokens:write";
    public const string ConversationsRead = "conversations:read";
    public const string ConversationsWrite = "conversations:write";
    public const string MessagesRead = "messages:read";
    public const string MessagesWrite = "messages:write";
    public const string ModerationRead = "moderation:read";
    public const string ModerationWrite = "moderation:write";
    public const string WebhooksRead = "webhooks:read";
    public const string WebhooksWrite = "webhooks:write";
    public const string EventsRead = "events:read";
    public const string EventsWrite = "events:write";
    public const string AuditRead = "audit:read";
    public const string AuditWrite = "audit:write";

    public static readonly IReadOnlyList<string> All =
    [
        TenantRead, TenantWrite, KeysRead, KeysWrite, UsersRead, UsersWrite, TokensRead, TokensWrite, ConversationsRead, ConversationsWrite,
        MessagesRead, MessagesWrite, ModerationRead, ModerationWrite, WebhooksRead, WebhooksWrite, EventsRead, EventsWrite, AuditRead, AuditWrite,
    ];
}
