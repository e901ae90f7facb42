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
internal sealed partial class RedisWatchDirectory(IConnectionMultiplexer redis, IReplicaDirectory replicas, ILogger<RedisWatchDirectory> logger) : IWatchDirectory
{
    private static readonly TimeSpan Keep = TimeSpan.FromDays(1);
    private static readonly TimeSpan SayAgain = Keep / 2;

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

    public async Task<IReadOnlySet<UserId>> ReadAsync(LogId log, CancellationToken cancellationToken)
    {
        var watching = new HashSet<UserId>();
        if (!redis.IsConnected)
        {
            return watching;
        }

        try
        {
            var fields = await redis.GetDatabase().HashKeysAsync(RedisKeys.Watching(log)).WaitAsync(cancellationToken);
            if (fields.Length > 0)
            {
                var alive = (await replicas.ListAsync(cancellationToken)).Select(replica => replica.Id).ToHashSet(StringComparer.Ordinal);
                foreach (var field in fields)
                {
                    if (((string?)field)?.Split('/') is [var replica, var user] && alive.Contains(replica))
                    {
                        watching.Add(new(user));
                    }
                }
            }
        }
        catch (Exception failure) when (failure is RedisException or TimeoutException)
        {
            LogAlone(failure.GetType().Name);
        }

        return watching;
    }

    [LoggerMessage(7061, LogLevel.Debug, "Redis did not keep or tell who watches ({Reason}).")]
    private partial void LogAlone(string reason);
}
