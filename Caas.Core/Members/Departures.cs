using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Entries;
using Caas.Core.Json;
using Caas.Core.Tokens;

namespace Caas.Core.Members;

/// <summary>
/// Tells every replica that a member has gone, or a whole conversation: the entry says it too, but a replica that lost its backplane reads this.
/// Ids and times follow from the entry, so that it can be said again.
/// </summary>
public sealed class Departures(RevocationList revocations)
{
    /// <summary>How long replicas can read of it: far longer than they take to act on it.</summary>
    private static readonly TimeSpan Keep = TimeSpan.FromHours(1);

    /// <param name="entry">A <c>member.removed</c> or <c>conversation.deleted</c> entry.</param>
    public async Task AnnounceAsync(Entry entry, CancellationToken cancellationToken)
    {
        if (entry.Type == EntryTypes.ConversationDeleted)
        {
            await revocations.AddAsync(Of(entry, $"{entry.Log}/{entry.Seq}", RevocationKind.ConversationDeleted), cancellationToken);
            return;
        }

        foreach (var user in entry.Data?.Deserialize(CoreJsonContext.Default.MembersRemovedData)?.UserIds ?? [])
        {
            await revocations.AddAsync(Of(entry, $"{entry.Log}/{entry.Seq}/{user}", RevocationKind.MemberRemoved) with { User = new(user) }, cancellationToken);
        }
    }

    private static Revocation Of(Entry entry, string id, RevocationKind kind) =>
        new(id, kind, entry.Log.Tenant, null, null, null, new(entry.Log.Name), entry.Seq, entry.At, entry.At + Keep);
}
