namespace Caas.Contracts;

/// <summary>One administrative or security action: who, what, when, from where.</summary>
/// <param name="Id">Rises with time.</param>
/// <param name="Actor"><c>admin</c>, <c>key:{id}</c>, <c>user:{id}</c>, or <c>platform</c>; <c>anonymous</c> where credentials that were refused do not prove it.</param>
/// <param name="Action">Such as <c>api_key.created</c>; an open list.</param>
/// <param name="Target">What it was done to: ids by their names, such as <c>userId</c>; who is meant where a backend calls for a user, too.</param>
/// <param name="IpAddress">Where the call came from; null: from no call.</param>
/// <param name="TraceId">As in the service's log, and in answers to refused calls; of several calls the last one's.</param>
/// <param name="Reason">Why it was refused: a problem's code, or what was wrong with the credentials; null: it was done.</param>
/// <param name="Count">How many calls the entry stands for; above 1 only for what was refused.</param>
/// <param name="Since">When the first of several calls came, or the one of which it is not known what came of it; <c>at</c> is when they were recorded.</param>
/// <param name="Outcome"><c>done</c>, <c>refused</c>, or <c>unknown</c>: the process that did it died before it could say what came of it.</param>
public sealed record AuditEntryResponse(string Id, DateTimeOffset At, string Actor, string Action, IReadOnlyDictionary<string, string> Target, string? IpAddress, string? TraceId, string? Reason = null, int Count = 1, DateTimeOffset? Since = null, string Outcome = "done");
