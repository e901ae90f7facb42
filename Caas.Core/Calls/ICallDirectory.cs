namespace Caas.Core.Calls;

/// <summary>
/// The calls that go on, shared by all replicas, in Redis. Every change is one atomic step: of two who change the same version one does. Losing it ends the calls; what is durable of them
/// stands in their conversations' logs.
/// </summary>
/// <remarks>Every method throws <see cref="Entries.StoreUnavailableException"/> while nobody keeps it.</remarks>
public interface ICallDirectory
{
    /// <summary>Keeps a new call (version 1), unless its conversation has one that is not over, or somebody who would be in it is in another one.</summary>
    /// <param name="due">When it wants to be looked at: see <see cref="ListDueAsync"/>.</param>
    Task<CallWrite> TryAddAsync(CallState call, DateTimeOffset due, CancellationToken cancellationToken);

    /// <summary>Replaces the version before, unless that is not the newest any more, or somebody who would be in the call is in another one.</summary>
    Task<CallWrite> TryReplaceAsync(CallState call, DateTimeOffset due, CancellationToken cancellationToken);

    Task<CallState?> FindAsync(CallKey call, CancellationToken cancellationToken);

    /// <summary>The versions of calls, in their order; null: it is not kept.</summary>
    Task<IReadOnlyList<long?>> ListVersionsAsync(IReadOnlyList<CallKey> calls, CancellationToken cancellationToken);

    /// <summary>The conversation's call that is not over.</summary>
    Task<string?> FindInAsync(TenantId tenant, ConversationId conversation, CancellationToken cancellationToken);

    /// <summary>The calls that a user is in or that ring for the user.</summary>
    Task<IReadOnlyList<UserCall>> OfUserAsync(TenantId tenant, UserId user, CancellationToken cancellationToken);

    /// <summary>Forgets a call and all that was kept for it.</summary>
    Task DeleteAsync(CallKey call, CancellationToken cancellationToken);

    /// <summary>Calls whose time has come, the longest first. They stay so until they are replaced, put off or deleted.</summary>
    Task<IReadOnlyList<CallKey>> ListDueAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken);

    /// <summary>Changes nothing but when a call wants to be looked at.</summary>
    Task PutOffAsync(CallKey call, DateTimeOffset due, CancellationToken cancellationToken);

    /// <summary>Calls with devices on replicas that are not among those that live.</summary>
    Task<IReadOnlyList<(CallKey Call, string Replica)>> ListLostAsync(IReadOnlyCollection<string> living, int limit, CancellationToken cancellationToken);

    /// <summary>Which of a replica's devices are in calls.</summary>
    Task<IReadOnlyList<(CallKey Call, UserId User)>> ListOnAsync(string replica, CancellationToken cancellationToken);

    /// <summary>
    /// Finds a participant's device, or keeps the signal until there is one: of each to each in order and up to <see cref="KeptSignals.MostOfPair"/>, in the whole call up to
    /// <see cref="KeptSignals.MostBytes"/>. What is kept is dropped when the one who said it, or the one to whom, is neither in the call any more nor rings.
    /// </summary>
    Task<SignalRoute> RouteAsync(CallKey call, UserId from, UserId to, string signal, CancellationToken cancellationToken);

    /// <summary>Takes what was kept for a participant: of each who said something, in order. Once nothing is left, signals go to the device directly: what was kept is told before. Call it until it is empty.</summary>
    /// <param name="connection">The participant's device; another one gets nothing, and changes nothing.</param>
    Task<IReadOnlyList<string>> TakeSignalsAsync(CallKey call, UserId user, string connection, CancellationToken cancellationToken);
}

/// <summary>How much is kept for devices that are not there yet.</summary>
public static class KeptSignals
{
    /// <summary>The most signals of one participant for another.</summary>
    public const int MostOfPair = 100;

    /// <summary>The most bytes in one call.</summary>
    public const int MostBytes = 1024 * 1024;
}

/// <summary>What became of a write.</summary>
public enum CallWriteStatus
{
    Written,

    /// <summary>Somebody was faster: read it again.</summary>
    Stale,

    /// <summary>The conversation has a call already: <see cref="CallWrite.Other"/>.</summary>
    Taken,

    /// <summary>A user, <see cref="CallWrite.Other"/>, is in another call.</summary>
    Busy,
}

/// <param name="Other">See <see cref="CallWriteStatus"/>.</param>
public sealed record CallWrite(CallWriteStatus Status, string? Other = null);

/// <param name="IsIn">False: it rings.</param>
public sealed record UserCall(string CallId, bool IsIn);

public enum SignalRouteStatus
{
    /// <summary>To be sent to <see cref="SignalRoute.Connection"/>.</summary>
    Direct,

    /// <summary>Until the participant's device is there.</summary>
    Kept,

    /// <summary>Too many are kept already.</summary>
    Full,

    /// <summary>There is no such call any more.</summary>
    Gone,
}

public sealed record SignalRoute(SignalRouteStatus Status, string? Connection = null);
