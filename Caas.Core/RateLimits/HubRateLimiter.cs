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
}

/// <summary>Token buckets of the hub, per user and kind of call, local to the replica: a call costs no round trip.</summary>
public sealed class HubRateLimiter(RateLimitPolicy policy, TimeProvider clock)
{
    private readonly BucketTable<TokenBucket> _buckets = new(bucket => bucket.IsFull(clock.GetTimestamp()));

    /// <summary>Takes one from the caller's bucket. <see cref="RateLimitDecision.ResetAfter"/> is when the next one is there if it was refused, otherwise when the bucket is full again.</summary>
    public async ValueTask<RateLimitDecision> TakeAsync(Caller caller, HubAction action, CancellationToken cancellationToken)
    {
        var limits = await policy.ForTenantAsync(caller.Tenant, cancellationToken);
        var perSecond = action switch
        {
            HubAction.Message => limits.HubMessagesPerSecond,
            HubAction.Typing => limits.HubTypingPerSecond,
            _ => limits.HubJoinsPerSecond,
        };
        if (perSecond is not > 0)
        {
            return new(true, 0, int.MaxValue, TimeSpan.Zero);
        }

        var burst = action == HubAction.Message ? perSecond.Value * 2 : perSecond.Value;
        return _buckets.Get($"{caller.Key}/{action}", () => new TokenBucket(clock.GetTimestamp(), clock.TimestampFrequency)).Take(clock.GetTimestamp(), perSecond.Value, burst);
    }

    private sealed class TokenBucket(long created, long frequency)
    {
        private readonly Lock _lock = new();
        private long _at = created;
        private double _tokens = double.MaxValue;
        private int _perSecond = 1;
        private int _burst = 1;

        public RateLimitDecision Take(long now, int perSecond, int burst)
        {
            lock (_lock)
            {
                (_perSecond, _burst) = (perSecond, burst);
                Refill(now);
                var allowed = _tokens >= 1;
                _tokens -= allowed ? 1 : 0;
                var missing = allowed ? burst - _tokens : 1 - _tokens;
                return new(allowed, burst, (int)_tokens, TimeSpan.FromSeconds(missing / perSecond));
            }
        }

        public bool IsFull(long now)
        {
            lock (_lock)
            {
                Refill(now);
                return _tokens >= _burst;
            }
        }

        private void Refill(long now)
        {
            _tokens = Math.Min(_burst, _tokens + ((double)Math.Max(0, now - _at) / frequency * _perSecond));
            _at = Math.Max(_at, now);
        }
    }
}
