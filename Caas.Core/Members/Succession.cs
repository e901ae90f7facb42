using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Feed;
using Caas.Core.Json;

namespace Caas.Core.Members;

/// <summary>
/// A conversation that had an owner does not end up without one by what its users do: the longest-standing moderator follows, else the longest-standing member. Readers do not: whoever may only
/// read was not meant to decide. The backend decides as it likes: one that never had an owner, or whose last one it took away, gets none from here.
/// </summary>
public sealed class Succession(IMemberStore members, IEntryStore entries, ConversationWriter writer, Departures departures)
{
    private const int Batch = 200;

    /// <summary>Whether nobody else is an owner.</summary>
    public async Task<bool> IsLastOwnerAsync(Member member, CancellationToken cancellationToken) =>
        member.Role == MemberRole.Owner && (await members.ListByRoleAsync(member.Tenant, member.Conversation, MemberRole.Owner, 2, cancellationToken)).All(owner => owner.User == member.User);

    /// <summary>Removes a member and tells the replicas. Behind the entry that names who follows, where the last owner leaves: in whatever order a reader stops, there is one.</summary>
    /// <param name="leaves">By itself; whoever removes others is an owner or the backend.</param>
    public async Task RemoveAsync(Caller caller, Member member, bool leaves, CancellationToken cancellationToken)
    {
        var drafts = new List<EntryDraft>();
        if (leaves && await IsLastOwnerAsync(member, cancellationToken) && await FindAsync(member.Tenant, member.Conversation, member.User, cancellationToken) is { } heir)
        {
            drafts.Add(Named(caller, heir, clientId: null));
        }

        drafts.Add(writer.Draft(caller, member.Conversation, EntryTypes.MemberRemoved, new MembersRemovedData([member.User.Value]), CoreJsonContext.Default.MembersRemovedData));
        var (written, conversation) = await writer.WriteAsync(member.Tenant, member.Conversation, drafts, cancellationToken);
        await departures.AnnounceAsync(written[^1], CancellationToken.None);
        if (member.Role == MemberRole.Owner && (leaves || caller.User is not null))
        {
            await MendAsync(conversation, except: member.User, CancellationToken.None);
        }
    }

    /// <summary>Changes a member's role.</summary>
    public async Task ChangeAsync(Caller caller, Member member, MemberRole role, CancellationToken cancellationToken)
    {
        var changed = new MemberChangedData(member.User.Value, role);
        var (_, conversation) = await writer.WriteAsync(caller, member.Conversation, EntryTypes.MemberChanged, changed, CoreJsonContext.Default.MemberChangedData, clientId: null, cancellationToken);
        if (member.Role == MemberRole.Owner && caller.User is { } by)
        {
            await MendAsync(conversation, ExceptOf(member.User, by.Value), CancellationToken.None);
        }
    }

    /// <summary>The call that took an owner's role away may have died before it looked whether one is left: who repairs looks, too.</summary>
    /// <param name="conversation">With everything folded in that <paramref name="headers"/> tell.</param>
    public async Task RepairAsync(Conversation conversation, IReadOnlyList<EntryHeader> headers, CancellationToken cancellationToken)
    {
        long[] seqs = [.. headers.Where(header => header is { Type: EntryTypes.MemberRemoved or EntryTypes.MemberChanged, ActorId: not null }).Select(header => header.Seq)];
        if (seqs.Length == 0 || conversation.DeletedAt is not null)
        {
            return;
        }

        foreach (var entry in await entries.ReadManyAsync(conversation.Log, seqs, cancellationToken))
        {
            if (await FindLossAsync(conversation, entry, cancellationToken) is { } former)
            {
                await MendAsync(conversation, ExceptOf(former, entry.ActorId!), cancellationToken);
                return;
            }
        }
    }

    /// <summary>Who stepped down is asked again before there is nobody; whom others took the role from is not.</summary>
    private static UserId? ExceptOf(UserId former, string by) => former.Value == by ? null : former;

