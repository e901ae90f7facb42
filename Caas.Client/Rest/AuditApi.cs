using System.Globalization;
using Caas.Contracts;
using static Caas.Client.RestCaller;

namespace Caas.Client;

/// <summary>Which actions are listed.</summary>
/// <param name="Actor"><c>admin</c>, <c>key:{id}</c>, <c>user:{id}</c>, <c>platform</c>.</param>
/// <param name="Action">Such as <c>api_key.created</c>, or <c>api_key.*</c>.</param>
public sealed record AuditFilter(string? Actor = null, string? Action = null, DateTimeOffset? From = null, DateTimeOffset? To = null);

/// <summary>Who did what to the tenant, when, and from where; for the backend.</summary>
public sealed class AuditApi
{
    private readonly RestCaller _caller;

    internal AuditApi(RestCaller caller) => _caller = caller;

    /// <summary>The newest first, page by page as it is asked for.</summary>
    public IAsyncEnumerable<AuditEntryResponse> ListAsync(AuditFilter? filter = null, CancellationToken cancellationToken = default) =>
        _caller.ListAsync<AuditEntryResponse>(Query("/v1/audit-log", ("actor", filter?.Actor), ("action", filter?.Action), ("from", Text(filter?.From)), ("to", Text(filter?.To))), cancellationToken);

    private static string? Text(DateTimeOffset? time) => time?.UtcDateTime.ToString("o", CultureInfo.InvariantCulture);
}
