using Caas.Contracts;
using Caas.Core.Entries;
using Caas.Core.Timed;
using Caas.Core.Users;
using Caas.Core.Visibility;

namespace Caas.Core.Notifications;

/// <summary>
/// Takes out of all inboxes what is gone: a message that was deleted, by whomever, an erasure or the retention, a mention that was edited out, and all of a conversation that was deleted. A
/// notification of several messages shrinks to those that stand, one of none goes. Doing it again changes nothing. Connected devices of its users hear of it; what waits to be pushed or mailed is judged when it is sent.
/// </summary>
public sealed class InboxWithdrawals(INotificationStore store, IEntryStore entries, IUserStore users, NotificationAttention attention, NotificationViews views, NotificationNews news)
{
    private const int Page = 500;
    private const int Changes = 100;

    /// <summary>For whom a message is still what it was when it happened. Whoever heard of its deletion, or of the edit that took a mention away, may have done so before the rows stood there: they are taken back here.</summary>
    /// <returns>The message as it is now where it stands and somebody is left out, and for whom.</returns>
    public async Task<(MessageResponse? Now, IReadOnlyList<Addressee> Standing)> StandAsync(Happening happening, IReadOnlyList<Addressee> page, CancellationToken cancellationToken)
    {
        if (happening is not { IsRead: true, Message: { } message } || await entries.ReadManyAsync(happening.Log, [message.Seq], cancellationToken) is not [{ Message: { } state } entry])
        {
            return (null, page);
        }

        if (state.DeletedAt is not null)
        {
            await WithdrawAsync(happening, cancellationToken);
            return (null, []);
        }

        var now = Viewer.Everything.Show(entry);
        Addressee[] standing = [.. page.Where(addressee => addressee.Kind != NotificationKind.Mention || Happening.Mentions(now, addressee.User.Id))];
        if (standing.Length < page.Count)
        {
            await UnmentionAsync(happening, cancellationToken);
        }

        return (now, standing);
    }

    /// <summary>Takes a message back, and the mentions that came with its edits.</summary>
    public async Task WithdrawAsync(Happening happening, CancellationToken cancellationToken)
    {
        var gone = await EntriesOfAsync(happening.Log, happening.Message!.Seq, cancellationToken);
        foreach (var seq in gone)
        {
            await ForEachPageAsync(happening.Log, NotificationStretch.At(seq), rows => ShrinkAsync(happening.Log, [.. rows.Where(row => row.IsOfMessages && row.StandsFor(seq))], gone, cancellationToken), cancellationToken);
        }
    }

    /// <summary>Takes a message's mentions back, up to the edit that happened, from whom it does not mention as it is now. What no row tells of is not looked for.</summary>
    public Task UnmentionAsync(Happening happening, CancellationToken cancellationToken)
    {
        var (log, message) = (happening.Log, happening.Message!.Seq);
        return ForEachPageAsync(log, new(message, happening.Seq, Mentions: true), async rows =>
        {
            long[] later = [.. rows.SelectMany(row => row.Earlier.Items.Append(row.Seq)).Where(seq => seq > message && seq <= happening.Seq).Distinct()];
            var edits = later.Length == 0 ? [] : await entries.ReadManyAsync(log, later, cancellationToken);
            var own = edits.Where(edit => edit.Target == message).Select(edit => edit.Seq).Append(message).ToHashSet();
            NotificationRow[] about = [.. rows.Where(row => own.Any(row.StandsFor))];
            if (about.Length > 0 && await entries.ReadManyAsync(log, [message], cancellationToken) is [{ Message.DeletedAt: null } entry])
            {
                var now = Viewer.Everything.Show(entry);
                await ShrinkAsync(log, [.. about.Where(row => !Happening.Mentions(now, row.User))], own, cancellationToken);
            }
        }, cancellationToken);
    }

    /// <summary>Takes everything of a conversation back.</summary>
    public Task CloseAsync(LogId log, CancellationToken cancellationToken) => ForEachPageAsync(log, NotificationStretch.All, rows => ShrinkAsync(log, rows, gone: null, cancellationToken), cancellationToken);

    private async Task<HashSet<long>> EntriesOfAsync(LogId log, long message, CancellationToken cancellationToken)
    {
        var found = new HashSet<long> { message };
        for (IReadOnlyList<Entry>? changes = null; changes is null || changes.Count == Changes;)
        {
            changes = await entries.ReadChangesAsync(log, message, changes is [.., var last] ? last.Seq : message, Changes, cancellationToken);
            found.UnionWith(changes.Where(change => change.Type == EntryTypes.MessageEdited).Select(change => change.Seq));
        }

        return found;
    }

