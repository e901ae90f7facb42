namespace Caas.Core.Feed;

/// <summary>Leases in the store, with the store's own clock: at most one holder of a name at a time, each with a higher epoch than the one before.</summary>
/// <remarks>Every method may throw <see cref="Entries.StoreUnavailableException"/>.</remarks>
public interface ILeaseStore
{
    /// <summary>Takes the lease when it is free, has run out, or is <paramref name="holder"/>'s own (then it is renewed and the epoch stays, also when it has run out meanwhile).</summary>
    /// <returns>The epoch, 1 or more; null: another one holds it.</returns>
    Task<long?> AcquireAsync(string name, string holder, TimeSpan duration, CancellationToken cancellationToken);

    /// <summary>Gives the lease back at once, when <paramref name="holder"/> has it; the next one to take it, whoever it is, gets a higher epoch.</summary>
    Task ReleaseAsync(string name, string holder, CancellationToken cancellationToken);
}
