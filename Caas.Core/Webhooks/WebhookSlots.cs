using System.Collections.Concurrent;
using Microsoft.Extensions.Options;

namespace Caas.Core.Webhooks;

/// <summary>
/// Attempts under way in this process: each holds a place among its tenant's and one among all. Who has not answered after <see cref="WebhookOptions.SlowAfter"/> gives them back and goes on without;
/// the next ones to a slow webhook share fewer places with their like. So nobody waits for long for somebody else's slow receivers, however many there are.
/// </summary>
public sealed class WebhookSlots(IOptions<WebhookOptions> options, TimeProvider clock)
{
    /// <summary>The slow ones have one place of so many besides.</summary>
    private const int SlowShare = 4;

    private readonly Places _quick = new(options.Value.MaxInFlight, options.Value.MaxInFlightPerTenant);
    private readonly Places _slow = new(Math.Max(1, options.Value.MaxInFlight / SlowShare), Math.Max(1, options.Value.MaxInFlightPerTenant / SlowShare));

    /// <summary>Waits for a place; dispose it when the attempt is over.</summary>
    /// <param name="slow">Whether the webhook's answers were slow.</param>
    public async Task<IDisposable> TakeAsync(TenantId tenant, bool slow, CancellationToken cancellationToken)
    {
        if (slow)
        {
            return await _slow.TakeAsync(tenant, cancellationToken);
        }

        var place = await _quick.TakeAsync(tenant, cancellationToken);
        place.Until = clock.CreateTimer(_ => place.GiveBack(), null, options.Value.SlowAfter, Timeout.InfiniteTimeSpan);
        return place;
    }

#pragma warning disable CA1001 // A semaphore of whose handle nobody asks has nothing to give back.
    private sealed class Places(int all, int perTenant)
#pragma warning restore CA1001
    {
        private readonly SemaphoreSlim _all = new(all);

        /// <summary>Of each tenant that has had a webhook while this process runs: few bytes each.</summary>
        private readonly ConcurrentDictionary<TenantId, SemaphoreSlim> _tenants = new();

        public async Task<Place> TakeAsync(TenantId tenant, CancellationToken cancellationToken)
        {
            var own = _tenants.GetOrAdd(tenant, _ => new(perTenant));
            await own.WaitAsync(cancellationToken);
            try
            {
                await _all.WaitAsync(cancellationToken);
            }
            catch
            {
                own.Release();
                throw;
            }

            return new(own, _all);
        }
    }

    private sealed class Place(SemaphoreSlim own, SemaphoreSlim all) : IDisposable
    {
        private int _given;

        public ITimer? Until { get; set; }

        public void GiveBack()
        {
            if (Interlocked.Exchange(ref _given, 1) == 0)
            {
                all.Release();
                own.Release();
            }
        }

        public void Dispose()
        {
            GiveBack();
            Until?.Dispose();
        }
    }
}
