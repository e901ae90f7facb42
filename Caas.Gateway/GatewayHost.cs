using Caas.Core;
using Caas.Core.Attachments;
using Caas.Core.Delivery;
using Caas.Core.Erasure;
using Caas.Core.Retention;
using Caas.Core.Tenants;
using Caas.Gateway.ApiKeys;
using Caas.Gateway.Attachments;
using Caas.Gateway.Audit;
using Caas.Gateway.Bans;
using Caas.Gateway.BeforeSend;
using Caas.Gateway.Blocklists;
using Caas.Gateway.Blocks;
using Caas.Gateway.Callers;
using Caas.Gateway.Calls;
using Caas.Gateway.Conversations;
using Caas.Gateway.Cors;
using Caas.Gateway.Devices;
using Caas.Gateway.Entries;
using Caas.Gateway.EventLog;
using Caas.Gateway.Exports;
using Caas.Gateway.Flags;
using Caas.Gateway.Hosting;
using Caas.Gateway.Idempotency;
using Caas.Gateway.Import;
using Caas.Gateway.Json;
using Caas.Gateway.Members;
using Caas.Gateway.Messages;
using Caas.Gateway.Negotiate;
using Caas.Gateway.Notifications;
using Caas.Gateway.OpenApi;
using Caas.Gateway.OwnViews;
using Caas.Gateway.Pins;
using Caas.Gateway.Polls;
using Caas.Gateway.Presence;
using Caas.Gateway.Privacy;
using Caas.Gateway.Problems;
using Caas.Gateway.Push;
using Caas.Gateway.RateLimits;
using Caas.Gateway.Reactions;
using Caas.Gateway.Receipts;
using Caas.Gateway.Reminders;
using Caas.Gateway.Scheduled;
using Caas.Gateway.Search;
using Caas.Gateway.Security;
using Caas.Gateway.Tenants;
using Caas.Gateway.Threads;
using Caas.Gateway.Tokens;
using Caas.Gateway.Users;
using Caas.Gateway.Webhooks;
using Caas.ServiceDefaults;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Caas.Gateway;

/// <summary>The gateway as something to compose: alone, in the standalone host, in tests.</summary>
public static class GatewayHost
{
    /// <summary>Adds the public REST API. The host adds the service defaults and picks the adapters.</summary>
    public static WebApplicationBuilder AddGateway(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddCaasCore();
        services.TryAddSingleton<IEntryBroadcaster, ChannelBroadcaster>();

        services.AddSingleton<IValidateOptions<GatewayOptions>, GatewayOptionsValidator>();
        services.AddOptions<GatewayOptions>().BindConfiguration(GatewayOptions.Section).ValidateOnStart();
        builder.AddListening(GatewayOptions.Read(builder.Configuration));

        services.AddSingleton<GatewayMetrics>();
        services.AddScoped<CurrentCaller>();
        services.AddScoped(provider => provider.GetRequiredService<CurrentCaller>().Require());
        services.AddSingleton<CorsOrigins>();
        services.AddSingleton<ReplicaChooser>();
        services.AddSingleton<RefusalLog>();
        services.AddSingleton<AuditedRefusals>();
        services.AddSingleton<ProblemWriter>();
        services.AddHostedService<GatewayLog>();
        services.AddHostedService<ServerRefusals>();
        services.AddSingleton<BadRequests>();
        services.AddExceptionHandler<ProblemExceptionHandler>();
        services.Configure<JsonOptions>(GatewayJson.Apply);
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        services.AddHostedService<AttachmentSweep>();
        services.AddHostedService(provider => provider.GetRequiredService<TenantPurge>());
        services.AddHostedService(provider => provider.GetRequiredService<RetentionSweep>());
        services.AddHostedService(provider => provider.GetRequiredService<ErasureWorker>());
        services.AddSingleton<GatewayAddress>();
        services.AddGatewayOpenApi();
        return builder;
    }

    /// <summary>Maps everything that <see cref="AddGateway"/> added.</summary>
    public static WebApplication MapGateway(this WebApplication app)
    {
        app.UseForwardedHeaders();
        app.UseMiddleware<SecurityHeadersMiddleware>();
        app.UseMiddleware<HeadMiddleware>();
        app.UseExceptionHandler(_ => { });
        app.UseStatusCodePages(StatusProblems.WriteAsync);
        app.UseRouting();
        app.UseMiddleware<CorsMiddleware>();
        app.UseMiddleware<DeadlineMiddleware>();
        app.UseMiddleware<RequestFormMiddleware>();
        app.UseMiddleware<CallerMiddleware>();
        app.UseMiddleware<RateLimitMiddleware>();
        app.UseMiddleware<AccessMiddleware>();
        app.UseMiddleware<BodyRecordMiddleware>();
        app.UseMiddleware<IdempotencyMiddleware>();

        app.MapDefaultEndpoints();
        app.MapDocs();
        app.MapNegotiate();

        var v1 = app.MapGroup("/v1").AddEndpointFilter<RouteGroupBuilder, Utf8BodyFilter>();
        v1.MapPing();
        app.MapSigningKeys(v1);
        v1.MapTenants();
        v1.MapOwnTenant();
        v1.MapApiKeys();
        v1.MapUsers();
        v1.MapExports();
        v1.MapPrivacy();
        v1.MapNotificationPreferences();
        v1.MapDevices();
        v1.MapNotifications();
        v1.MapDeliveryAccounts();
        v1.MapBlocklist();
        v1.MapBlocks();
        v1.MapBans();
        v1.MapFlags();
        v1.MapPresence();
        v1.MapTokens();
        v1.MapConversations();
        v1.MapMembers();
        v1.MapMessages();
        v1.MapThreads();
        v1.MapImport();
        v1.MapAttachments();
        v1.MapReactions();
        v1.MapPins();
        v1.MapSearch();
        v1.MapPolls();
        v1.MapScheduled();
        v1.MapReminders();
        v1.MapReceipts();
        v1.MapOwnViews();
        v1.MapEntries();
        v1.MapEventLog();
        v1.MapWebhooks();
        v1.MapBeforeSend();
        v1.MapAudit();
        v1.MapCalls();
        app.LearnMetricsPort();
        return app;
    }
}
