using Caas.Core.Scheduled;
using Caas.Core.Timed;
using Microsoft.Extensions.DependencyInjection;

namespace Caas.Core;

/// <summary>What is done at a time: scheduled messages.</summary>
internal static class TimedServices
{
    public static IServiceCollection AddTimed(this IServiceCollection services)
    {
        services.AddSingleton<ScheduledMetrics>();
        services.AddSingleton<ScheduledMessages>();
        services.AddSingleton<ITimedHandler, ScheduledSender>();
        services.AddHostedService<TimedWorker>();
        return services;
    }
}
