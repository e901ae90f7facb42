using Caas.Core.Presence;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
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
        services.AddSingleton<PresenceAnnouncer>();
        services.AddSingleton<PresenceService>();
        return services;
    }
}
