namespace Caas.Core.Usage;

/// <summary>What tenants use, month by month, and how many connections each replica has now.</summary>
/// <remarks>Every method may throw <see cref="Entries.StoreUnavailableException"/>.</remarks>
public interface IUsageStore
{
    /// <summary>The most users of one <see cref="AddActiveAsync"/>: one step of the store, which others wait for.</summary>
    const int MostUsers = 500;

    /// <summary>Adds messages to a tenant's month: all, or, when it throws, perhaps.</summary>
    /// <param name="month"><c>2026-11</c>, UTC.</param>
    Task AddMessagesAsync(TenantId tenant, string month, long messages, CancellationToken cancellationToken);

    /// <summary>Notes who was active in a tenant's month, each once. Safe to repeat.</summary>
    Task AddActiveAsync(TenantId tenant, string month, IReadOnlyCollection<string> users, CancellationToken cancellationToken);

    /// <summary>The messages of a tenant's month alone, which costs nothing; zero where nothing is known.</summary>
    Task<long> CountMessagesAsync(TenantId tenant, string month, CancellationToken cancellationToken);

    /// <summary>Says how many connections a replica has, instead of what it said before: good until <paramref name="until"/>. Raises the month's peaks of these tenants over all replicas.</summary>
    /// <param name="counts">Every tenant that it has connections of; others have none there. Empty: the replica goes, or has none.</param>
    Task ReportAsync(string replica, IReadOnlyDictionary<TenantId, long> counts, string month, DateTimeOffset now, DateTimeOffset until, CancellationToken cancellationToken);

    /// <summary>A tenant's month; zeros where nothing is known.</summary>
    Task<MonthUsage> ReadAsync(TenantId tenant, string month, CancellationToken cancellationToken);

    /// <summary>A tenant's connections now, by what replicas said last.</summary>
    /// <param name="living">Only what these said; null: what all said that is still good.</param>
    Task<long> CountConnectionsAsync(TenantId tenant, IReadOnlyCollection<string>? living, DateTimeOffset now, CancellationToken cancellationToken);
}

/// <summary>What a tenant used in a month.</summary>
public sealed record MonthUsage(long Messages, long ActiveUsers, long PeakConnections);
