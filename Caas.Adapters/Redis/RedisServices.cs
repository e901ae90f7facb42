using Caas.Adapters.Redis.Calls;
using Caas.Adapters.Redis.Notifications;
using Caas.Adapters.Redis.Presence;
using Caas.Adapters.Redis.Typing;
using Caas.Core.Calls;
using Caas.Core.Delivery;
using Caas.Core.Notifications;
using Caas.Core.Presence;
using Caas.Core.RateLimits;
using Caas.Core.Typing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Caas.Adapters.Redis;

public static class RedisServices
{
    /// <summary>Live delivery, replica leases and shared rate limits over the registered <see cref="StackExchange.Redis.IConnectionMultiplexer"/>.</summary>
    public static IServiceCollection AddRedisAdapters(this IServiceCollection services)
    {
        services.AddOptions<RedisAdapterOptions>().BindConfiguration(RedisAdapterOptions.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<RedisAdapterOptions>, RedisAdapterOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<LocalRateLimiter>();
        services.TryAddSingleton<LocalTypingStore>();
        services.AddSingleton<RedisMetrics>();
        services.AddSingleton<IConversationChannels, RedisConversationChannels>();
        services.AddSingleton<IReplicaDirectory, RedisReplicaDirectory>();
        services.AddSingleton<IRateLimiter, RedisRateLimiter>();
        services.AddSingleton<ISharedBuckets, RedisSharedBuckets>();
        services.AddSingleton<ITypingStore, RedisTypingStore>();
        services.AddSingleton<IPresenceDirectory, RedisPresenceDirectory>();
        services.AddSingleton<ICallDirectory, RedisCallDirectory>();
        services.AddSingleton<IWatchDirectory, RedisWatchDirectory>();
        return services;
    }
}
