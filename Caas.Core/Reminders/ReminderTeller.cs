using System.Diagnostics.Metrics;
using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Delivery;
using Caas.Core.Entries;
using Caas.Core.Json;
using Caas.Core.Timed;

namespace Caas.Core.Reminders;

/// <summary>What stands on a tenant's channel of reminders.</summary>
public sealed record ReminderNews(string User, ReminderResponse Reminder);

/// <summary>
/// Tells a user's devices of a due reminder, through the tenant's channel, which every replica follows that the tenant's users are connected to. Told before it is marked: a crash in between tells it
/// again. What is not heard is read: the reminder stays listed.
/// </summary>
public sealed class ReminderTeller(ITimedStore store, IConversationChannels channels, ReminderMetrics metrics) : ITimedHandler
{
    public string Kind => ReminderService.Kind;

    /// <summary>The channel: beside those of the tenant's conversations, under a name that no conversation can have.</summary>
    public static LogId ChannelOf(TenantId tenant) => new(tenant, "$reminders");

    public async Task HandleAsync(TimedItem item, CancellationToken cancellationToken)
    {
        var news = new ReminderNews(item.Place.Name, ReminderService.Shape(item with { Waiting = false }));
        channels.Publish(ChannelOf(item.Place.Tenant), JsonSerializer.SerializeToUtf8Bytes(news, CoreJsonContext.Default.ReminderNews));
        await store.PutOffAsync(item.Place, item.Id, until: null, cancellationToken);
        metrics.Told();
    }

    /// <summary>Reads a payload of the channel; null when it is none.</summary>
    public static ReminderNews? TryParse(ReadOnlyMemory<byte> payload)
    {
        try
        {
            return JsonSerializer.Deserialize(payload.Span, CoreJsonContext.Default.ReminderNews) is { User: { } user, Reminder.Id: not null } news && PublicId.IsValid(user) ? news : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>What reminders count, meter <c>Caas.Reminders</c>.</summary>
public sealed class ReminderMetrics
{
    private readonly Counter<long> _told;

    public ReminderMetrics(IMeterFactory meters) => _told = meters.Create("Caas.Reminders").CreateCounter<long>("caas.reminders.told", "{reminder}", "Reminders that became due and were told.");

    internal void Told() => _told.Add(1);
}
