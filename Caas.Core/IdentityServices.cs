using Caas.Core.ApiKeys;
using Caas.Core.Audit;
using Caas.Core.Bans;
using Caas.Core.Blocklists;
using Caas.Core.Blocks;
using Caas.Core.Callers;
using Caas.Core.Delivery;
using Caas.Core.Devices;
using Caas.Core.Entries;
using Caas.Core.Feed;
using Caas.Core.Idempotency;
using Caas.Core.Notifications;
using Caas.Core.Paging;
using Caas.Core.Privacy;
using Caas.Core.Push;
using Caas.Core.RateLimits;
using Caas.Core.Secrets;
using Caas.Core.Tenants;
using Caas.Core.Timed;
using Caas.Core.Tokens;
using Caas.Core.Usage;
using Caas.Core.Users;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Caas.Core;

/// <summary>Who is calling and what for: tenants, API keys, users, tokens, idempotency keys, rate limits.</summary>
public static class IdentityServices
{
    public static IServiceCollection AddIdentity(this IServiceCollection services)
    {
        services.TryAddSingleton<ReservedLogs>();
        services.AddAudit();
        services.TryAddSingleton<IdempotentAnswers>();
        services.TryAddSingleton<IdentityMetrics>();
        services.TryAddSingleton<Authenticator>();
        return services.AddSecrets().AddTenants().AddUsers().AddTokens().AddRateLimits();
    }

    private static void AddAudit(this IServiceCollection services)
    {
        services.AddOptions<AuditOptions>().BindConfiguration(AuditOptions.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<AuditOptions>, AuditOptionsValidator>());
        services.TryAddSingleton<AuditLog>();
        services.TryAddSingleton<AuditMetrics>();
        services.TryAddSingleton<AuditIntents>();
        services.AddSingleton<ITimedHandler, AuditRecovery>();
        services.TryAddSingleton<RefusalWriter>();
        services.AddHostedSingleton<RefusalRecorder>();
    }

    private static IServiceCollection AddSecrets(this IServiceCollection services)
    {
        services.AddOptions<PlatformSecrets>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<PlatformSecrets>, PlatformSecretsSetup>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<PlatformSecrets>, PlatformSecretsValidator>());
        services.TryAddSingleton<KeySealer>();
        services.TryAddSingleton<SecretSealer>();
        return services;
    }

    private static IServiceCollection AddTenants(this IServiceCollection services)
    {
        services.TryAddSingleton<TenantDirectory>();
        services.TryAddSingleton<TenantProjection>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ILogProjection, TenantProjection>(provider => provider.GetRequiredService<TenantProjection>()));
        services.TryAddSingleton<TenantWriter>();
        services.TryAddSingleton<TenantUsage>();
        services.AddOptions<TenantPurgeOptions>().BindConfiguration(TenantPurgeOptions.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<TenantPurgeOptions>, TenantPurgeOptionsValidator>());
        services.TryAddSingleton<TenantPurge>();
        services.TryAddSingleton<IReplicaDirectory, NoReplicaDirectory>();
        services.TryAddSingleton<OpenConnections>();
        services.TryAddSingleton<QuotaCounting>();
        services.TryAddSingleton<Quotas>();
        services.TryAddSingleton<MessageUsage>();
        services.AddHostedSingleton<UsageTracker>();
        services.TryAddSingleton<TenantService>();
        services.TryAddSingleton<BlocklistService>();
        services.TryAddSingleton<ApiKeyDirectory>();
        services.TryAddSingleton<ApiKeyVerifier>();
        services.TryAddSingleton<ApiKeyService>();
        services.AddHostedSingleton<ApiKeyUsage>();
        return services;
    }

    private static IServiceCollection AddUsers(this IServiceCollection services)
    {
        services.TryAddSingleton<UserDirectory>();
        services.TryAddSingleton<UserProjection>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ILogProjection, UserProjection>(provider => provider.GetRequiredService<UserProjection>()));
        services.TryAddSingleton<UserWriter>();
        services.TryAddSingleton<UserService>();
        services.TryAddSingleton<PrivacyService>();
        services.TryAddSingleton<PrivacyDirectory>();
        services.TryAddSingleton<NotificationPreferenceService>();
        services.TryAddSingleton<DeviceMetrics>();
        services.TryAddSingleton<DeviceService>();
        services.TryAddSingleton<VapidKeys>();
        services.TryAddSingleton<BlockProjection>();
        services.TryAddSingleton<BanProjection>();
        services.TryAddSingleton<BanDirectory>();
        services.TryAddSingleton<BlockDirectory>();
        services.TryAddSingleton<BlockMetrics>();
        services.TryAddSingleton<BlockService>();
        return services;
    }

    private static IServiceCollection AddTokens(this IServiceCollection services)
    {
        services.AddOptions<TokenOptions>().BindConfiguration(TokenOptions.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<TokenOptions>, TokenOptionsValidator>());
        services.AddHostedSingleton<RevocationList>();
        services.AddHostedSingleton<IdentityMaintenance>();
        services.TryAddSingleton<SigningKeyRing>();
        services.TryAddSingleton<SigningKeyService>();
        services.TryAddSingleton<Cursors>();
        services.TryAddSingleton<TokenRevoker>();
        services.TryAddSingleton<TokenFactory>();
        services.TryAddSingleton<TokenVerifier>();
        services.TryAddSingleton<TokenPairs>();
        services.TryAddSingleton<TokenRefresher>();
        services.TryAddSingleton<TokenService>();
        return services;
    }

    private static IServiceCollection AddRateLimits(this IServiceCollection services)
    {
        services.AddOptions<RateLimitOptions>().BindConfiguration(RateLimitOptions.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<RateLimitOptions>, RateLimitOptionsValidator>());
        services.TryAddSingleton<LocalRateLimiter>();
        services.TryAddSingleton<IRateLimiter>(provider => provider.GetRequiredService<LocalRateLimiter>());
        services.TryAddSingleton<RateLimitPolicy>();
        services.TryAddSingleton<ISharedBuckets, NoSharedBuckets>();
        services.TryAddSingleton<HubRateLimiter>();
        return services;
    }

    private static void AddHostedSingleton<TService>(this IServiceCollection services)
        where TService : class, Microsoft.Extensions.Hosting.IHostedService
    {
        services.TryAddSingleton<TService>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<Microsoft.Extensions.Hosting.IHostedService, TService>(provider => provider.GetRequiredService<TService>()));
    }
}
