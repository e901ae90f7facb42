using Caas.Core.Events;
using Caas.Core.Presence;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Caas.Core;

/// <summary>Who is there.</summary>
internal static class PresenceServices
{
    public static IServiceCollection AddPresence(this IServiceCollection services)
    {
        services.AddOptions<PresenceOptions>().BindConfiguration(PresenceOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<PresenceOptions>, PresenceOptionsValidator>();
        services.TryAddSingleton<IPresenceDirectory, LocalPresenceDirectory>();
        services.AddSingleton<PresenceMetrics>();
        services.AddSingleton<PresenceOutbox>();
        services.AddSingleton<PresenceAnnouncer>();
        services.AddSingleton<IHostedService>(provider => provider.GetService<IEventSink>() is { } sink ? ActivatorUtilities.CreateInstance<PresencePublisher>(provider, sink) : new NoPublisher());
        services.AddSingleton<PresenceService>();
        return services;
    }
}
