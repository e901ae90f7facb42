using Caas.Core.Entries;

namespace Caas.Core.Blocks;

/// <summary>Who blocks whom, as projected from users' logs.</summary>
/// <remarks>Every method may throw <see cref="StoreUnavailableException"/>.</remarks>
public interface IBlockStore
{
    /// <summary>Stores a row where its <see cref="Block.Seq"/> is above the stored one (the latest entry wins). Safe to repeat.</summary>
    Task ApplyAsync(TenantId tenant, Block block, CancellationToken cancellationToken);

    /// <summary>Whom a user blocks now, by the other's id ascending (ordinal), after <paramref name="after"/>.</summary>
    Task<IReadOnlyList<Block>> ListAsync(TenantId tenant, UserId user, UserId? after, int limit, CancellationToken cancellationToken);

    /// <summary>Whom a user blocks now, and who blocks the user.</summary>
    Task<BlockSet> ReadAsync(TenantId tenant, UserId user, CancellationToken cancellationToken);
}

/// <summary>One user blocks, or blocked, another.</summary>
/// <param name="Seq">The seq of the last entry about it in the log of <paramref name="User"/>.</param>
/// <param name="At">In whole milliseconds.</param>
public sealed record Block(UserId User, UserId Other, long Seq, DateTimeOffset At, bool Removed);
