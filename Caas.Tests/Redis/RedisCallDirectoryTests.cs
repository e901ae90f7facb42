using Caas.Core.Calls;
using Caas.Tests.Calls;

namespace Caas.Tests.Redis;

public sealed class GarnetCallDirectoryTests : CallDirectoryContract, IAsyncDisposable
{
    private readonly RedisProcesses _processes = new(new GarnetRedis());

    public ValueTask DisposeAsync() => _processes.DisposeAsync();

    protected override async Task<(ICallDirectory One, ICallDirectory Other)> CreateAsync()
    {
        await _processes.Server.StartAsync();
        return (await _processes.CreateAsync<ICallDirectory>(), await _processes.CreateAsync<ICallDirectory>());
    }
}

public sealed class RealRedisCallDirectoryTests : CallDirectoryContract, IAsyncDisposable
{
    private readonly RedisProcesses _processes = new(new RealRedis());

    public ValueTask DisposeAsync() => _processes.DisposeAsync();

    protected override async Task<(ICallDirectory One, ICallDirectory Other)> CreateAsync()
    {
        RealRedis.SkipUnlessInstalled();
        await _processes.Server.StartAsync();
        return (await _processes.CreateAsync<ICallDirectory>(), await _processes.CreateAsync<ICallDirectory>());
    }
}
