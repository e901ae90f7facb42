using StackExchange.Redis;
using StackExchange.Redis.Configuration;

namespace Caas.ServiceDefaults;

/// <summary>How we talk to Redis where the connection string says nothing else: give up quickly, try again soon. What hangs on Redis has a fallback, and it is not waiting.</summary>
internal sealed class RedisDefaults : DefaultOptionsProvider
{
    public static void Apply(ConfigurationOptions options)
    {
        options.Defaults = new RedisDefaults();

        // Not ten threads of the driver's own, which are woken for each message: nothing of ours holds up a thread of the pool.
        options.SocketManager = SocketManager.ThreadPool;
    }

    /// <summary>A host starts without Redis and goes on trying.</summary>
    public override bool AbortOnConnectFail => false;

    /// <summary>A command that cannot be sent now fails now; waiting in line would only make its caller late.</summary>
    public override BacklogPolicy BacklogPolicy => BacklogPolicy.FailFast;

    public override IReconnectRetryPolicy ReconnectRetryPolicy { get; } = new LinearRetry(500);

    /// <summary>So long a host's start waits for a Redis that is not there.</summary>
    public override TimeSpan? ConnectTimeout => TimeSpan.FromSeconds(2);

    public override TimeSpan SyncTimeout => TimeSpan.FromSeconds(2);

    /// <summary>A peer that vanished without a word is noticed within seconds.</summary>
    public override TimeSpan KeepAliveInterval => TimeSpan.FromSeconds(5);
}
