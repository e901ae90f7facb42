using System.Text.Json;
using System.Text.Json.Serialization;

namespace Caas.Contracts;

/// <summary>A stretch of the tenant's history, in order.</summary>
/// <param name="Items">CloudEvents 1.0, as they are published: with messages in their current state.</param>
/// <param name="Next">What to send as <c>after</c> to go on: always there, also behind what a filter left out.</param>
/// <param name="Complete">Whether nothing more was there when this was read.</param>
public sealed record EventPage(IReadOnlyList<EventResponse> Items, string Next, bool Complete);

/// <summary>One event: a CloudEvent 1.0 in its JSON format, whose attributes are in lower case.</summary>
/// <param name="SpecVersion"><c>1.0</c>.</param>
/// <param name="Id"><c>tenant/log/seq</c>: the same every time the event is told, on every way.</param>
/// <param name="Source"><c>/caas/tenants/{id}</c>.</param>
/// <param name="Type">Such as <c>caas.message.created</c>; an open list.</param>
/// <param name="Subject">The log: a conversation's id, <c>$tenant</c>, <c>$user/{id}</c>.</param>
/// <param name="Seq">A decimal number: 1, 2, 3 … in its log.</param>
/// <param name="Position">A decimal number: 1, 2, 3 … in the tenant's history; as good as <c>next</c> to go on behind this event.</param>
/// <param name="Data">Of a conversation the entry; else what happened to the tenant or user.</param>
public sealed record EventResponse(
    [property: JsonPropertyName("specversion")] string SpecVersion,
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("source")] string Source,
    [property: JsonPropertyName("type")] string Type,
    [property: JsonPropertyName("subject")] string Subject,
    [property: JsonPropertyName("time")] DateTimeOffset? Time,
    [property: JsonPropertyName("datacontenttype")] string? DataContentType,
    [property: JsonPropertyName("tenantid")] string TenantId,
    [property: JsonPropertyName("seq")] string Seq,
    [property: JsonPropertyName("position")] string Position,
    [property: JsonPropertyName("data")] JsonElement Data);
