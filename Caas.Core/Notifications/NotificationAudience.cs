using Caas.Contracts;
using Caas.Core.Blocks;
using Caas.Core.Conversations;
using Caas.Core.Members;
using Caas.Core.Users;
using Microsoft.Extensions.Options;

namespace Caas.Core.Notifications;

/// <summary>A member who is notified of something, and how.</summary>
public sealed record Addressee(User User, NotificationKind Kind, bool Online, NotificationDecision Decision);

/// <summary>
/// Who is notified: members who were there when it happened, did not do it, do not watch, have not read it, are not kept from it by a block, and want it. In pages: a conversation of 10,000 members is never held as a whole.
/// </summary>
public sealed class NotificationAudience(IMemberStore members, IUserStore users, IBlockStore blocks, NotificationAttention attention, IOptions<NotificationOptions> options, TimeProvider clock)
{
    /// <summary>Hands over the addressees, page by page.</summary>
    public async Task ForEachPageAsync(Happening happening, Conversation conversation, Func<IReadOnlyList<Addressee>, Task> handle, CancellationToken cancellationToken)
    {
        var actors = happening.Actor is { } actor && PublicId.IsValid(actor) ? await blocks.ReadAsync(conversation.Tenant, new(actor), cancellationToken) : BlockSet.None;
        var watching = await attention.WatchingAsync(happening.Log, cancellationToken);
        UserId? after = null;
        for (IReadOnlyList<Member>? page = null; page is null || (happening.Only is null && page.Count == options.Value.PageSize);)
        {
            page = happening.Only is { } only
                ? await members.FindManyAsync(conversation.Tenant, conversation.Id, only, cancellationToken)
                : await members.ListAsync(conversation.Tenant, conversation.Id, after, options.Value.PageSize, cancellationToken);
            after = page.Count == 0 ? after : page[^1].User;
            Member[] concerned = [.. page.Where(member => Concerns(happening, member, conversation, actors) && (happening.Type == HappeningType.Call || !watching.Contains(member.User)))];
            if (concerned.Length > 0 && await DecideAsync(happening, concerned, cancellationToken) is { Count: > 0 } addressees)
            {
                await handle(addressees);
            }
        }
    }

    private static bool Concerns(Happening happening, Member member, Conversation conversation, BlockSet actors) =>
        member.User.Value != happening.Actor
        && !happening.Except.Contains(member.User.Value)
        && member.JoinedSeq <= happening.Seq
        && (member.ReadSeq < happening.Seq || !happening.IsRead)
        && !actors.BlockedBy.Contains(member.User.Value)
        && !(conversation.Type == ConversationType.Direct && actors.Between(member.User.Value));

    private async Task<List<Addressee>> DecideAsync(Happening happening, Member[] concerned, CancellationToken cancellationToken)
    {
        UserId[] ids = [.. concerned.Select(member => member.User)];
        var known = (await users.FindManyAsync(happening.Log.Tenant, ids, cancellationToken)).Where(user => user.DeactivatedAt is null).ToDictionary(user => user.Id);
        var online = await attention.OnlineAsync(happening.Log.Tenant, ids, cancellationToken);
        var now = clock.GetUtcNow();
        var addressees = new List<Addressee>(concerned.Length);
        foreach (var member in concerned)
        {
            if (known.TryGetValue(member.User, out var user))
            {
                var kind = happening.KindFor(member.User);
                var there = online.Contains(member.User);

                // A call rings on all devices, wherever the user is: who looks at one may have the other at hand, and a connection that died is noticed when it has stopped ringing.
                var decision = NotificationDecision.Of(user.Notifications, new(NotificationRow.TypeOf(kind), happening.Log.Name, member.View.Muted, there && kind != NotificationKind.Call, now));

                // A call that rings is told by ringing; the inbox has it when it was missed.
                decision = kind == NotificationKind.Call ? decision with { InApp = false, Email = false } : decision;
                if (decision.IsAny)
                {
                    addressees.Add(new(user, kind, there, decision));
                }
            }
        }

        return addressees;
    }
}
