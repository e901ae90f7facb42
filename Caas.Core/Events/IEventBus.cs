namespace Caas.Core.Events;

/// <summary>
/// What happened, for everyone who reacts later. At least once, in order per conversation (key); consumers are idempotent: they drop seq ≤ last seen.
/// Over Kafka it is filled by the publisher and read by consumer groups; without Kafka consumers read the feed with their own durable positions.
/// </summary>
public interface IEventBus
{
    /// <summary>Runs a consumer until <paramref name="stoppingToken"/> ends. Several processes with the same group share the work.</summary>
    /// <param name="group">The consumer's durable name.</param>
    /// <param name="topics">Some of <see cref="Topics"/>.</param>
    /// <param name="handler">Called one at a time per key, in order. An exception: tried again with backoff, then the record goes to <c>internal.dlq</c> with the reason; it never blocks its partition for ever.</param>
    /// <param name="sieve">Spares the handler what it would do nothing with; null: it gets everything.</param>
    Task ConsumeAsync(string group, IReadOnlyCollection<string> topics, Func<EventRecord, CancellationToken, Task> handler, CancellationToken stoppingToken, IEventSieve? sieve = null);
}

/// <summary>
/// Tells by an entry's header alone that a handler would do nothing with its event, so that nobody need read the entry and make the event. It only saves work: a bus that knows nothing of events
/// but their bytes does not ask it, so the handler must be right without it.
/// </summary>
public interface IEventSieve
{
    /// <summary>Those of a tenant's items that the handler is to see. Each log's come ascending and without a hole, some perhaps again.</summary>
    /// <exception cref="Entries.StoreUnavailableException">Asked again later; the handler sees none of them before.</exception>
    Task<IReadOnlyList<Feed.FeedItem>> KeepAsync(IReadOnlyList<Feed.FeedItem> items, CancellationToken cancellationToken);
}

/// <summary>One event as a consumer gets it.</summary>
/// <param name="Topic">One of <see cref="Topics"/>.</param>
/// <param name="Key"><c>tenant/conversation</c>, or what the topic is keyed by behind its tenant.</param>
/// <param name="CloudEvent">The CloudEvents 1.0 JSON, UTF-8.</param>
public sealed record EventRecord(string Topic, string Key, ReadOnlyMemory<byte> CloudEvent);

/// <summary>The topics.</summary>
public static class Topics
{
    /// <summary>Messages created, edited, deleted; keyed by conversation.</summary>
    public const string Messages = "chat.messages";

    /// <summary>All else that happens in a conversation; keyed by conversation.</summary>
    public const string Events = "chat.events";

    /// <summary>How users are there: the latest of each; keyed by user, compacted. No history, so it is on Kafka only: the feed does not have it.</summary>
    public const string Presence = "presence";

    /// <summary>Notifications; keyed by user.</summary>
    public const string Notifications = "platform.notifications";

    /// <summary>Who did what with keys, settings and rights; keyed by tenant.</summary>
    public const string Audit = "platform.audit";

    /// <summary>Tenants and users; keyed by tenant.</summary>
    public const string Platform = "platform.events";

    /// <summary>Revocations; keyed by tenant.</summary>
    public const string Revocations = "auth.revocation.events";

    /// <summary>Records that could not be handled, with the reason.</summary>
    public const string DeadLetters = "internal.dlq";

    public static readonly IReadOnlyList<string> All = [Messages, Events, Presence, Notifications, Audit, Platform, Revocations, DeadLetters];
}
