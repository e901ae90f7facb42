using Caas.Core.Push;
using Microsoft.Extensions.DependencyInjection;

namespace Caas.Adapters.Push;

public static class PushProviders
{
    /// <summary>Firebase, Apple, and browsers' push services.</summary>
    public static IServiceCollection AddPushProviders(this IServiceCollection services) => services
        .AddSingleton<PushHttp>()
        .AddSingleton<WebPushHttp>()
        .AddSingleton<IPushProvider, FcmProvider>()
        .AddSingleton<IPushProvider, ApnsProvider>()
        .AddSingleton<IPushProvider, WebPushProvider>();
}
