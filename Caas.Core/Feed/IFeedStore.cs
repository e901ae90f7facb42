using Caas.Core.Entries;

namespace Caas.Core.Feed;

/// <summary>
/// The feed: each tenant's whole history in one order, (tenant, position, log, seq), unique on (tenant, position) and on (tenant, log, seq).
/// Only the projector writes it; the two unique pairs fence a zombie.
/// </summary>
/// <remarks>Every method may throw <see cref="StoreUnavailableException"/>.</remarks>
public interface IFeedStore
{
    /// <summary>Appends headers, each with its tenant's next position (1, 2, 3 …); those that stand in the feed already are skipped.</summary>
    /// <exception cref="FencedException">Another projector has the lease with a higher epoch.</exception>
    Task AppendAsync(IReadOnlyList<EntryHeader> headers, long epoch, CancellationToken cancellationToken);

    /// <summary>A tenant's items after a position, ascending.</summary>
    Task<IReadOnlyList<FeedItem>> ReadAsync(TenantId tenant, long after, int limit, CancellationToken cancellationToken);

    /// <summary>A tenant's newest position; 0: empty.</summary>
    Task<long> ReadHeadAsync(TenantId tenant, CancellationToken cancellationToken);

    /// <summary>The tenants whose feed has gone on beyond a consumer's position, with that position (0: none yet).</summary>
    Task<IReadOnlyList<(TenantId Tenant, long Position)>> ReadBehindAsync(string consumer, int limit, CancellationToken cancellationToken);

    /// <summary>Moves a consumer's position in a tenant's feed, forward only.</summary>
    /// <exception cref="FencedException">The consumer's lease has a higher epoch.</exception>
    Task SavePositionAsync(string consumer, TenantId tenant, long position, long epoch, CancellationToken cancellationToken);

    /// <summary>The projector's place in the source; null: it never was here.</summary>
    Task<SavedSourcePosition?> ReadSourcePositionAsync(string consumer, CancellationToken cancellationToken);

    /// <summary>Moves the projector's place in the source.</summary>
    /// <param name="at">The commit time (or append time) of the newest entry before it: from where to rescan when the position is lost.</param>
    /// <exception cref="FencedException">The consumer's lease has a higher epoch.</exception>
    Task SaveSourcePositionAsync(string consumer, SourcePosition position, DateTimeOffset at, long epoch, CancellationToken cancellationToken);
}

/// <summary>One item of a tenant's feed.</summary>
public sealed record FeedItem(long Position, EntryHeader Entry);

/// <summary>A place in the source and the time that belongs to it.</summary>
public sealed record SavedSourcePosition(SourcePosition Position, DateTimeOffset At);

/// <summary>Somebody else holds the lease now: stop at once.</summary>
public sealed class FencedException(string message) : Exception(message);
