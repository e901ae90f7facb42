using Caas.Adapters.Redis;
using Caas.Core.Delivery;
using Caas.Core.RateLimits;
using Caas.Tests.Delivery;
using Caas.Tests.RateLimits;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace Caas.Tests.Redis;

/// <summary>One server and the processes (as far as Redis can tell) that talk to it.</summary>
internal sealed class RedisProcesses(RedisServer server) : IAsyncDisposable
{
    private readonly List<ServiceProvider> _processes = [];

    public RedisServer Server => server;

    public async Task<T> CreateAsync<T>(TimeProvider? time = null)
        where T : notnull
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConnectionMultiplexer>(await server.ConnectAsync());
        services.AddSingleton(time ?? TimeProvider.System);
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().Build());

        // A busy machine is no reason to count elsewhere; a Redis that is gone is, and it is told at once.
        services.Configure<RedisAdapterOptions>(options => (options.RateLimitPatience, options.RateLimitRest) = (TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(1)));
        services.AddLogging();
        services.AddMetrics();
        services.AddRedisAdapters();
        var process = services.BuildServiceProvider();
        _processes.Add(process);
        return process.GetRequiredService<T>();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }

        await server.DisposeAsync();
    }
}

public sealed class GarnetConversationChannelsTests : ConversationChannelsContract, IAsyncDisposable
{
    private readonly RedisProcesses _processes = new(new GarnetRedis());

    public ValueTask DisposeAsync() => _processes.DisposeAsync();

    protected override Task<IConversationChannels> CreateAsync() => _processes.CreateAsync<IConversationChannels>();

    protected override Task KillAsync() => _processes.Server.KillAsync();

    protected override Task StartAsync() => _processes.Server.StartAsync();
}

public sealed class RedisConversationChannelsTests : ConversationChannelsContract, IAsyncDisposable
{
    private readonly RedisProcesses _processes = new(new RealRedis());

    public RedisConversationChannelsTests() => RealRedis.SkipUnlessInstalled();

    public ValueTask DisposeAsync() => _processes.DisposeAsync();

    protected override Task<IConversationChannels> CreateAsync() => _processes.CreateAsync<IConversationChannels>();

    protected override Task KillAsync() => _processes.Server.KillAsync();

    protected override Task StartAsync() => _processes.Server.StartAsync();
}

public sealed class GarnetReplicaDirectoryTests : ReplicaDirectoryContract, IAsyncDisposable
{
    private readonly RedisProcesses _processes = new(new GarnetRedis());

    public ValueTask DisposeAsync() => _processes.DisposeAsync();

    protected override Task<IReplicaDirectory> CreateAsync(TimeProvider time) => _processes.CreateAsync<IReplicaDirectory>(time);

    protected override Task KillAsync() => _processes.Server.KillAsync();

    protected override Task StartAsync() => _processes.Server.StartAsync();
}

public sealed class RedisReplicaDirectoryTests : ReplicaDirectoryContract, IAsyncDisposable
{
    private readonly RedisProcesses _processes = new(new RealRedis());

    public RedisReplicaDirectoryTests() => RealRedis.SkipUnlessInstalled();

    public ValueTask DisposeAsync() => _processes.DisposeAsync();

    protected override Task<IReplicaDirectory> CreateAsync(TimeProvider time) => _processes.CreateAsync<IReplicaDirectory>(time);

    protected override Task KillAsync() => _processes.Server.KillAsync();

    protected override Task StartAsync() => _processes.Server.StartAsync();
}

public sealed class GarnetRateLimiterTests : RateLimiterContract, IAsyncDisposable
{
    private readonly RedisProcesses _processes = new(new GarnetRedis());

    public ValueTask DisposeAsync() => _processes.DisposeAsync();

    protected override Task<IRateLimiter> CreateAsync() => _processes.CreateAsync<IRateLimiter>();

    protected override Task KillAsync() => _processes.Server.KillAsync();

    protected override Task StartAsync() => _processes.Server.StartAsync();
}

public sealed class RedisRateLimiterTests : RateLimiterContract, IAsyncDisposable
{
    private readonly RedisProcesses _processes = new(new RealRedis());

    public RedisRateLimiterTests() => RealRedis.SkipUnlessInstalled();

    public ValueTask DisposeAsync() => _processes.DisposeAsync();

    protected override Task<IRateLimiter> CreateAsync() => _processes.CreateAsync<IRateLimiter>();

    protected override Task KillAsync() => _processes.Server.KillAsync();

    protected override Task StartAsync() => _processes.Server.StartAsync();
}
