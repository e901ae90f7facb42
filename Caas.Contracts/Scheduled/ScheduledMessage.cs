using System.Text.Json.Serialization;

namespace Caas.Contracts;

/// <summary>Schedules a message.</summary>
/// <param name="SendAt">When it is sent: in the future, at most 366 days ahead.</param>
/// <param name="Message">What is sent; without a <c>clientMessageId</c>, which follows from the scheduled message's id.</param>
public sealed record ScheduleMessageRequest(DateTimeOffset SendAt, SendMessageRequest Message);

/// <summary>What becomes of a scheduled message. One that was sent is a message, and no longer here.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<ScheduledStatus>))]
public enum ScheduledStatus
{
    Waiting,
    Failed,
}

/// <summary>A message that is sent later, or could not be sent.</summary>
/// <param name="SenderId">In whose name; null: the tenant's backend.</param>
/// <param name="Error">Why it was not sent, as <c>code: detail</c>.</param>
public sealed record ScheduledMessageResponse(string Id, string ConversationId, string? SenderId, DateTimeOffset SendAt, SendMessageRequest Message, ScheduledStatus Status, string? Error, DateTimeOffset CreatedAt);
