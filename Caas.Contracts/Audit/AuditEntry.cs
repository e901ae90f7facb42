namespace Caas.Contracts;

/// <summary>One administrative or security action: who, what, when, from where.</summary>
/// <param name="Id">Rises with time.</param>
/// <param name="Actor"><c>admin</c>, <c>key:{id}</c>, <c>user:{id}</c>, or <c>platform</c>.</param>
/// <param name="Action">Such as <c>api_key.created</c>; an open list.</param>
/// <param name="Target">What it was done to: ids by their names, such as <c>userId</c>; who is meant where a backend calls for a user, too.</param>
/// <param name="IpAddress">Where the call came from; null: from no call.</param>
/// <param name="TraceId">As in the service's log, and in answers to refused calls.</param>
public sealed record AuditEntryResponse(string Id, DateTimeOffset At, string Actor, string Action, IReadOnlyDictionary<string, string> Target, string? IpAddress, string? TraceId);
