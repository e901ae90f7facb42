using Caas.Core;
using Caas.Core.Delivery;
using Caas.Core.Push;
using Caas.Core.Receipts;
using Caas.Realtime.Blocks;
using Caas.Realtime.Calls;
using Caas.Realtime.Connections;
using Caas.Realtime.Conversations;
using Caas.Realtime.Delivery;
using Caas.Realtime.Evictions;
using Caas.Realtime.Hubs;
using Caas.Realtime.Notifications;
using Caas.Realtime.Presence;
using Caas.Realtime.Protocols;
using Caas.Realtime.Receipts;
using Caas.Realtime.Reminders;
using Caas.Realtime.Replicas;
using Caas.Realtime.Typing;
using Caas.Realtime.Usage;
using Caas.ServiceDefaults;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Caas.Realtime;

/// <summary>The realtime service as something to compose: alone, as replicas of the standalone host, in tests.</summary>
public static class RealtimeHost
{
    /// <summary>What a client may send at once, in bytes: 256 KiB.</summary>
    private const int MaxMessageBytes = 256 * 1024;

    /// <summary>What a stop takes besides the drain: calls that still run, and the host itself.</summary>
    private static readonly TimeSpan AfterDrain = TimeSpan.FromSeconds(3);

    /// <summary>Adds the hub and its delivery. The host adds the service defaults and picks the adapters.</summary>
    public static WebApplicationBuilder AddRealtime(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddCaasCore();
        services.AddSingleton<IValidateOptions<RealtimeOptions>, RealtimeOptionsValidator>();
        services.AddOptions<RealtimeOptions>().BindConfiguration(RealtimeOptions.Section).ValidateOnStart();
        services.AddOptions<HostOptions>().Configure<IOptions<RealtimeOptions>>((host, realtime) => host.ShutdownTimeout = TimeSpan.FromTicks(Math.Max(host.ShutdownTimeout.Ticks, (realtime.Value.Drain + AfterDrain).Ticks)));
        services.AddOptions<ForwardedHeadersOptions>().Configure<IOptions<RealtimeOptions>>((forwarded, realtime) => forwarded.Trust(realtime.Value.TrustedProxies));
        builder.AddListening();

        services.AddSingleton<RealtimeMetrics>();
        services.AddSingleton<LocalConnections>();
        services.AddSingleton<ConnectionRegistrar>();
        services.AddSingleton<ConnectionBlocks>();
        services.AddSingleton<ResyncSpreader>();
        services.AddSingleton<ConversationWatchers>();
        services.AddSingleton<ConversationUpdates>();
        services.AddSingleton<JoinAnswers>();
        services.AddSingleton<Joins>();
        services.Replace(ServiceDescriptor.Singleton<IEntryBroadcaster, LocalBroadcaster>());
        services.AddSingleton<ReceiptDelivery>();
        services.AddSingleton<ReminderDelivery>();
        services.AddSingleton<NotificationDelivery>();
        services.AddSingleton<LostConnections>();
        services.Replace(ServiceDescriptor.Singleton<IReceiptBroadcaster>(provider => provider.GetRequiredService<ReceiptDelivery>()));

        services.AddConnectionObservers();

        services.AddSingleton<DrainState>();
        services.AddSingleton<ReplicaLease>();
        services.AddHealthChecks().AddCheck<ReplicaHealthCheck>("replica");
        services.AddSingleton<Evictor>();
        services.AddSingleton<HubGuard>();
        services.AddSingleton<PresenceTracker>();
        services.AddSingleton<PresenceFollowers>();
        services.AddSingleton<PresenceCalls>();
        services.AddSingleton<CallCalls>();
        services.AddSingleton<CallDelivery>();
        services.AddSingleton<LocalCalls>();
        services.AddSingleton<CallBells>();
        services.AddSingleton<CallWatch>();

        // The drain is registered last: it begins to stop first.
        services.AddHostedService(provider => provider.GetRequiredService<Evictor>());
        services.AddHostedService(provider => provider.GetRequiredService<ConnectionBlocks>());
        services.AddHostedService<Reconciler>();
        services.AddHostedService<TypingDelivery>();
        services.AddHostedService<TypingPrivacy>();
        services.AddHostedService(provider => provider.GetRequiredService<PresenceTracker>());
        services.AddHostedService(provider => provider.GetRequiredService<PresenceFollowers>());
        services.AddHostedService(provider => provider.GetRequiredService<ReplicaLease>());
        services.AddHostedService<CallSweeper>();
        services.AddHostedService<ConnectionReport>();
        services.AddHostedService<WatchReport>();
        services.AddHostedService(provider => provider.GetRequiredService<LostConnections>());
        services.AddHostedService<NotificationConsumer>();
        services.AddHostedService<PushWorker>();
        services.AddHostedService<Drain>();
        services.AddHostedService<ReplicaLog>();

        services.AddHub();
        return builder;
    }

