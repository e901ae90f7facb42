using Caas.Core.Entries;

namespace Caas.Core.Feed;

/// <summary>
/// The feed: each tenant's whole history in one order, (tenant, position, log, seq), unique on (tenant, position) and on (tenant, log, seq), so dense per tenant.
/// Only the projector writes it, and it gives the entries of a log in seq order.
/// </summary>
/// <remarks>
/// Fencing: a place that was saved with an epoch is closed to every lower epoch. The two unique pairs do the rest: position n + 1 is inserted only where n is known to be
/// committed, so what a zombie writes between a check and an insert is either refused or is what its successor would have written.
/// Every method may throw <see cref="StoreUnavailableException"/>.
/// </remarks>
public interface IFeedStore
{
    /// <summary>Appends headers in this order, each with its tenant's next position (1, 2, 3 …); those that stand in the feed already are skipped. Safe to repeat.</summary>
    /// <exception cref="FencedException">A higher epoch has saved the source position of <see cref="FeedConsumers.Projector"/>, or another writer was seen at work: stop.</exception>
    Task AppendAsync(IReadOnlyList<EntryHeader> headers, long epoch, CancellationToken cancellationToken);

    /// <summary>A tenant's items after a position, ascending: always a dense stretch.</summary>
    Task<IReadOnlyList<FeedItem>> ReadAsync(TenantId tenant, long after, int limit, CancellationToken cancellationToken);

    /// <summary>A tenant's newest position; 0: empty.</summary>
    Task<long> ReadHeadAsync(TenantId tenant, CancellationToken cancellationToken);

    /// <summary>The newest position of each tenant, in the order asked for; 0: empty.</summary>
    Task<IReadOnlyList<long>> ReadHeadsAsync(IReadOnlyList<TenantId> tenants, CancellationToken cancellationToken);

    /// <summary>The newest seq of each log that stands in the feed, in the order asked for; 0: none.</summary>
    Task<IReadOnlyList<long>> ReadLastSeqsAsync(IReadOnlyList<LogId> logs, CancellationToken cancellationToken);

    /// <summary>The tenants whose feed has gone on beyond a consumer's position, by tenant id ascending (ordinal), after <paramref name="after"/>.</summary>
    Task<IReadOnlyList<FeedLag>> ReadBehindAsync(string consumer, TenantId? after, int limit, CancellationToken cancellationToken);

    /// <summary>A consumer's position in a tenant's feed; 0: it never was here.</summary>
    Task<long> ReadPositionAsync(string consumer, TenantId tenant, CancellationToken cancellationToken);

    /// <summary>Moves a consumer's position in a tenant's feed, forward only: a stored one that is further stays (its epoch is raised all the same).</summary>
    /// <exception cref="FencedException">A higher epoch has saved this consumer's position in this tenant.</exception>
    Task SavePositionAsync(string consumer, TenantId tenant, long position, long epoch, CancellationToken cancellationToken);

    /// <summary>The projector's place in the source; null: it never was here.</summary>
    Task<SavedSourcePosition?> ReadSourcePositionAsync(string consumer, CancellationToken cancellationToken);

    /// <summary>Sets the projector's place in the source.</summary>
    /// <param name="at">The commit time (or append time) of the newest entry before it: from where to rescan when the position is lost.</param>
    /// <exception cref="FencedException">A higher epoch has saved this consumer's place.</exception>
    Task SaveSourcePositionAsync(string consumer, SourcePosition position, DateTimeOffset at, long epoch, CancellationToken cancellationToken);
}

/// <summary>The names under which the platform itself keeps places and leases.</summary>
public static class FeedConsumers
{
    /// <summary>Follows the source and writes the feed.</summary>
    public const string Projector = "projector";

    /// <summary>Drains the feed to Kafka.</summary>
    public const string Publisher = "publisher";

    /// <summary>A consumer group of the bus over the feed.</summary>
    public static string Group(string group) => "bus/" + group;
}

/// <summary>One item of a tenant's feed.</summary>
public sealed record FeedItem(long Position, EntryHeader Entry);

/// <summary>How far a consumer is in a tenant's feed.</summary>
/// <param name="Position">The consumer's; 0: none yet.</param>
/// <param name="Head">The feed's newest.</param>
public sealed record FeedLag(TenantId Tenant, long Position, long Head);

/// <summary>A place in the source and the time that belongs to it.</summary>
public sealed record SavedSourcePosition(SourcePosition Position, DateTimeOffset At);

/// <summary>Somebody else holds the lease now: stop at once.</summary>
public sealed class FencedException(string message, Exception? innerException = null) : Exception(message, innerException);
