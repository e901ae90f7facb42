namespace Caas.Core.Audit;

/// <summary>What an entry <c>audit.recorded</c> of <c>$tenant</c> says.</summary>
/// <param name="By">Who: <c>admin</c>, <c>key:{id}</c>, <c>user:{id}</c>.</param>
/// <param name="Action">What.</param>
/// <param name="Target">To what: ids by their names. Users stand under names that end with <c>userId</c>, by which erasure finds them.</param>
internal sealed record AuditRecordedData(string By, string Action, IReadOnlyDictionary<string, string> Target, string? IpAddress, string? TraceId);