    /// <summary>
    /// Of two owners who leave or step down at the same moment each sees the other stay; so does one whose heir leaves meanwhile. Whoever finds nobody afterwards names one, all of them the same
    /// and once.
    /// </summary>
    private async Task MendAsync(Conversation conversation, UserId? except, CancellationToken cancellationToken)
    {
        var (tenant, id, rev) = (conversation.Tenant, conversation.Id, conversation.Rev);

        // The heir first: who is looked for after somebody else named one would be the next in line, and there would be two.
        while (conversation.DeletedAt is null && await FindAsync(tenant, id, except, cancellationToken) is { } heir && await HasNoOwnerAsync(conversation, cancellationToken))
        {
            conversation = (await writer.WriteAsync(tenant, id, [Named(Caller.Platform(tenant), heir, $"$owner:{rev}:{heir.User.Value}")], cancellationToken)).Conversation;
            rev = conversation.Rev;
        }
    }

    private async Task<bool> HasNoOwnerAsync(Conversation conversation, CancellationToken cancellationToken) =>
        (await members.ListByRoleAsync(conversation.Tenant, conversation.Id, MemberRole.Owner, 1, cancellationToken)).Count == 0;

    /// <returns>Whose owner's role the entry took, where that left nobody; null: nobody's, or there is another owner.</returns>
    private async Task<UserId?> FindLossAsync(Conversation conversation, Entry entry, CancellationToken cancellationToken)
    {
        if (entry.Type == EntryTypes.MemberRemoved)
        {
            foreach (var user in entry.DataOf(CoreJsonContext.Default.MembersRemovedData)?.UserIds ?? [])
            {
                // Who was removed keeps the role that it had.
                if (await members.FindAsync(conversation.Tenant, conversation.Id, new(user), cancellationToken) is { Role: MemberRole.Owner, Removed: true } former && await HasNoOwnerAsync(conversation, cancellationToken))
                {
                    return former.User;
                }
            }

            return null;
        }

        return entry.DataOf(CoreJsonContext.Default.MemberChangedData) is { Role: not MemberRole.Owner } changed && await HasNoOwnerAsync(conversation, cancellationToken) && await WasOwnerAsync(entry, new(changed.UserId), cancellationToken)
            ? new UserId(changed.UserId)
            : null;
    }

    /// <summary>Whether the user was an owner before an entry. Reads what came before it about the conversation: for the one that has no owner now.</summary>
    private async Task<bool> WasOwnerAsync(Entry entry, UserId user, CancellationToken cancellationToken)
    {
        var role = (MemberRole?)null;
        for (var after = 0L; ;)
        {
            var changes = await entries.ReadChangesAsync(entry.Log, EntryTarget.Log, after, Batch, cancellationToken);
            foreach (var change in changes.Where(change => change.Seq < entry.Seq))
            {
                role = MemberRoles.After(change, user.Value, role);
            }

            if (changes.Count < Batch || changes[^1].Seq >= entry.Seq)
            {
                return role == MemberRole.Owner;
            }

            after = changes[^1].Seq;
        }
    }

    private async Task<Member?> FindAsync(TenantId tenant, ConversationId conversation, UserId? except, CancellationToken cancellationToken)
    {
        foreach (var role in new[] { MemberRole.Moderator, MemberRole.Member })
        {
            if ((await members.ListByRoleAsync(tenant, conversation, role, 2, cancellationToken)).FirstOrDefault(member => member.User != except) is { } heir)
            {
                return heir;
            }
        }

        return null;
    }

    private EntryDraft Named(Caller caller, Member heir, string? clientId) =>
        writer.Draft(caller, heir.Conversation, EntryTypes.MemberChanged, new(heir.User.Value, MemberRole.Owner), CoreJsonContext.Default.MemberChangedData, clientId);
}
