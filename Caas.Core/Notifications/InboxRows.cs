using Caas.Core.Timed;

namespace Caas.Core.Notifications;

/// <summary>Writes the rows of inboxes, and of those who want mail alone.</summary>
public sealed class InboxRows(INotificationStore store)
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
        return [.. standing.Where(one => one.Row.InApp)];
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
