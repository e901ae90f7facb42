using Caas.Core.Entries;

namespace Caas.Core.Events;

/// <summary>Which topics an entry goes to, and by which key.</summary>
public static class EventRouting
{
    /// <summary>Before an entry's type it makes the CloudEvent's.</summary>
    public const string TypePrefix = "caas.";

    private static readonly string[] Messages = [Topics.Messages];
    private static readonly string[] Events = [Topics.Events];
    private static readonly string[] Platform = [Topics.Platform];
    private static readonly string[] Audit = [Topics.Audit];
    private static readonly string[] Audited = [Topics.Platform, Topics.Audit];
    private static readonly string[] Revoking = [Topics.Platform, Topics.Audit, Topics.Revocations];

    /// <summary>The topics of an entry, each once. A type that is not known is told all the same.</summary>
    public static IReadOnlyList<string> TopicsOf(LogId log, string type) => (log.IsConversation, type) switch
    {
        (true, _) => type.StartsWith("message.", StringComparison.Ordinal) ? Messages : Events,

        (_, SystemEntryTypes.AuditRecorded) => Audit,

        // Keys, settings and rights: who may do what, and who changed it. What was signed with a secret that is replaced counts no more, as if it were revoked.
        (_, SystemEntryTypes.TokensRevoked or SystemEntryTypes.UserDeactivated or SystemEntryTypes.UserErasing or SystemEntryTypes.TenantDeleted or SystemEntryTypes.ApiKeyRevoked or SystemEntryTypes.ApiKeyRotated
            or SystemEntryTypes.TokenSecretCreated or SystemEntryTypes.TokenSecretDeleted) => Revoking,
        (_, SystemEntryTypes.UserCreated or SystemEntryTypes.UserChanged or SystemEntryTypes.UserReactivated or SystemEntryTypes.UserBanned or SystemEntryTypes.UserUnbanned or SystemEntryTypes.FlagResolved) => Audited,
        _ => log == LogId.OfTenant(log.Tenant) ? Audited : Platform,
    };

    /// <summary><c>tenant/conversation</c>; outside conversations the tenant.</summary>
    public static string KeyOf(LogId log) => log.IsConversation ? log.ToString() : log.Tenant.Value;

    /// <summary>The CloudEvent's id: the same on every topic, and every time the event is made.</summary>
    public static string IdOf(LogId log, long seq) => $"{log}/{seq}";

    /// <summary>The CloudEvent's type.</summary>
    public static string TypeOf(string entryType) => TypePrefix + entryType;
}
