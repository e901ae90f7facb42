using Caas.Core.Entries;

namespace Caas.Core.SlowMode;

/// <summary>When members last took the turn to send, where there is slow mode.</summary>
/// <remarks>Every method may throw <see cref="StoreUnavailableException"/>.</remarks>
public interface ISlowModeStore
{
    /// <summary>
    /// Takes a member's turn when the last one is at least <paramref name="interval"/> ago, or was taken with the same client id (the same call again). Of calls at the same moment, on whatever
    /// process, one takes it. Durable when it returns.
    /// </summary>
    /// <returns>Null: taken; otherwise when the last one was.</returns>
    Task<DateTimeOffset?> TakeAsync(LogId log, UserId user, string? clientId, DateTimeOffset now, TimeSpan interval, CancellationToken cancellationToken);
}
