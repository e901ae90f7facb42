using Caas.Contracts;

namespace Caas.Core.Presence;

/// <summary>
/// Who is there now: every replica's devices, what users chose, and the figures of each tenant, in Redis. A device counts while the lease of its replica stands. Every change is one atomic
/// step, and is given to one caller, who tells it. What was given to a replica in an answer that did not come through is given again with its next one: a record's version tells
/// what is known already.
/// </summary>
/// <remarks>Every method throws <see cref="Entries.StoreUnavailableException"/> while nobody keeps it.</remarks>
public interface IPresenceDirectory
{
    /// <summary>Renews a replica's lease, claims the devices of replicas whose lease has ended, and ends choices whose time has come. Costs the same however many devices there are.</summary>
    Task<PresenceTick> TickAsync(string replica, TimeSpan lease, CancellationToken cancellationToken);

    /// <summary>Writes users' devices on a replica.</summary>
    /// <returns>What changed by it; null: the replica has no lease, and nothing was written.</returns>
    Task<IReadOnlyList<PresenceChange>?> ReportAsync(string replica, IReadOnlyList<DeviceReport> reports, CancellationToken cancellationToken);

    /// <summary>Writes what a user wants, unless something newer is known.</summary>
    /// <returns>What changed by it; null: nothing.</returns>
    Task<PresenceChange?> ChooseAsync(TenantId tenant, UserId user, PresenceChoice choice, CancellationToken cancellationToken);

    /// <summary>Forgets what a user wants and, unless a device is connected, that there ever was such a user.</summary>
    /// <returns>What changed by it; null: nothing.</returns>
    Task<PresenceChange?> ForgetAsync(TenantId tenant, UserId user, CancellationToken cancellationToken);

    /// <summary>How users are there, in the order of <paramref name="users"/>: also right while nobody sweeps.</summary>
    Task<IReadOnlyList<PresenceRecord>> ReadAsync(TenantId tenant, IReadOnlyList<UserId> users, CancellationToken cancellationToken);

    Task<PresenceSummary> SummarizeAsync(TenantId tenant, CancellationToken cancellationToken);
}

/// <param name="Renewed">False: the lease was gone, and with it, perhaps, the replica's devices. It stands again now; they must be written again.</param>
/// <param name="More">There is more to be swept: come again at once.</param>
public sealed record PresenceTick(bool Renewed, bool More, IReadOnlyList<PresenceChange> Changes);
