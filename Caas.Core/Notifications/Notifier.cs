using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Devices;
using Caas.Core.Events;
using Caas.Core.Json;
using Caas.Core.Push;
using Caas.Core.Timed;
using Microsoft.Extensions.Options;

namespace Caas.Core.Notifications;

/// <summary>Where the notifier writes.</summary>
public sealed record NotifierStores(INotificationStore Inbox, IDeviceStore Devices, IPushStore Pushes, ITimedStore Timed);

/// <summary>How the notifier tells.</summary>
public sealed record NotifierTelling(NotificationNews News, NotificationTopic Topic, NotificationMetrics Metrics);

/// <summary>
/// Makes notifications of an event. Everything it does can be done twice: rows of the inbox and pushes are kept once per entry, so a consumer that died in the middle goes on where it can.
/// </summary>
public sealed class Notifier(NotificationAudience audience, NotificationSources sources, NotificationViews views, NotifierStores stores, NotifierTelling telling, IOptions<NotificationOptions> options, TimeProvider clock)
{
    /// <summary>The consumer's durable name.</summary>
    public const string Group = "notifications";

    /// <summary>The kind of timed items that stand for a mail.</summary>
    public const string DigestKind = "email-digest";

    public static readonly IReadOnlyCollection<string> Topics = [Events.Topics.Messages, Events.Topics.Events];

    public async Task HandleAsync(EventRecord record, CancellationToken cancellationToken)
    {
        if (Happening.Read(record) is not { } happening || clock.GetUtcNow() - happening.At > options.Value.MostAge
            || await sources.Conversations.FindAsync(happening.Log.Tenant, happening.Conversation, cancellationToken) is not { DeletedAt: null } conversation)
        {
            return;
        }

        var sender = happening.Actor is { } actor ? (await views.NamesAsync(conversation.Tenant, [actor], cancellationToken)).GetValueOrDefault(actor) : null;
        var content = NotificationViews.ContentOf(sender, conversation, happening.Message);
        var settings = (await sources.Tenants.FindAsync(conversation.Tenant, cancellationToken))?.Settings.Notifications;
        await audience.ForEachPageAsync(happening, conversation, page => NotifyAsync(new(happening, content, settings), page, cancellationToken), cancellationToken);
        telling.Metrics.Handled(clock.GetUtcNow() - happening.At);
    }

    private async Task NotifyAsync(Told told, IReadOnlyList<Addressee> page, CancellationToken cancellationToken)
    {
        var rows = await SaveAsync(told.Happening, page, cancellationToken);
        await PushAsync(told.Happening, page, cancellationToken);
        foreach (var addressee in page.Where(addressee => addressee.Decision.Email))
        {
            await MailAsync(addressee, told.Happening, cancellationToken);
        }

        var shaped = rows.Select(one => (one.Addressee, Notification: Shape(told, one))).ToArray();
        telling.News.Tell(told.Happening.Log.Tenant, shaped.Where(one => one.Addressee.Online).Select(one => new ToldNotification(one.Addressee.User.Id.Value, one.Notification, Unread: null)));
        await telling.Topic.PublishAsync(told.Happening.Log.Tenant, [.. shaped.Select(one => (one.Addressee.User.Id, one.Notification))], cancellationToken);
        telling.Metrics.Notified(rows.Count);
    }

    /// <returns>Whom to tell: those whose row points to this entry now.</returns>
    private async Task<List<(Addressee Addressee, NotificationRow Row)>> SaveAsync(Happening happening, IReadOnlyList<Addressee> page, CancellationToken cancellationToken)
    {
        var (told, changed) = (new List<(Addressee, NotificationRow)>(), new List<NotificationRow>());
        foreach (var group in page.Where(addressee => addressee.Decision.InApp).GroupBy(addressee => addressee.Kind))
        {
            var id = NotificationRow.IdOf(NotificationRow.TypeOf(group.Key), happening.Conversation);
            var known = (await stores.Inbox.FindManyAsync(happening.Log.Tenant, [.. group.Select(addressee => addressee.User.Id)], id, cancellationToken)).ToDictionary(row => row.User);
            foreach (var addressee in group)
            {
                var at = TimedRules.Whole(happening.At);
                var row = new NotificationRow
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
                };
                var stored = known.GetValueOrDefault(addressee.User.Id);
                if (row.After(stored) is { } after)
                {
                    changed.Add(after);
                    told.Add((addressee, after));
                }
                else if (stored!.Seq == happening.Seq && stored.ReadAt is null)
                {
                    // It was kept before and perhaps not told.
                    told.Add((addressee, stored));
                }
            }
        }

        await stores.Inbox.SaveAsync(changed, cancellationToken);
        return told;
    }

    private async Task PushAsync(Happening happening, IReadOnlyList<Addressee> page, CancellationToken cancellationToken)
    {
        var pushed = page.Where(addressee => addressee.Decision.Push).ToDictionary(addressee => addressee.User.Id);
        if (pushed.Count > 0)
        {
            var due = TimedRules.Whole(clock.GetUtcNow());
            var devices = await stores.Devices.ListAsync(happening.Log.Tenant, pushed.Keys, cancellationToken);
            await stores.Pushes.AddAsync(
                [.. devices.Select(device => PushJob.Of(happening, device, pushed[device.User], due))],
                cancellationToken);
        }
    }

    /// <summary>One digest waits per user: what happens until then goes with it.</summary>
    private Task MailAsync(Addressee addressee, Happening happening, CancellationToken cancellationToken)
    {
        var due = TimedRules.Whole(happening.At + TimeSpan.FromMinutes(addressee.User.Notifications.Email.AfterMinutes));
        return stores.Timed.AddAsync(new(new(happening.Log.Tenant, DigestKind, addressee.User.Id.Value), DigestKind, addressee.User.Id, due, Waiting: true, JsonSerializer.Serialize(new DigestBody(TimedRules.Whole(happening.At)), CoreJsonContext.Default.DigestBody)), cancellationToken);
    }

    private static NotificationResponse Shape(Told told, (Addressee Addressee, NotificationRow Row) one) => NotificationViews.Shape(
        one.Row,
        told.Happening.Message?.Id,
        NotificationTemplates.Render(told.Settings, one.Addressee.User.Notifications.Language, one.Row.Kind, one.Row.Count, told.Content));

    private sealed record Told(Happening Happening, NotificationContent Content, TenantNotifications? Settings);
}
