using Caas.Core.Calls;
using Caas.Core.Feed;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
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
        services.TryAddSingleton<ICallDirectory, LocalCallDirectory>();
        services.AddSingleton<CallTeller>();
        services.AddSingleton<CallLog>();
        services.AddSingleton<CallChanges>();
        services.AddSingleton<CallGuests>();
        services.AddSingleton<CallPhones>();
        services.AddSingleton<CallService>();
        services.AddSingleton<CallSignals>();
        services.AddSingleton<CallSweep>();
        services.AddSingleton<CallHistory>();
        services.AddSingleton<CallQuality>();
        services.AddSingleton<ILogProjection, CallProjection>();
        return services;
    }
}
