using Caas.Core.Callers;

namespace Caas.Core.RateLimits;

/// <summary>What a hub call counts as.</summary>
public enum HubAction
{
    /// <summary>Sending, editing, deleting, reacting: a burst may have twice the rate.</summary>
    Message,

    /// <summary>Starting or stopping to type.</summary>
    Typing,

    /// <summary>Joining, leaving or reading conversations.</summary>
    Join,

    /// <summary>Marking what one has or has read: five times the rate of messages, since marks gather.</summary>
    Mark,

    /// <summary>What devices say to each other to connect, and measure: five times the rate of messages, since ways to be reached come in bursts.</summary>
    Signal,

    /// <summary>What rings at others: by the minute.</summary>
    Call,
}

/// <summary>
/// Token buckets of the hub, per user and kind of call. A call is judged here at once; what was spent is told to the other replicas behind it, and what they spent is taken off here: one burst
/// in all, and a little more while the news travels. Where nobody can be told, each replica counts alone.
/// </summary>
public sealed class HubRateLimiter(RateLimitPolicy policy, ISharedBuckets shared, TimeProvider clock)
{
    private const int MarksPerMessage = 5;

    private readonly BucketTable<TokenBucket> _buckets = new(bucket => bucket.IsFull(clock.GetTimestamp()));

    /// <summary>Takes one from the caller's bucket. <see cref="RateLimitDecision.ResetAfter"/> is when the next one is there if it was refused, otherwise when the bucket is full again.</summary>
    public async ValueTask<RateLimitDecision> TakeAsync(Caller caller, HubAction action, CancellationToken cancellationToken)
    {
        var limits = await policy.ForTenantAsync(caller.Tenant, cancellationToken);
        double? perSecond = action switch
        {
            HubAction.Message => limits.HubMessagesPerSecond,
            HubAction.Mark or HubAction.Signal => limits.HubMessagesPerSecond * MarksPerMessage,
            HubAction.Call => policy.CallsPerMinute / 60.0,
            HubAction.Typing => limits.HubTypingPerSecond,
            _ => limits.HubJoinsPerSecond,
        };
        if (perSecond is not > 0)
        {
            return new(true, 0, int.MaxValue, TimeSpan.Zero);
        }

        var burst = (int)Math.Round(action switch { HubAction.Message or HubAction.Mark or HubAction.Signal => perSecond.Value * 2, HubAction.Call => perSecond.Value * 60, _ => perSecond.Value });
        var name = $"{caller.Key}/{action}";
        var bucket = _buckets.Get(name, () => new TokenBucket(clock.GetTimestamp(), clock.TimestampFrequency));
        var decision = bucket.Take(clock.GetTimestamp(), perSecond.Value, burst, out var tell);
        if (tell > 0)
        {
            _ = TellAsync(name, bucket, tell, perSecond.Value, burst);
        }

        return decision;
    }

    /// <summary>Beside the call, which does not wait for it; at most one per bucket at a time.</summary>
    private async Task TellAsync(string name, TokenBucket bucket, int tell, double perSecond, int burst)
    {
        while (tell > 0)
        {
            double? left = null;
            try
            {
                left = await shared.SpendAsync(name, tell, perSecond, burst, CancellationToken.None);
            }
            finally
            {
                tell = bucket.Told(left, clock.GetTimestamp());
            }
        }
    }
}