    private async Task ForEachPageAsync(LogId log, NotificationStretch stretch, Func<IReadOnlyList<NotificationRow>, Task> handle, CancellationToken cancellationToken)
    {
        for (IReadOnlyList<NotificationRow>? page = null; page is null || page.Count == Page;)
        {
            page = await store.ListAroundAsync(log.Tenant, new(log.Name), stretch, page is [.., var last] ? last : null, Page, cancellationToken);
            await handle(page);
        }
    }

    /// <param name="gone">Null: all of it.</param>
    private async Task ShrinkAsync(LogId log, IReadOnlyList<NotificationRow> rows, IReadOnlySet<long>? gone, CancellationToken cancellationToken)
    {
        for (var left = rows; left.Count > 0;)
        {
            var standing = gone is null ? [] : await StandingAsync(log, left, gone, cancellationToken);
            await store.ReplaceAsync([.. left.Select(row => (row, row.Within(standing)))], cancellationToken);

            // Where something new came meanwhile it is another row now, which may still stand for what is gone.
            var now = await FindAgainAsync(log.Tenant, left, cancellationToken);
            await TellAsync(log.Tenant, left, now, cancellationToken);
            left = [.. now.Where(row => gone is null || gone.Any(row.StandsFor))];
        }
    }

    /// <summary>What rows stand for that is there still: who did it, and when.</summary>
    private async Task<Dictionary<long, (string? Actor, DateTimeOffset At)>> StandingAsync(LogId log, IReadOnlyList<NotificationRow> rows, IReadOnlySet<long> gone, CancellationToken cancellationToken)
    {
        long[] named = [.. rows.SelectMany(row => row.Earlier.Items.Append(row.Seq)).Distinct().Where(seq => !gone.Contains(seq))];
        var found = named.Length == 0 ? [] : await entries.ReadManyAsync(log, named, cancellationToken);
        long[] edited = [.. found.Where(entry => entry.Target > 0).Select(entry => entry.Target).Distinct()];
        var targets = edited.Length == 0 ? [] : (await entries.ReadManyAsync(log, edited, cancellationToken)).ToDictionary(entry => entry.Seq);
        var standing = new Dictionary<long, (string?, DateTimeOffset)>();
        foreach (var entry in found)
        {
            if ((entry.Target > 0 ? targets.GetValueOrDefault(entry.Target) : entry) is { Message.DeletedAt: null } message)
            {
                standing[entry.Seq] = (message.ActorId, TimedRules.Whole(entry.At));
            }
        }

        return standing;
    }

    private async Task<IReadOnlyList<NotificationRow>> FindAgainAsync(TenantId tenant, IReadOnlyList<NotificationRow> rows, CancellationToken cancellationToken)
    {
        var found = new List<NotificationRow>();
        foreach (var same in rows.GroupBy(row => row.Id))
        {
            found.AddRange(await store.FindManyAsync(tenant, [.. same.Select(row => row.User)], same.Key, cancellationToken));
        }

        return found;
    }

    private async Task TellAsync(TenantId tenant, IReadOnlyList<NotificationRow> before, IReadOnlyList<NotificationRow> now, CancellationToken cancellationToken)
    {
        NotificationRow[] shown = [.. before.Where(row => row.InApp)];
        var online = shown.Length == 0 ? new HashSet<UserId>() : await attention.OnlineAsync(tenant, [.. shown.Select(row => row.User).Distinct()], cancellationToken);
        if (online.Count == 0)
        {
            return;
        }

        var known = (await users.FindManyAsync(tenant, [.. online], cancellationToken)).ToDictionary(user => user.Id);
        var told = new List<ToldNotification>();
        foreach (var row in shown)
        {
            if (known.TryGetValue(row.User, out var user))
            {
                var left = now.FirstOrDefault(other => other.User == row.User && other.Id == row.Id);
                var shaped = left is null ? [] : await views.ShapeAsync(user, [left], cancellationToken);
                var unread = await store.CountUnreadAsync(tenant, row.User, cancellationToken);
                told.Add(new(row.User.Value, null, Unread: null, new(row.Id, shaped is [var notification] ? notification : null, unread)));
            }
        }

        news.Tell(tenant, told);
    }
}
