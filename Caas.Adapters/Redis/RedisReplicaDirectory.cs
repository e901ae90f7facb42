using System.Globalization;
using Caas.Core.Delivery;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Caas.Adapters.Redis;

/// <summary>Replicas' leases in one hash, replica id → <c>{ends at, ms} {connections} {url}</c>. Redis' own clock decides; replicas' clocks may differ.</summary>
internal sealed partial class RedisReplicaDirectory(IConnectionMultiplexer redis, TimeProvider time, ILogger<RedisReplicaDirectory> logger) : IReplicaDirectory
{
    private static readonly TimeSpan LastSeenFor = TimeSpan.FromSeconds(60);

    private const string Now = "local t = redis.call('TIME') local now = tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000) ";

    private const string AnnounceScript = Now + """
        return redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f', now + tonumber(ARGV[2])) .. ' ' .. ARGV[3])
        """;

    private const string ListScript = Now + """
        local live = {}
        local all = redis.call('HGETALL', KEYS[1])
        for i = 1, #all, 2 do
            if tonumber(string.match(all[i + 1], '^%d+')) > now then
                live[#live + 1] = all[i]
                live[#live + 1] = all[i + 1]
            else
                redis.call('HDEL', KEYS[1], all[i])
            end
        end
        return live
        """;

    private static readonly RedisKey[] Keys = [RedisKeys.Replicas];

    private volatile LastSeen _lastSeen = new([], long.MinValue);

    public async Task<bool> AnnounceAsync(Replica replica, TimeSpan lease, CancellationToken cancellationToken)
    {
        var value = string.Create(CultureInfo.InvariantCulture, $"{replica.Connections} {replica.PublicUrl}");
        try
        {
            await redis.GetDatabase().ScriptEvaluateAsync(AnnounceScript, Keys, [replica.Id, (long)lease.TotalMilliseconds, value]).WaitAsync(cancellationToken);
            return true;
        }
        catch (Exception failure) when (failure is RedisException or TimeoutException)
        {
            LogNotAnnounced(replica.Id, failure.GetType().Name);
            return false;
        }
    }

    public async Task WithdrawAsync(string replicaId, CancellationToken cancellationToken)
    {
        try
        {
            await redis.GetDatabase().HashDeleteAsync(RedisKeys.Replicas, replicaId).WaitAsync(cancellationToken);
        }
        catch (Exception failure) when (failure is RedisException or TimeoutException)
        {
            LogNotAnnounced(replicaId, failure.GetType().Name);
        }
    }

    public async Task<IReadOnlyList<Replica>> ListAsync(CancellationToken cancellationToken)
    {
        if (redis.IsConnected)
        {
            try
            {
                var fields = (string?[]?)await redis.GetDatabase().ScriptEvaluateAsync(ListScript, Keys).WaitAsync(cancellationToken) ?? [];
                var replicas = fields.Chunk(2).Select(pair => Parse(pair[0]!, pair[1]!)).ToArray();
                _lastSeen = new(replicas, time.GetTimestamp());
                return replicas;
            }
            catch (Exception failure) when (failure is RedisException or TimeoutException)
            {
                LogNotListed(failure.GetType().Name);
            }
        }

        var last = _lastSeen;
        return last.At != long.MinValue && time.GetElapsedTime(last.At) <= LastSeenFor ? last.Replicas : [];
    }

    private static Replica Parse(string id, string value)
    {
        var parts = value.Split(' ', 3);
        return new(id, parts[2], int.Parse(parts[1], CultureInfo.InvariantCulture));
    }

    [LoggerMessage(7011, LogLevel.Debug, "The lease of replica {ReplicaId} could not be written ({Reason}).")]
    private partial void LogNotAnnounced(string replicaId, string reason);

    [LoggerMessage(7012, LogLevel.Debug, "The replicas could not be read ({Reason}); those seen last are taken.")]
    private partial void LogNotListed(string reason);

    private sealed record LastSeen(IReadOnlyList<Replica> Replicas, long At);
}