    /// <summary>Maps everything that <see cref="AddRealtime"/> added.</summary>
    public static WebApplication MapRealtime(this WebApplication app)
    {
        var options = app.Services.GetRequiredService<IOptions<RealtimeOptions>>().Value;
        ThreadPool.GetMinThreads(out var workers, out var ports);
        if (workers < options.MinThreads)
        {
            ThreadPool.SetMinThreads(options.MinThreads, Math.Max(ports, options.MinThreads));
        }

        app.UseForwardedHeaders();
        app.UseRequestBodies();
        app.UseMiddleware<HandshakeMiddleware>();
        app.MapDefaultEndpoints();
        app.MapHub<RealtimeHub>(HandshakeMiddleware.Path, hub => hub.Transports = HttpTransportType.WebSockets | HttpTransportType.ServerSentEvents | HttpTransportType.LongPolling);
        return app;
    }

    /// <summary>In the order in which they are told. Evictions come last: what they end was begun.</summary>
    private static void AddConnectionObservers(this IServiceCollection services)
    {
        services.AddSingleton<IConnectionObserver, ActiveUsers>();
        Add<ConversationWatchers>();
        Add<PresenceFollowers>();
        Add<ReceiptDelivery>();
        Add<ReminderDelivery>();
        Add<CallDelivery>();
        Add<NotificationDelivery>();
        Add<ConnectionBlocks>();
        Add<PresenceTracker>();
        Add<LocalCalls>();
        Add<Evictor>();

        void Add<T>()
            where T : class, IConnectionObserver => services.AddSingleton<IConnectionObserver>(provider => provider.GetRequiredService<T>());
    }

    private static void AddHub(this IServiceCollection services)
    {
        services.AddSingleton<IUserIdProvider, NoUserIdProvider>();
        services.AddSingleton<RefusalFilter>();
        services.AddSingleton<HubRefusalLog>();
        services.AddSingleton(new HubMethods(typeof(RealtimeHub)));
        services.AddSignalR(options =>
        {
            options.MaximumReceiveMessageSize = MaxMessageBytes;

            // One call at a time: a client's messages are stored in the order in which it sends them.
            options.MaximumParallelInvocationsPerClient = 1;
            options.DisableImplicitFromServicesParameters = true;
        }).AddHubOptions<RealtimeHub>(options =>
        {
            options.AddFilter<RefusalFilter>();
            options.AddFilter<LostConnections>();
        });
        services.AddHubProtocols();

        services.AddSingleton<UserMessages>();
        services.Replace(ServiceDescriptor.Singleton<HubLifetimeManager<RealtimeHub>, UserLifetimeManager>());
    }

    /// <summary>Both protocols carry the same JSON contract, and both refuse in our words.</summary>
    private static void AddHubProtocols(this IServiceCollection services)
    {
        services.RemoveAll<IHubProtocol>();
        services.AddSingleton<IHubProtocol>(provider => Refusing(provider, HubProtocols.Json()));
        services.AddSingleton<IHubProtocol>(provider => Refusing(provider, HubProtocols.MessagePack()));
    }

    private static RefusingHubProtocol Refusing(IServiceProvider provider, IHubProtocol inner) =>
        new(inner, provider.GetRequiredService<HubMethods>(), provider.GetRequiredService<JoinAnswers>(), provider.GetRequiredService<HubRefusalLog>(), MaxMessageBytes);

    private static void AddListening(this WebApplicationBuilder builder)
    {
        // Addresses that were configured for the host go first.
        var addresses = builder.Configuration[WebHostDefaults.ServerUrlsKey];
        if (string.IsNullOrEmpty(addresses))
        {
            var port = builder.Configuration.GetSection(RealtimeOptions.Section).GetValue<int?>(nameof(RealtimeOptions.Port)) ?? new RealtimeOptions().Port;
            builder.WebHost.UseUrls(addresses = $"http://*:{port}");
        }

        // A port of their own keeps the metrics off the one that clients use.
        if (builder.Configuration.GetSection(MetricsOptions.Section).GetValue<int?>(nameof(MetricsOptions.Port)) is { } metrics)
        {
            builder.WebHost.UseUrls($"{addresses};http://*:{metrics}");
        }
    }
}
