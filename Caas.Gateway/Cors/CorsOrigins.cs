using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Core.Tenants;

namespace Caas.Gateway.Cors;

/// <summary>Which origins browsers may call from: per tenant, and for calls whose tenant is not known (a preflight has no credentials) those that any tenant allows.</summary>
internal sealed partial class CorsOrigins(ITenantStore store, TenantDirectory directory, TimeProvider clock, ILogger<CorsOrigins> logger) : IDisposable
{
    private const int PageSize = 200;
    private const string Any = "*";

    /// <summary>A tenant's new origin counts within 5 s. Where reading all tenants takes long, it is done less often: it may take a twentieth of the time.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(3);
    private const int LoadShare = 20;

    private readonly SemaphoreSlim _loading = new(1, 1);
    private Snapshot _all = new(new HashSet<string>(), long.MinValue);

    /// <summary>Whether a tenant allows the origin.</summary>
    public async ValueTask<bool> TenantAllowsAsync(TenantId tenant, string origin, CancellationToken cancellationToken) =>
        await directory.FindAsync(tenant, cancellationToken) is { } found && found.Settings.CorsOrigins.Any(allowed => allowed == Any || allowed.Equals(origin, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether any tenant allows the origin, as far as is known: while the store is gone, what was read last.</summary>
    public async ValueTask<bool> AnyAllowsAsync(string origin, CancellationToken cancellationToken)
    {
        if (clock.GetTimestamp() >= _all.FreshUntil)
        {
            await LoadAsync(cancellationToken);
        }

        return _all.Origins.Contains(Any) || _all.Origins.Contains(origin);
    }

    public void Dispose() => _loading.Dispose();

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        await _loading.WaitAsync(cancellationToken);
        try
        {
            if (clock.GetTimestamp() < _all.FreshUntil)
            {
                return;
            }

            var started = clock.GetTimestamp();
            var origins = await ReadAllAsync(cancellationToken);
            var lifetime = TimeSpan.FromTicks(Math.Max(Lifetime.Ticks, clock.GetElapsedTime(started).Ticks * LoadShare));
            _all = new(origins, started + (long)(lifetime.TotalSeconds * clock.TimestampFrequency));
        }
        catch (StoreUnavailableException exception)
        {
            LogStale(exception);
        }
        finally
        {
            _loading.Release();
        }
    }

    private async Task<HashSet<string>> ReadAllAsync(CancellationToken cancellationToken)
    {
        var origins = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        TenantId? after = null;
        while (true)
        {
            var tenants = await store.ListAsync(after, PageSize, cancellationToken);
            foreach (var tenant in tenants)
            {
                origins.UnionWith(tenant.Settings.CorsOrigins);
            }

            if (tenants.Count < PageSize)
            {
                return origins;
            }

            after = tenants[^1].Id;
        }
    }

    [LoggerMessage(2101, LogLevel.Warning, "The tenants' CORS origins could not be read; those read last stand.")]
    private partial void LogStale(Exception exception);

    private sealed record Snapshot(IReadOnlySet<string> Origins, long FreshUntil);
}
