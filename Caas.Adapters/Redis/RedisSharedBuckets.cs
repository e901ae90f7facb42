using System.Globalization;
using Caas.Core.RateLimits;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Caas.Adapters.Redis;

/// <summary>
/// Buckets as one number each: the time, by Redis' clock, at which the bucket will be full again (GCRA). One atomic script on one key per question; a key ends when its bucket is full.
/// When Redis is gone or slow nobody is asked for some seconds.
/// </summary>
internal sealed partial class RedisSharedBuckets(IConnectionMultiplexer redis, IOptions<RedisAdapterOptions> options, RedisMetrics metrics, TimeProvider time, ILogger<RedisSharedBuckets> logger) : ISharedBuckets
{
    // ARGV: what was spent, ms per token, burst. Below minus one burst it does not go: nobody is locked out for long.
    private const string SpendScript = """
        local t = redis.call('TIME')
        local now = tonumber(t[1]) * 1000 + tonumber(t[2]) / 1000
        local spent, per, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
        local full = tonumber(redis.call('GET', KEYS[1]) or '0')
        if full < now then full = now end
        full = full + spent * per
        if full > now + 2 * burst * per then full = now + 2 * burst * per end
        redis.call('SET', KEYS[1], string.format('%.3f', full), 'PX', string.format('%.0f', full - now + 1))
        return string.format('%.3f', burst - (full - now) / per)
        """;

    private readonly TimeSpan _patience = options.Value.RateLimitPatience;
    private readonly TimeSpan _rest = options.Value.RateLimitRest;
    private long _failedAt = long.MinValue;

    public async Task<double?> SpendAsync(string bucket, int spent, double perSecond, int burst, CancellationToken cancellationToken)
    {
        if (redis.IsConnected && !Resting())
        {
            try
            {
                RedisKey[] keys = [RedisKeys.Bucket(bucket)];
                RedisValue[] values = [spent, (1000.0 / perSecond).ToString("R", CultureInfo.InvariantCulture), burst];
                var left = await redis.GetDatabase().ScriptEvaluateAsync(SpendScript, keys, values).WaitAsync(_patience, time, cancellationToken);
                return double.Parse((string)left!, CultureInfo.InvariantCulture);
            }
            catch (Exception failure) when (failure is RedisException or TimeoutException)
            {
                Volatile.Write(ref _failedAt, time.GetTimestamp());
                LogAlone(failure.GetType().Name);
            }
        }

        metrics.CountedLocally();
        return null;
    }

    private bool Resting()
    {
        var failedAt = Volatile.Read(ref _failedAt);
        return failedAt != long.MinValue && time.GetElapsedTime(failedAt) < _rest;
    }

    [LoggerMessage(7031, LogLevel.Debug, "Redis did not keep a bucket ({Reason}); hub calls are counted in this process for a while.")]
    private partial void LogAlone(string reason);
}
