using Caas.Core.Calls;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Caas.Core;

/// <summary>Calls between users.</summary>
internal static class CallServices
{
    public static IServiceCollection AddCalls(this IServiceCollection services)
    {
        services.AddOptions<CallOptions>().BindConfiguration(CallOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<CallOptions>, CallOptionsValidator>();
        services.AddSingleton<CallMetrics>();
        services.AddSingleton<TurnServerService>();
        services.AddSingleton<IceServerService>();
        return services;
    }
}
