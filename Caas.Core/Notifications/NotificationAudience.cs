using Caas.Contracts;
using Caas.Core.Blocks;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Members;
using Caas.Core.Presence;
using Caas.Core.Users;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Caas.Core.Notifications;

/// <summary>Where it stands who is to be notified.</summary>
public sealed record AudienceSources(IMemberStore Members, IUserStore Users, IBlockStore Blocks, IPresenceDirectory Presence, IWatchDirectory Watching);

/// <summary>A member who is notified of something, and how.</summary>
public sealed record Addressee(User User, NotificationKind Kind, bool Online, NotificationDecision Decision);

/// <summary>
/// Who is notified: members who were there when it happened, did not do it, do not watch, have not read it, are not kept from it by a block, and want it. In pages: a conversation of 10,000 members is never held as a whole.
/// </summary>
public sealed partial class NotificationAudience(AudienceSources sources, IOptions<NotificationOptions> options, TimeProvider clock, ILogger<NotificationAudience> logger)
{
    /// <summary>Hands over the addressees, page by page.</summary>
    public async Task ForEachPageAsync(Happening happening, Conversation conversation, Func<IReadOnlyList<Addressee>, Task> handle, CancellationToken cancellationToken)
    {
        var blocks = happening.Actor is { } actor && PublicId.IsValid(actor) ? await sources.Blocks.ReadAsync(conversation.Tenant, new(actor), cancellationToken) : BlockSet.None;
        var watching = await sources.Watching.ReadAsync(happening.Log, cancellationToken);
        UserId? after = null;
        for (IReadOnlyList<Member>? page = null; page is null || (happening.Only is null && page.Count == options.Value.PageSize);)
        {
            page = happening.Only is { } only
                ? await sources.Members.FindManyAsync(conversation.Tenant, conversation.Id, only, cancellationToken)
                : await sources.Members.ListAsync(conversation.Tenant, conversation.Id, after, options.Value.PageSize, cancellationToken);
            after = page.Count == 0 ? after : page[^1].User;
            Member[] concerned = [.. page.Where(member => Concerns(happening, member, conversation, blocks) && !watching.Contains(member.User))];
            if (concerned.Length > 0 && await DecideAsync(happening, concerned, cancellationToken) is { Count: > 0 } addressees)
            {
                await handle(addressees);
            }
        }
    }

    private static bool Concerns(Happening happening, Member member, Conversation conversation, BlockSet actors) =>
        member.User.Value != happening.Actor
        && member.JoinedSeq <= happening.Seq
        && (member.ReadSeq < happening.Seq || happening.Only is not null)
        && !actors.BlockedBy.Contains(member.User.Value)
        && !(conversation.Type == ConversationType.Direct && actors.Between(member.User.Value));

    private async Task<List<Addressee>> DecideAsync(Happening happening, Member[] members, CancellationToken cancellationToken)
    {
        UserId[] ids = [.. members.Select(member => member.User)];
        var users = (await sources.Users.FindManyAsync(happening.Log.Tenant, ids, cancellationToken)).Where(user => user.DeactivatedAt is null).ToDictionary(user => user.Id);
        var online = await OnlineAsync(happening.Log.Tenant, ids, cancellationToken);
        var now = clock.GetUtcNow();
        var addressees = new List<Addressee>(members.Length);
        foreach (var member in members)
        {
            if (users.TryGetValue(member.User, out var user))
            {
                var kind = happening.KindFor(member.User);
                var there = online.Contains(member.User);
                var decision = NotificationDecision.Of(user.Notifications, new(NotificationRow.TypeOf(kind), happening.Log.Name, member.View.Muted, there, now));

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

    /// <summary>Who has a connected device, also one that is not shown to others. While nobody knows, nobody has: better a push too many.</summary>
    private async Task<HashSet<UserId>> OnlineAsync(TenantId tenant, IReadOnlyList<UserId> users, CancellationToken cancellationToken)
    {
        try
        {
            return [.. (await sources.Presence.ReadAsync(tenant, users, cancellationToken)).Where(record => record.Status != PresenceStatus.Offline).Select(record => record.User)];
        }
        catch (StoreUnavailableException exception)
        {
            LogPresenceUnknown(exception, tenant);
            return [];
        }
    }

    [LoggerMessage(1451, LogLevel.Debug, "It is not known who of tenant {Tenant} is there; all are notified as if nobody was.")]
    private partial void LogPresenceUnknown(Exception exception, TenantId tenant);
}
