using Caas.Core.RateLimits;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Caas.Adapters.Redis;

/// <summary>
/// Fixed windows counted in Redis, one atomic script a call; a window begins with its first call. When Redis is gone or slow, calls are counted
/// in this process, and Redis is left alone for some seconds: the limit is then per process, and no call waits for it.
/// </summary>
internal sealed partial class RedisRateLimiter(IConnectionMultiplexer redis, LocalRateLimiter local, IOptions<RedisAdapterOptions> options, RedisMetrics metrics, TimeProvider time, ILogger<RedisRateLimiter> logger) : IRateLimiter
{
    private readonly TimeSpan _patience = options.Value.RateLimitPatience;
    private readonly TimeSpan _rest = options.Value.RateLimitRest;

    // A window without an end (it cannot happen, but would lock a caller out for ever) gets one.
    private const string TakeScript = """
        local count = redis.call('INCR', KEYS[1])
        local left = redis.call('PTTL', KEYS[1])
        if left < 0 then
            redis.call('PEXPIRE', KEYS[1], ARGV[1])
            left = tonumber(ARGV[1])
        end
        return {count, left}
        """;

    // Never below nothing, and no window without an end.
    private const string GiveBackScript = """
        local count = redis.call('GET', KEYS[1])
        if count and tonumber(count) > 0 then
            redis.call('DECR', KEYS[1])
        end
        return 0
        """;

    private long _failedAt = long.MinValue;

    public async ValueTask<RateLimitDecision> TakeAsync(string bucket, int limit, TimeSpan window, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        if (await TryAsync(TakeScript, bucket, [(long)Math.Ceiling(window.TotalMilliseconds)], cancellationToken) is { } answer)
        {
            var (count, left) = ((long)answer[0], (long)answer[1]);
            return new(count <= limit, limit, (int)Math.Max(0, limit - count), TimeSpan.FromMilliseconds(left));
        }

        metrics.CountedLocally();
        return await local.TakeAsync(bucket, limit, window, cancellationToken);
    }

    public async ValueTask GiveBackAsync(string bucket, CancellationToken cancellationToken)
    {
        if (await TryAsync(GiveBackScript, bucket, [], cancellationToken) is null)
        {
            await local.GiveBackAsync(bucket, cancellationToken);
        }
    }

    /// <returns>Null: it could not be asked.</returns>
    private async ValueTask<RedisResult?> TryAsync(string script, string bucket, RedisValue[] values, CancellationToken cancellationToken)
    {
        if (!redis.IsConnected || Resting())
        {
            return null;
        }

        try
        {
            RedisKey[] keys = [RedisKeys.RateLimit(bucket)];
            return await redis.GetDatabase().ScriptEvaluateAsync(script, keys, values).WaitAsync(_patience, time, cancellationToken);
        }
        catch (Exception failure) when (failure is RedisException or TimeoutException)
        {
            Volatile.Write(ref _failedAt, time.GetTimestamp());
            LogLocal(failure.GetType().Name);
            return null;
        }
    }

    private bool Resting()
    {
        var failedAt = Volatile.Read(ref _failedAt);
        return failedAt != long.MinValue && time.GetElapsedTime(failedAt) < _rest;
    }

    [LoggerMessage(7021, LogLevel.Debug, "Redis did not count a call ({Reason}); calls are counted in this process for a while.")]
    private partial void LogLocal(string reason);
}
