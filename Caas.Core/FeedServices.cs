using Caas.Core.EventLog;
using Caas.Core.Events;
using Caas.Core.Feed;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Caas.Core;

/// <summary>What happened, for those who react later: projector, feed, publisher, bus.</summary>
internal static class FeedServices
{
    public static IServiceCollection AddFeed(this IServiceCollection services)
    {
        services.AddOptions<FeedOptions>().BindConfiguration(FeedOptions.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<FeedOptions>, FeedOptionsValidator>());
        services.AddOptions<EventBusOptions>().BindConfiguration(EventBusOptions.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<EventBusOptions>, EventBusOptionsValidator>());

        services.TryAddSingleton<FeedMetrics>();
        services.TryAddSingleton<FeedSignal>();
        services.TryAddSingleton<Election>();
        services.TryAddSingleton<ProjectorStores>();
        services.AddHostedService<Projector>();

        services.TryAddSingleton<EventMapper>();
        services.TryAddSingleton<EventHandling>();
        services.TryAddSingleton<FeedBusStores>();
        services.TryAddSingleton<FeedBusSettings>();
        services.TryAddSingleton<IEventBus, FeedEventBus>();
        services.TryAddSingleton<PublisherTelling>();
        services.AddSingleton<IHostedService>(provider => provider.GetService<IEventSink>() is { } sink ? ActivatorUtilities.CreateInstance<Publisher>(provider, sink) : new NoPublisher());
        services.AddSingleton<IHostedService>(provider => provider.GetService<IEventSink>() is { } sink ? ActivatorUtilities.CreateInstance<DeadLetterPublisher>(provider, sink) : new NoPublisher());
        services.AddOptions<EventLogOptions>().BindConfiguration(EventLogOptions.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<EventLogOptions>, EventLogOptionsValidator>());
        services.TryAddSingleton<EventLogMetrics>();
        services.TryAddSingleton<EventTailSettings>();
        services.TryAddSingleton<EventTail>();
        services.TryAddSingleton<EventTelling>();
        services.TryAddSingleton<EventLogReader>();
        return services;
    }
}

/// <summary>Stands where nothing is published.</summary>
internal sealed class NoPublisher : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
