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
    Task<IReadOnlyList<TimedItem>> ListAsync(TimedPlace place, TimedOwner owner, string? after, int limit, CancellationToken cancellationToken);

    /// <summary>How many <see cref="ListAsync"/> would give.</summary>
    Task<int> CountAsync(TimedPlace place, TimedOwner owner, CancellationToken cancellationToken);

    /// <summary>Those of one kind that wait and whose time has come, the longest due first.</summary>
    /// <param name="except">Tenants that are left out; empty: none.</param>
    Task<IReadOnlyList<TimedItem>> ListDueAsync(string kind, IReadOnlyCollection<TenantId> except, DateTimeOffset at, int limit, CancellationToken cancellationToken);

    /// <summary>Those of one kind and tenant that do not wait any more and were due before, the longest first.</summary>
    Task<IReadOnlyList<TimedItem>> ListSetAsideAsync(TenantId tenant, string kind, DateTimeOffset before, int limit, CancellationToken cancellationToken);

    /// <summary>Changes when an item is due, and nothing else of it: what somebody else wrote into it meanwhile stays.</summary>
    /// <param name="until">Null: it waits no more and is set aside, with the time that it was due.</param>
    /// <returns>Whether it was there.</returns>
    Task<bool> PutOffAsync(TimedPlace place, string id, DateTimeOffset? until, CancellationToken cancellationToken);

    /// <summary>Replaces an item's time, body and whether it waits, if it still is as it was read: due at the same time, waiting or not, with the same body.</summary>
    /// <returns>False: it was changed meanwhile, or is gone.</returns>
    Task<bool> ReplaceAsync(TimedItem read, TimedItem item, CancellationToken cancellationToken);

    /// <returns>Whether it was there.</returns>
    Task<bool> DeleteAsync(TimedPlace place, string id, CancellationToken cancellationToken);

    /// <summary>Deletes all items of a place. Safe to repeat.</summary>
    Task DeleteAllAsync(TimedPlace place, CancellationToken cancellationToken);
}

/// <summary>Whose items are meant.</summary>
public readonly record struct TimedOwner
{
    private readonly bool _one;

    private TimedOwner(UserId? user) => (User, _one) = (user, true);

    public static TimedOwner Everybody => default;

    public bool IsEverybody => !_one;

    /// <summary>Null: the tenant's backend, unless it is everybody.</summary>
    public UserId? User { get; }

    /// <summary>One user's; of null the tenant's backend's, and no user's.</summary>
    public static TimedOwner Of(UserId? user) => new(user);
}

/// <summary>Where items are listed.</summary>
/// <param name="Kind">What is done, such as <c>message</c>: one handler has it.</param>
/// <param name="Name">A conversation's id, or a user's.</param>
public sealed record TimedPlace(TenantId Tenant, string Kind, string Name);

/// <param name="Id">Its name in its place: a UUIDv7 where items are listed, which sorts them by the time they were made; the same each time where a place has one of a sort.</param>
/// <param name="Owner">In whose name it is done; null: the tenant's backend.</param>
/// <param name="DueAt">In whole milliseconds.</param>
/// <param name="Waiting">Whether it is still to be done.</param>
/// <param name="Body">JSON, for its handler alone.</param>
public sealed record TimedItem(TimedPlace Place, string Id, UserId? Owner, DateTimeOffset DueAt, bool Waiting, string Body);
