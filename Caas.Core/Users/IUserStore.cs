namespace Caas.Core.Users;

/// <summary>Users as projected from their logs. One who was erased is found by nothing but <see cref="FindAnyAsync"/>.</summary>
/// <remarks>Every method may throw <see cref="Entries.StoreUnavailableException"/>.</remarks>
public interface IUserStore
{
    Task<User?> FindAsync(TenantId tenant, UserId id, CancellationToken cancellationToken);

    /// <summary>Also one who was erased.</summary>
    Task<User?> FindAnyAsync(TenantId tenant, UserId id, CancellationToken cancellationToken);

    /// <summary>Those of <paramref name="ids"/> who exist, in no particular order.</summary>
    Task<IReadOnlyList<User>> FindManyAsync(TenantId tenant, IReadOnlyCollection<UserId> ids, CancellationToken cancellationToken);

    /// <summary>Stores each user whose stored rev is below its own.</summary>
    Task SaveAsync(IReadOnlyList<User> users, CancellationToken cancellationToken);

    /// <summary>Users by id ascending (ordinal), after <paramref name="after"/>; with <paramref name="query"/> those whose id or name starts with it, whatever its case.</summary>
    Task<IReadOnlyList<User>> ListAsync(TenantId tenant, string? query, UserId? after, int limit, CancellationToken cancellationToken);

    /// <summary>How many users the tenant has, deactivated ones not counted.</summary>
    Task<long> CountAsync(TenantId tenant, CancellationToken cancellationToken);
}
