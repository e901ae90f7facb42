using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Tenants;
using Microsoft.Extensions.Options;

namespace Caas.Core.RateLimits;

/// <summary>Which limits hold for whom: the tenant's own where it has set them, otherwise (and while the store is gone) the platform's. A tenant's change counts within 5 s.</summary>
public sealed class RateLimitPolicy(IOptions<RateLimitOptions> options, TenantDirectory tenants)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private readonly TenantRateLimits _platform = new(
        options.Value.PerKeyPerMinute,
        options.Value.PerUserPerMinute,
        options.Value.HubMessagesPerSecond,
        options.Value.HubTypingPerSecond,
        options.Value.HubJoinsPerSecond);

    /// <summary>How often a user may ring others in a minute: the platform's, for all tenants. 0: off.</summary>
    public int CallsPerMinute => options.Value.HubCallsPerMinute;

    /// <summary>The bucket and limit of a caller's REST requests: per API key (whoever it acts for), per user, one for the admin.</summary>
    /// <returns>Null: not limited.</returns>
    public async ValueTask<RequestLimit?> ForRequestAsync(Caller caller, CancellationToken cancellationToken)
    {
        var limits = await ForTenantAsync(caller.Kind == CallerKind.Admin ? null : caller.Tenant, cancellationToken);
        var (bucket, limit) = caller.Kind switch
        {
            CallerKind.Admin => ("admin", limits.PerKeyPerMinute),
            CallerKind.Backend => ($"{caller.Tenant.Value}/key:{caller.KeyId}", limits.PerKeyPerMinute),
            _ => (caller.Key, limits.PerUserPerMinute),
        };
        return limit > 0 ? new(bucket, limit.Value, Minute) : null;
    }

    /// <summary>A tenant's limits, none of them null; null: the platform's. 0: off.</summary>
    public async ValueTask<TenantRateLimits> ForTenantAsync(TenantId? tenant, CancellationToken cancellationToken)
    {
        var own = await OwnAsync(tenant, cancellationToken);
        return own is null
            ? _platform
            : new(
                own.PerKeyPerMinute ?? _platform.PerKeyPerMinute,
                own.PerUserPerMinute ?? _platform.PerUserPerMinute,
                own.HubMessagesPerSecond ?? _platform.HubMessagesPerSecond,
                own.HubTypingPerSecond ?? _platform.HubTypingPerSecond,
                own.HubJoinsPerSecond ?? _platform.HubJoinsPerSecond);
    }

    private async ValueTask<TenantRateLimits?> OwnAsync(TenantId? tenant, CancellationToken cancellationToken)
    {
        try
        {
            return tenant is { } id ? (await tenants.FindAsync(id, cancellationToken))?.Settings.RateLimits : null;
        }
        catch (StoreUnavailableException)
        {
            return null; // Counting calls must not fail them.
        }
    }
}

/// <summary>What to pass to <see cref="IRateLimiter.TakeAsync"/>.</summary>
public sealed record RequestLimit(string Bucket, int Limit, TimeSpan Window);
