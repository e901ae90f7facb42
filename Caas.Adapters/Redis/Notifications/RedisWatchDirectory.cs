using Caas.Core.Delivery;
using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Core.Notifications;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Caas.Adapters.Redis.Notifications;

/// <summary>
/// One hash per conversation, with a field <c>{replica}/{user}</c> for each who watches. What a replica left that lives no more is not counted, and ends with the hash, a day after it was last
/// said who watches. A key per replica stands for half that time: when it is gone, with Redis' memory or by its age, the replica says all of it again.
/// </summary>
internal sealed partial class RedisWatchDirectory(IConnectionMultiplexer redis, IReplicaDirectory replicas, TimeProvider time, ILogger<RedisWatchDirectory> logger) : IWatchDirectory
{
    private static readonly TimeSpan Keep = TimeSpan.FromDays(1);
    private static readonly TimeSpan SayAgain = Keep / 2;
    private static readonly TimeSpan AskForReplicasAfter = TimeSpan.FromSeconds(1);

    private volatile Alive? _alive;

    public async Task<bool> SetAsync(string replica, IReadOnlyList<UserWatch> states, CancellationToken cancellationToken)
    {
        if (!redis.IsConnected)
        {
            return false;
        }

        try
        {
            var batch = redis.GetDatabase().CreateBatch();
            var calls = new List<Task>();
            foreach (var state in states)
            {
                var (key, field) = (RedisKeys.Watching(state.Log), $"{replica}/{state.User}");
                calls.Add(state.Watching ? batch.HashSetAsync(key, field, 1) : batch.HashDeleteAsync(key, field));
                if (state.Watching)
                {
                    calls.Add(batch.KeyExpireAsync(key, Keep));
                }
            }

            batch.Execute();
            await Task.WhenAll(calls).WaitAsync(cancellationToken);
            return true;
        }
        catch (Exception failure) when (failure is RedisException or TimeoutException)
        {
            LogAlone(failure.GetType().Name);
            return false;
        }
    }

    public async Task<bool> IsKeptAsync(string replica, CancellationToken cancellationToken)
    {
        if (!redis.IsConnected)
        {
            return true;
        }

        try
        {
            return !await redis.GetDatabase().StringSetAsync(RedisKeys.WatchingOf(replica), 1, SayAgain, When.NotExists).WaitAsync(cancellationToken);
        }
        catch (Exception failure) when (failure is RedisException or TimeoutException)
        {
            // What cannot be asked now is asked again; what could not be told meanwhile is told again by whoever had to.
            LogAlone(failure.GetType().Name);
            return true;
        }
    }

    public async Task<IReadOnlyList<IReadOnlySet<UserId>>> ReadManyAsync(IReadOnlyList<LogId> logs, CancellationToken cancellationToken)
    {
        if (redis.IsConnected && logs.Count > 0)
        {
            try
            {
                var batch = redis.GetDatabase().CreateBatch();
                Task<RedisValue[]>[] reads = [.. logs.Select(log => batch.HashKeysAsync(RedisKeys.Watching(log)))];
                batch.Execute();
                var fields = await Task.WhenAll(reads).WaitAsync(cancellationToken);
                var alive = Array.Exists(fields, some => some.Length > 0) ? await AliveAsync(cancellationToken) : [];
                return [.. fields.Select(some => Users(some, alive))];
            }
            catch (Exception failure) when (failure is RedisException or TimeoutException)
            {
                LogAlone(failure.GetType().Name);
            }
        }

        return [.. logs.Select(_ => new HashSet<UserId>())];
    }

    /// <summary>The replicas that live, as they did within the last second: leases last longer, and one that has just begun is at worst not counted yet.</summary>
    private async Task<HashSet<string>> AliveAsync(CancellationToken cancellationToken)
    {
        var alive = _alive;
        if (alive is null || time.GetElapsedTime(alive.At) > AskForReplicasAfter)
        {
            var at = time.GetTimestamp();
            _alive = alive = new((await replicas.ListAsync(cancellationToken)).Select(replica => replica.Id).ToHashSet(StringComparer.Ordinal), at);
        }

        return alive.Ids;
    }

    private static HashSet<UserId> Users(RedisValue[] fields, HashSet<string> alive)
    {
        var users = new HashSet<UserId>(fields.Length);
        foreach (var field in fields)
        {
            if (((string?)field)?.Split('/') is [var replica, var user] && alive.Contains(replica))
            {
                users.Add(new(user));
            }
        }

        return users;
    }

    private sealed record Alive(HashSet<string> Ids, long At);

    [LoggerMessage(7061, LogLevel.Debug, "Redis did not keep or tell who watches ({Reason}).")]
    private partial void LogAlone(string reason);
}
