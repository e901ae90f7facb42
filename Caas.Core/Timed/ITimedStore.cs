using Caas.Core.Entries;

namespace Caas.Core.Timed;

/// <summary>What is to be done at a time: messages that are sent later, reminders.</summary>
/// <remarks>Every method may throw <see cref="StoreUnavailableException"/>.</remarks>
public interface ITimedStore
{
    /// <summary>Stores an item. One with its id that is there stays as it is.</summary>
    Task AddAsync(TimedItem item, CancellationToken cancellationToken);

    Task<TimedItem?> FindAsync(TimedPlace place, string id, CancellationToken cancellationToken);

    /// <summary>The items of a place by id ascending (ordinal), after <paramref name="after"/>.</summary>
    /// <param name="owner">Only this user's; null: everybody's.</param>
    Task<IReadOnlyList<TimedItem>> ListAsync(TimedPlace place, UserId? owner, string? after, int limit, CancellationToken cancellationToken);

    /// <summary>How many <see cref="ListAsync"/> would give.</summary>
    Task<int> CountAsync(TimedPlace place, UserId? owner, CancellationToken cancellationToken);

    /// <summary>Those that wait and whose time has come, of all tenants, the longest due first.</summary>
    Task<IReadOnlyList<TimedItem>> ListDueAsync(DateTimeOffset at, int limit, CancellationToken cancellationToken);

    /// <summary>Replaces an item, unless it is gone.</summary>
    Task UpdateAsync(TimedItem item, CancellationToken cancellationToken);

    /// <returns>Whether it was there.</returns>
    Task<bool> DeleteAsync(TimedPlace place, string id, CancellationToken cancellationToken);
}

/// <summary>Where items are listed.</summary>
/// <param name="Kind">What is done, such as <c>message</c>: one handler has it.</param>
/// <param name="Name">A conversation's id, or a user's.</param>
public sealed record TimedPlace(TenantId Tenant, string Kind, string Name);

/// <param name="Id">A UUIDv7.</param>
/// <param name="Owner">In whose name it is done; null: the tenant's backend.</param>
/// <param name="DueAt">In whole milliseconds.</param>
/// <param name="Waiting">Whether it is still to be done.</param>
/// <param name="Body">JSON, for its handler alone.</param>
public sealed record TimedItem(TimedPlace Place, string Id, UserId? Owner, DateTimeOffset DueAt, bool Waiting, string Body);
