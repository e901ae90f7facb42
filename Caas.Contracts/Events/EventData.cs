using System.Text.Json;

namespace Caas.Contracts;

/// <summary>The <c>data</c> of an event about the tenant or one of its users, outside conversations. Events of conversations carry an <see cref="EntryResponse"/>.</summary>
/// <param name="Log"><c>$tenant</c>, or <c>$user/{id}</c>.</param>
/// <param name="Seq">Dense in its log: 1, 2, 3 …</param>
/// <param name="Type">Such as <c>user.created</c>; an open list.</param>
/// <param name="ActorId">The user who did it; null: the tenant's backend or the platform.</param>
/// <param name="Data">What else the type says. Never a secret, nor the hash of one.</param>
public sealed record PlatformEventData(string Log, long Seq, string Type, string? ActorId, DateTimeOffset At, JsonElement? Data);

/// <summary>The <c>data</c> of an event on <c>presence</c>: how a user is there, as everybody may know it.</summary>
/// <param name="Status"><c>offline</c> also for one who does not want to be seen.</param>
/// <param name="Text">What the user says about it; null: nothing.</param>
/// <param name="LastSeenAt">When the user was last to be seen; null: is to be seen, or never was.</param>
/// <param name="Version">Rises with each change: of two events of a user the one with the higher version is the newer one.</param>
public sealed record PresenceEventData(string UserId, PresenceStatus Status, string? Text, DateTimeOffset? LastSeenAt, long Version);

/// <summary>The <c>data</c> of an event on <c>internal.dlq</c>: what could not be handled, and why.</summary>
/// <param name="Group">The consumer group that gave up; <c>publisher</c>: it could not be published.</param>
/// <param name="Topic">Where the record was.</param>
/// <param name="Key">The record's key.</param>
/// <param name="RecordId">The CloudEvent's id.</param>
/// <param name="Reason">Why, without secrets.</param>
/// <param name="Event">The record as it was, or what can be said of it.</param>
public sealed record DeadLetterData(string Group, string Topic, string Key, string RecordId, string Reason, DateTimeOffset At, string Event);

/// <summary>The <c>data</c> of <c>event.unavailable</c>: the event that belongs in this place could not be made.</summary>
/// <param name="Log">A conversation's id, <c>$tenant</c>, or <c>$user/{id}</c>.</param>
/// <param name="Seq">The event's, dense in its log.</param>
/// <param name="Type">The event's, such as <c>message.created</c>.</param>
/// <param name="At">When it happened.</param>
/// <param name="EventId">The id that the event has, should it be told later.</param>
/// <param name="Reason"><c>missing</c>: the store does not show it; <c>unwritable</c>: it does, and no event can be made of it.</param>
public sealed record EventUnavailableData(string Log, long Seq, string Type, DateTimeOffset At, string EventId, string Reason);

/// <summary>The <c>data</c> of the event with which a webhook is tried.</summary>
public sealed record WebhookPingData(string WebhookId);
