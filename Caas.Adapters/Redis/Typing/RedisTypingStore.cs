using System.Globalization;
using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Core.Typing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Caas.Adapters.Redis.Typing;

/// <summary>
/// Who types, in one hash per conversation: user → <c>{ends at, ms} {began at, ms} {name}</c>, by Redis' clock; the hash ends with the last of them. What this process says is kept here
/// too, and is what it knows while Redis is gone.
/// </summary>
internal sealed partial class RedisTypingStore(IConnectionMultiplexer redis, LocalTypingStore local, IOptions<RedisAdapterOptions> options, TimeProvider time, ILogger<RedisTypingStore> logger) : ITypingStore
{
    private const string Now = "local t = redis.call('TIME') local now = tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000) ";

    // ARGV: user, lifetime in ms, what is kept behind the end. A conversation of many that type ends with the last.
    private const string StartScript = Now + """
        redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f', now + tonumber(ARGV[2])) .. ' ' .. ARGV[3])
        return redis.call('PEXPIRE', KEYS[1], ARGV[2])
        """;

    private const string StopScript = """
        local kept = redis.call('HGET', KEYS[1], ARGV[1])
        if kept and tonumber(string.match(kept, '^%d+ (-?%d+)')) <= tonumber(ARGV[2]) then
            return redis.call('HDEL', KEYS[1], ARGV[1])
        end
        return 0
        """;

    private const string ListScript = Now + """
        local typing = {}
        local all = redis.call('HGETALL', KEYS[1])
        for i = 1, #all, 2 do
            if tonumber(string.match(all[i + 1], '^%d+')) > now then
                typing[#typing + 1] = all[i]
                typing[#typing + 1] = all[i + 1]
            else
                redis.call('HDEL', KEYS[1], all[i])
            end
        end
        return typing
        """;

    private readonly TimeSpan _patience = options.Value.PresencePatience;

    public async Task StartAsync(LogId log, Typist typist, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        await local.StartAsync(log, typist, lifetime, cancellationToken);
        var kept = string.Create(CultureInfo.InvariantCulture, $"{typist.StartedAt.ToUnixTimeMilliseconds()} {typist.Name}");
        await TryAsync(StartScript, log, [typist.User.Value, (long)lifetime.TotalMilliseconds, kept], cancellationToken);
    }

    public async Task StopAsync(LogId log, UserId user, DateTimeOffset notAfter, CancellationToken cancellationToken)
    {
        await local.StopAsync(log, user, notAfter, cancellationToken);
        await TryAsync(StopScript, log, [user.Value, notAfter.ToUnixTimeMilliseconds()], cancellationToken);
    }

    public async Task<IReadOnlyList<Typist>> ListAsync(LogId log, CancellationToken cancellationToken)
    {
        if (await TryAsync(ListScript, log, [], cancellationToken) is not { } answer)
        {
            return await local.ListAsync(log, cancellationToken);
        }

        var fields = (string?[]?)answer ?? [];
        return [.. fields.Chunk(2).Select(pair => Parse(pair[0]!, pair[1]!)).OrderBy(typist => typist.StartedAt).ThenBy(typist => typist.User.Value, StringComparer.Ordinal)];
    }

    private static Typist Parse(string user, string kept)
    {
        var parts = kept.Split(' ', 3);
        return new(new(user), parts[2], DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(parts[1], CultureInfo.InvariantCulture)));
    }

    /// <returns>Null: Redis is gone, or too slow.</returns>
    private async Task<RedisResult?> TryAsync(string script, LogId log, RedisValue[] values, CancellationToken cancellationToken)
    {
        if (!redis.IsConnected)
        {
            return null;
        }

        try
        {
            return await redis.GetDatabase().ScriptEvaluateAsync(script, [RedisKeys.Typing(log)], values).WaitAsync(_patience, time, cancellationToken);
        }
        catch (Exception failure) when (failure is RedisException or TimeoutException)
        {
            LogAlone(failure.GetType().Name);
            return null;
        }
    }

    [LoggerMessage(7041, LogLevel.Debug, "Redis did not keep or tell who types ({Reason}).")]
    private partial void LogAlone(string reason);
}
