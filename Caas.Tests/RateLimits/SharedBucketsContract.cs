using System.Diagnostics;
using Caas.Core.Callers;
using Caas.Core.RateLimits;
using Caas.Tests.Callers;
using Caas.Tests.Redis;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using static Caas.Tests.Callers.IdentityPlatform;

namespace Caas.Tests.RateLimits;

/// <summary>What <see cref="ISharedBuckets"/> promises, and the hub's limits over several replicas.</summary>
public abstract class SharedBucketsContract
{
    private static readonly Caller Alice = new() { Kind = CallerKind.User, Tenant = new("acme"), User = new("alice") };

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>The buckets of one more process over the test's shared ones.</summary>
    protected abstract Task<ISharedBuckets> CreateAsync();

    protected abstract Task KillAsync();

    protected abstract Task StartAsync();

    [Fact]
    public async Task What_one_spends_the_others_lack_and_it_fills_again()
    {
        await StartAsync();
        var (one, other) = (await CreateAsync(), await CreateAsync());
        Assert.InRange((await SpendAsync(one, "a", 5)) ?? -99, 35, 36);
        Assert.InRange((await SpendAsync(other, "a", 5)) ?? -99, 30, 38);
        Assert.InRange((await SpendAsync(other, "b", 1)) ?? -99, 39, 39.5);

        // Never lower than minus one burst: who overdrew waits for some seconds and not for minutes.
        Assert.InRange((await SpendAsync(one, "c", 1000)) ?? 99, -40, -39);
        await Eventually.HoldsAsync(async () => await SpendAsync(one, "d", 1) is > 38.9 ? null : "it does not fill", Cancelled);
    }

    [Fact]
    public async Task Two_replicas_together_let_pass_about_one_burst()
    {
        await StartAsync();
        await using var first = await ReplicaAsync();
        await using var second = await ReplicaAsync();
        var (one, other) = (first.Get<HubRateLimiter>(), second.Get<HubRateLimiter>());

        // The news travels while 120 calls come, one each millisecond.
        var allowed = 0;
        for (var i = 0; i < 60; i++)
        {
            allowed += (await one.TakeAsync(Alice, HubAction.Message, Cancelled)).Allowed ? 1 : 0;
            allowed += (await other.TakeAsync(Alice, HubAction.Message, Cancelled)).Allowed ? 1 : 0;
            await Task.Delay(2, Cancelled);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{allowed} of 120 passed.");
        Assert.InRange(allowed, 40, 60);
    }

    [Fact]
    public async Task Without_the_others_each_counts_alone_at_once()
    {
        await StartAsync();
        await using var replica = await ReplicaAsync();
        await KillAsync();
        var (limiter, since, allowed) = (replica.Get<HubRateLimiter>(), Stopwatch.StartNew(), 0);
        for (var i = 0; i < 60; i++)
        {
            allowed += (await limiter.TakeAsync(Alice, HubAction.Message, Cancelled)).Allowed ? 1 : 0;
        }

        Assert.Equal(40, allowed);
        Assert.True(since.Elapsed < TimeSpan.FromSeconds(5), $"It took {since.Elapsed}.");
    }

    private async Task<IdentityPlatform> ReplicaAsync()
    {
        var buckets = await CreateAsync();
        Assert.NotNull(await buckets.SpendAsync("acme/try", 1, 20, 40, Cancelled));
        return await WithTenantAsync(configure: services => services.AddSingleton(buckets));
    }

    private static Task<double?> SpendAsync(ISharedBuckets buckets, string user, int spent) => buckets.SpendAsync($"acme/user:{user}", spent, 20, 40, Cancelled);
}

public sealed class GarnetSharedBucketsTests : SharedBucketsContract, IAsyncDisposable
{
    private readonly RedisProcesses _processes = new(new GarnetRedis());

    public ValueTask DisposeAsync() => _processes.DisposeAsync();

    protected override Task<ISharedBuckets> CreateAsync() => _processes.CreateAsync<ISharedBuckets>();

    protected override Task KillAsync() => _processes.Server.KillAsync();

    protected override Task StartAsync() => _processes.Server.StartAsync();
}

public sealed class RedisSharedBucketsTests : SharedBucketsContract, IAsyncDisposable
{
    private readonly RedisProcesses _processes = new(new RealRedis());

    public RedisSharedBucketsTests() => RealRedis.SkipUnlessInstalled();

    public ValueTask DisposeAsync() => _processes.DisposeAsync();

    protected override Task<ISharedBuckets> CreateAsync() => _processes.CreateAsync<ISharedBuckets>();

    protected override Task KillAsync() => _processes.Server.KillAsync();

    protected override Task StartAsync() => _processes.Server.StartAsync();
}
