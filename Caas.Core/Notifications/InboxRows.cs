using Caas.Contracts;
using Caas.Core.Members;
using Caas.Core.Timed;

namespace Caas.Core.Notifications;

/// <summary>Writes the rows of inboxes, and of those who want mail alone.</summary>
public sealed class InboxRows(INotificationStore store, IMemberStore members, TimeProvider clock)
{
    /// <returns>Whose inbox shows it: those whose row points to this entry now.</returns>
    public async Task<IReadOnlyList<(Addressee Addressee, NotificationRow Row)>> SaveAsync(Happening happening, IReadOnlyList<Addressee> page, CancellationToken cancellationToken)
    {
        var (standing, changed) = (new List<(Addressee Addressee, NotificationRow Row)>(), new List<NotificationRow>());
        foreach (var group in page.Where(addressee => addressee.Decision.InApp || addressee.Decision.Email).GroupBy(addressee => addressee.Kind))
        {
            var id = NotificationRow.IdOf(NotificationRow.TypeOf(group.Key), happening.Conversation);
            var known = (await store.FindManyAsync(happening.Log.Tenant, [.. group.Select(addressee => addressee.User.Id)], id, cancellationToken)).ToDictionary(row => row.User);
            foreach (var addressee in group)
            {
                var stored = known.GetValueOrDefault(addressee.User.Id);
                if (RowOf(happening, addressee).After(stored) is { } after)
                {
                    changed.Add(after);
                    standing.Add((addressee, after));
                }
                else if (stored!.Seq == happening.Seq && stored.ReadAt is null)
                {
                    // It was kept before and perhaps not told.
                    standing.Add((addressee, stored));
                }
            }
        }

        await store.SaveAsync(changed, cancellationToken);
        var read = await ReadMeanwhileAsync(happening, changed, cancellationToken);
        return [.. standing.Where(one => one.Row.InApp && !read.Contains(one.Row.User))];
    }

    /// <summary>
    /// Who was removed is told nothing of the conversation any more: what is unread of it is over. Not what came after the removal, to one who is a member again: removals and messages come
    /// by topics of their own, and each may come twice.
    /// </summary>
    /// <returns>How many each has left that are unread.</returns>
    public async Task<IReadOnlyList<(UserId User, long Unread)>> LeaveAsync(Happening happening, CancellationToken cancellationToken)
    {
        string[] ids = [.. Enum.GetValues<NotificationType>().Select(type => NotificationRow.IdOf(type, happening.Conversation))];
        var left = new List<(UserId, long)>();
        foreach (var user in happening.Only!)
        {
            await store.ReadAsync(happening.Log.Tenant, user, ids, happening.Seq, TimedRules.Whole(clock.GetUtcNow()), cancellationToken);
            left.Add((user, await store.CountUnreadAsync(happening.Log.Tenant, user, cancellationToken)));
        }

        return left;
    }

    /// <summary>Who read the conversation while the rows were made was looked for in the inbox before they stood there: they are looked at again.</summary>
    private async Task<IReadOnlySet<UserId>> ReadMeanwhileAsync(Happening happening, List<NotificationRow> changed, CancellationToken cancellationToken)
    {
        if (changed.Count == 0 || !happening.IsRead)
        {
            return new HashSet<UserId>();
        }

        var now = await members.FindManyAsync(happening.Log.Tenant, happening.Conversation, [.. changed.Select(row => row.User)], cancellationToken);
        ReadMark[] marks = [.. now.Where(member => member.ReadSeq >= happening.Seq).Select(member => new ReadMark(happening.Log.Tenant, member.User, happening.Conversation, member.ReadSeq))];
        await store.ReadUpToAsync(marks, TimedRules.Whole(clock.GetUtcNow()), cancellationToken);
        return marks.Select(mark => mark.User).ToHashSet();
    }

    private static NotificationRow RowOf(Happening happening, Addressee addressee)
    {
        var at = TimedRules.Whole(happening.At);
        return new()
        {
            Tenant = happening.Log.Tenant,
            User = addressee.User.Id,
            Kind = addressee.Kind,
            Priority = addressee.Decision.Priority,
            Conversation = happening.Conversation,
            Seq = happening.Seq,
            Actor = happening.Actor,
            Count = 1,
            CreatedAt = at,
            UpdatedAt = at,
            InApp = addressee.Decision.InApp,
            ToMail = addressee.Decision.Email,
        };
    }
}
