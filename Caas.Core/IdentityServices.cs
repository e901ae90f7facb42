using Caas.Core.ApiKeys;
using Caas.Core.Callers;
using Caas.Core.Idempotency;
using Caas.Core.RateLimits;
using Caas.Core.Tenants;
using Caas.Core.Tokens;
using Caas.Core.Users;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Caas.Core;

/// <summary>Who is calling and what for: tenants, API keys, users, tokens, idempotency keys, rate limits.</summary>
public static class IdentityServices
{
    public static IServiceCollection AddIdentity(this IServiceCollection services)
    {
        services.TryAddSingleton<TenantDirectory>();
        services.TryAddSingleton<TenantService>();
        services.TryAddSingleton<ApiKeyService>();
        services.TryAddSingleton<UserService>();
        services.TryAddSingleton<TokenService>();
        services.TryAddSingleton<SigningKeyService>();
        services.TryAddSingleton<RevocationList>();
        services.TryAddSingleton<Authenticator>();
        services.TryAddSingleton<IdempotentAnswers>();
        return services.AddRateLimits();
    }

    private static IServiceCollection AddRateLimits(this IServiceCollection services)
    {
        services.AddOptions<RateLimitOptions>().BindConfiguration(RateLimitOptions.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<Microsoft.Extensions.Options.IValidateOptions<RateLimitOptions>, RateLimitOptionsValidator>());
        services.TryAddSingleton<LocalRateLimiter>();
        services.TryAddSingleton<IRateLimiter>(provider => provider.GetRequiredService<LocalRateLimiter>());
        services.TryAddSingleton<RateLimitPolicy>();
        services.TryAddSingleton<HubRateLimiter>();
        return services;
    }
}
