using Caas.Core.Entries;
using Caas.Core.Tokens;

namespace Caas.Core.Members;

/// <summary>Tells every replica that a member has gone, or a whole conversation: the entry says it too, but a replica that lost its backplane reads this.</summary>
public sealed class Departures(RevocationList revocations, TimeProvider clock)
{
    /// <summary>How long replicas can read of it: far longer than they take to act on it.</summary>
    private static readonly TimeSpan Keep = TimeSpan.FromHours(1);

    /// <param name="entry">The <c>member.removed</c> or <c>conversation.deleted</c> entry.</param>
    /// <param name="user">The one who is removed; null: the conversation is deleted.</param>
    public Task AnnounceAsync(Entry entry, UserId? user, CancellationToken cancellationToken)
    {
        var kind = user is null ? RevocationKind.ConversationDeleted : RevocationKind.MemberRemoved;
        var id = user is null ? $"{entry.Log}/{entry.Seq}" : $"{entry.Log}/{entry.Seq}/{user}";
        var conversation = new ConversationId(entry.Log.Name);
        return revocations.AddAsync(new(id, kind, entry.Log.Tenant, user, null, null, conversation, entry.Seq, entry.At, clock.GetUtcNow() + Keep), cancellationToken);
    }
}
