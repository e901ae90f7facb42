using Caas.Contracts;
using Caas.Core.Conversations;
using Caas.Core.Ids;
using Caas.Core.Members;

namespace Caas.Tests.Conversations;

/// <summary>Conversations and members for tests of stores.</summary>
internal static class Samples
{
    public static readonly TenantId Acme = new("acme");
    public static readonly TenantId Globex = new("globex");
    public static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static Conversation Conversation(string id, long rev = 1) => new()
    {
        Tenant = Acme,
        Id = new(id),
        Type = ConversationType.Group,
        CreatedAt = Noon,
        UpdatedAt = Noon,
        Rev = rev,
        Summary = new(rev, 0, 0, Noon),
    };

    public static Member Member(string conversation, string user, long rev) => new()
    {
        Tenant = Acme,
        Conversation = new(conversation),
        User = new(user),
        Role = MemberRole.Member,
        JoinedAt = Noon,
        JoinedSeq = rev,
        Rev = rev,
    };
}
