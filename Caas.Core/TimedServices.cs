using Caas.Core.Reminders;
using Caas.Core.Scheduled;
using Caas.Core.Timed;
using Microsoft.Extensions.DependencyInjection;

namespace Caas.Core;

/// <summary>What is done at a time: scheduled messages, reminders.</summary>
internal static class TimedServices
{
    public static IServiceCollection AddTimed(this IServiceCollection services)
    {
        services.AddSingleton<ScheduledMetrics>();
        services.AddSingleton<ScheduledMessages>();
        services.AddSingleton<ITimedHandler, ScheduledSender>();
        services.AddSingleton<ReminderMetrics>();
        services.AddSingleton<ReminderService>();
        services.AddSingleton<ITimedHandler, ReminderTeller>();
        services.AddHostedService<TimedWorker>();
        return services;
    }
}
