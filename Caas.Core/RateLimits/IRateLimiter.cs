namespace Caas.Core.RateLimits;

/// <summary>Counts calls per bucket over all processes. Falls back to counting locally when the shared counter is gone: it never fails a call.</summary>
public interface IRateLimiter
{
    /// <summary>Takes one from the bucket's current fixed window.</summary>
    /// <param name="bucket">Starts with the tenant, such as <c>acme/user:alice</c>.</param>
    /// <param name="limit">How many a window allows, above 0.</param>
    ValueTask<RateLimitDecision> TakeAsync(string bucket, int limit, TimeSpan window, CancellationToken cancellationToken);

    /// <summary>Puts back one that was taken and is not used after all. Where the window has ended meanwhile, or the counter is away, nothing is put back; never fails for that.</summary>
    ValueTask GiveBackAsync(string bucket, CancellationToken cancellationToken);
}

/// <param name="Allowed">Whether the call may go on.</param>
/// <param name="Remaining">How many are left in this window.</param>
/// <param name="ResetAfter">When the window ends.</param>
public readonly record struct RateLimitDecision(bool Allowed, int Limit, int Remaining, TimeSpan ResetAfter);
