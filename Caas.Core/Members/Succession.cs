using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Json;

namespace Caas.Core.Members;

/// <summary>
/// A conversation that had an owner does not end up without one because that one leaves: the longest-standing moderator follows, else the longest-standing member. Readers do not: whoever
/// may only read was not meant to decide. One that never had an owner (the backend made it so) gets none from here.
/// </summary>
public sealed class Succession(IMemberStore members, ConversationWriter writer, Departures departures)
{
    /// <summary>Whether nobody else is an owner.</summary>
    public async Task<bool> IsLastOwnerAsync(Member member, CancellationToken cancellationToken) =>
        member.Role == MemberRole.Owner && (await members.ListByRoleAsync(member.Tenant, member.Conversation, MemberRole.Owner, 2, cancellationToken)).All(owner => owner.User == member.User);

    /// <summary>Removes a member and tells the replicas. Behind the entry that names who follows, where the last owner leaves: in whatever order a reader stops, there is one.</summary>
    /// <param name="leaves">By itself; whoever removes others is an owner or the backend, and decides who owns.</param>
    public async Task RemoveAsync(Caller caller, Member member, bool leaves, CancellationToken cancellationToken)
    {
        var drafts = new List<EntryDraft>();
        if (leaves && await IsLastOwnerAsync(member, cancellationToken) && await FindAsync(member, cancellationToken) is { } heir)
        {
            drafts.Add(Named(caller, heir, clientId: null));
        }

        drafts.Add(writer.Draft(caller, member.Conversation, EntryTypes.MemberRemoved, new MembersRemovedData([member.User.Value]), CoreJsonContext.Default.MembersRemovedData));
        var (written, conversation) = await writer.WriteAsync(member.Tenant, member.Conversation, drafts, cancellationToken);
        await departures.AnnounceAsync(written[^1], CancellationToken.None);
        if (leaves && member.Role == MemberRole.Owner && conversation.DeletedAt is null)
        {
            await MendAsync(member, conversation.Rev, CancellationToken.None);
        }
    }

    /// <summary>Of two owners who leave at the same moment each sees the other stay; so does one whose heir leaves meanwhile. Whoever finds nobody afterwards names one, all of them the same and once.</summary>
    private async Task MendAsync(Member leaver, long rev, CancellationToken cancellationToken)
    {
        var platform = new Caller { Kind = CallerKind.Backend, Tenant = leaver.Tenant };

        // The heir first: who is looked for after somebody else named one would be the next in line, and there would be two.
        while (await FindAsync(leaver, cancellationToken) is { } heir && (await members.ListByRoleAsync(leaver.Tenant, leaver.Conversation, MemberRole.Owner, 1, cancellationToken)).Count == 0)
        {
            rev = (await writer.WriteAsync(leaver.Tenant, leaver.Conversation, [Named(platform, heir, $"$owner:{rev}:{heir.User.Value}")], cancellationToken)).Conversation.Rev;
        }
    }

    private async Task<Member?> FindAsync(Member leaver, CancellationToken cancellationToken)
    {
        foreach (var role in new[] { MemberRole.Moderator, MemberRole.Member })
        {
            if ((await members.ListByRoleAsync(leaver.Tenant, leaver.Conversation, role, 2, cancellationToken)).FirstOrDefault(member => member.User != leaver.User) is { } heir)
            {
                return heir;
            }
        }

        return null;
    }

    private EntryDraft Named(Caller caller, Member heir, string? clientId) =>
        writer.Draft(caller, heir.Conversation, EntryTypes.MemberChanged, new(heir.User.Value, MemberRole.Owner), CoreJsonContext.Default.MemberChangedData, clientId);
}
