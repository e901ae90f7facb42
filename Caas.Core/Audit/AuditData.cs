namespace Caas.Core.Audit;

/// <summary>What an entry <c>audit.recorded</c> of <c>$tenant</c> says.</summary>
/// <param name="By">Who: <c>admin</c>, <c>key:{id}</c>, <c>user:{id}</c>; <c>anonymous</c> where credentials do not prove it.</param>
/// <param name="Action">What.</param>
/// <param name="Target">To what: ids by their names. Users stand under names that end with <c>userId</c>, by which erasure finds them.</param>
/// <param name="Reason">Why it was refused; null: it was done.</param>
/// <param name="Count">Of what was refused: how many calls the record stands for.</param>
/// <param name="Since">When the first of several calls came, or the one of which it is not known what came of it.</param>
/// <param name="Outcome"><c>unknown</c>: it may have been done or not; null: <paramref name="Reason"/> says it.</param>
internal sealed record AuditRecordedData(
    string By, string Action, IReadOnlyDictionary<string, string> Target, string? IpAddress, string? TraceId, string? Reason = null, int? Count = null, DateTimeOffset? Since = null, string? Outcome = null);
