namespace Caas.Core.Usage;

/// <summary>What tenants use, month by month, and how many connections each replica has now.</summary>
/// <remarks>Every method may throw <see cref="Entries.StoreUnavailableException"/>.</remarks>
public interface IUsageStore
{
    /// <summary>Adds messages to their months, and notes who was active in them (each once).</summary>
    Task AddAsync(IReadOnlyList<UsageDelta> deltas, CancellationToken cancellationToken);

    /// <summary>Says how many connections a replica has, instead of what it said before: good until <paramref name="until"/>. Raises the month's peaks of these tenants over all replicas.</summary>
    /// <param name="counts">Every tenant that it has connections of; others have none there. Empty: the replica goes, or has none.</param>
    Task ReportAsync(string replica, IReadOnlyDictionary<TenantId, long> counts, string month, DateTimeOffset now, DateTimeOffset until, CancellationToken cancellationToken);

    /// <summary>A tenant's month; zeros where nothing is known.</summary>
    Task<MonthUsage> ReadAsync(TenantId tenant, string month, CancellationToken cancellationToken);

    /// <summary>A tenant's connections now, by what replicas said last.</summary>
    /// <param name="living">Only what these said; null: what all said that is still good.</param>
    Task<long> CountConnectionsAsync(TenantId tenant, IReadOnlyCollection<string>? living, DateTimeOffset now, CancellationToken cancellationToken);
}

/// <param name="Month"><c>2026-11</c>, UTC.</param>
public sealed record UsageDelta(TenantId Tenant, string Month, long Messages, IReadOnlyCollection<string> ActiveUsers);

/// <summary>What a tenant used in a month.</summary>
public sealed record MonthUsage(long Messages, long ActiveUsers, long PeakConnections);
