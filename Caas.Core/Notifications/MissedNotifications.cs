using Caas.Core.Calls;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.OwnViews;
using Caas.Core.Visibility;

namespace Caas.Core.Notifications;

/// <summary>
/// Notifies those who were taken for connected and were not: of what came in the last moments of a connection, and of calls that they are invited to. Everything is judged as if it had just
/// happened, and goes to a device once, as always.
/// </summary>
public sealed class MissedNotifications(INotificationStore inbox, IConversationStore conversations, IEntryStore entries, EntryViews views, Notifier notifier, TimeProvider clock)
{
    /// <summary>Of so many conversations, of each so many messages: it is about less than a minute.</summary>
    private const int Most = 50;

    /// <summary>A user has no connected device any more. What came since a time and was not read is pushed.</summary>
    public async Task MakeUpAsync(TenantId tenant, UserId user, DateTimeOffset since, CancellationToken cancellationToken)
    {
        var found = new Dictionary<ConversationId, SortedSet<long>>();
        foreach (var (conversation, member) in await conversations.ListForUserAsync(tenant, user, OwnViewFilter.Plain, before: null, Most, cancellationToken))
        {
            if (conversation.Summary.LastActivityAt < since)
            {
                break;
            }

            // Also of those that were watched, of which no inbox tells.
            var messages = member.ReadSeq >= conversation.Summary.LastSeq ? [] : await entries.ReadMessagesAsync(LogId.Of(tenant, conversation.Id), Direction.Older, long.MaxValue, Most, cancellationToken);
            found[conversation.Id] = [.. messages.Where(message => message.At >= since && message.Seq > member.ReadSeq).Select(message => message.Seq)];
        }

        foreach (var row in (await inbox.ListAsync(tenant, user, NotificationRows.Unread, after: null, Most, cancellationToken)).Where(row => row.UpdatedAt >= since))
        {
            found.TryAdd(row.Conversation, []);
            found[row.Conversation].Add(row.Seq);
        }

        foreach (var (conversation, seqs) in found.Where(one => one.Value.Count > 0))
        {
            await NotifyAsync(LogId.Of(tenant, conversation), seqs, user, cancellationToken);
        }
    }

    /// <summary>Users are invited to a call that goes on: their phones ring like those of who is called at its beginning.</summary>
    public async Task RingAsync(CallState call, string by, IReadOnlyList<string> users, CancellationToken cancellationToken)
    {
        var log = LogId.Of(new(call.Tenant), new ConversationId(call.Conversation));
        if (users.Count > 0 && await entries.FindByClientIdAsync(log, call.StartedBy, $"call:{call.Id}:started", cancellationToken) is { } started)
        {
            await NotifyAsync(new(log, started.Seq, clock.GetUtcNow(), by, HappeningType.Call, null, [.. users.Select(user => new UserId(user))]), cancellationToken);
        }
    }

    private async Task NotifyAsync(LogId log, IReadOnlyCollection<long> seqs, UserId user, CancellationToken cancellationToken)
    {
        foreach (var shaped in await views.ShapeAsync(log, await entries.ReadManyAsync(log, seqs, cancellationToken), cancellationToken))
        {
            if (Happening.Of(Viewer.Everything.Show(shaped), log) is { TakesBack: false } happening)
            {
                await NotifyAsync(happening with { Only = [user] }, cancellationToken);
            }
        }
    }

    private async Task NotifyAsync(Happening happening, CancellationToken cancellationToken)
    {
        if (await conversations.FindAsync(happening.Log.Tenant, happening.Conversation, cancellationToken) is { DeletedAt: null } conversation)
        {
            await notifier.NotifyAsync(happening, conversation, cancellationToken);
        }
    }
}
