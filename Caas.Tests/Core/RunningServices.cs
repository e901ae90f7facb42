using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Caas.Tests.Core;

/// <summary>Hosted services of a platform that has no host: they run until this is disposed.</summary>
internal sealed class RunningServices : IAsyncDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);
    private readonly IHostedService[] _services;

    private RunningServices(IHostedService[] services) => _services = services;

    public static Task<RunningServices> StartAsync<T>(CorePlatform platform)
        where T : IHostedService => StartAsync(platform, typeof(T));

    public static async Task<RunningServices> StartAsync(CorePlatform platform, params Type[] types)
    {
        var services = new RunningServices([.. types.Select(type => platform.Services.GetServices<IHostedService>().Single(type.IsInstanceOfType))]);
        foreach (var service in services._services)
        {
            await service.StartAsync(CorePlatform.Cancelled);
        }

        return services;
    }

    public async ValueTask DisposeAsync() => await Task.WhenAll(_services.Select(service => service.StopAsync(CancellationToken.None))).WaitAsync(Bound);
}
