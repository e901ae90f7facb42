using System.Collections.Concurrent;
using Caas.Core.RateLimits;

namespace Caas.Core.Attachments;

/// <summary>What one place to upload to may cost, since whoever has its link needs nothing else: 20 tries a minute over all gateways, two at a time in each.</summary>
public sealed class UploadGate(IRateLimiter limiter)
{
    private const int TriesPerMinute = 20;
    private const int AtOnce = 2;

    private readonly ConcurrentDictionary<(TenantId Tenant, string Id), int> _running = new();

    /// <summary>One try begins; it ends with what is returned.</summary>
    /// <exception cref="RefusedException"><c>rate_limited</c>.</exception>
    public async ValueTask<IDisposable> EnterAsync(StoredAttachment attachment, CancellationToken cancellationToken)
    {
        var tried = await limiter.TakeAsync($"{attachment.Tenant.Value}/upload:{attachment.Id}", TriesPerMinute, TimeSpan.FromMinutes(1), cancellationToken);
        if (!tried.Allowed)
        {
            throw new RefusedException(Refusal.RateLimited, "This place was uploaded to too often; try again later.") { RetryAfter = tried.ResetAfter };
        }

        var key = (attachment.Tenant, attachment.Id);
        if (_running.AddOrUpdate(key, 1, static (_, running) => running + 1) > AtOnce)
        {
            Leave(key);
            throw new RefusedException(Refusal.RateLimited, "This place is being uploaded to already.") { RetryAfter = TimeSpan.FromSeconds(5) };
        }

        return new Entered(this, key);
    }

    private void Leave((TenantId Tenant, string Id) key)
    {
        var left = _running.AddOrUpdate(key, 0, static (_, running) => running - 1);
        if (left <= 0)
        {
            // Only where nobody came in between.
            _running.TryRemove(new(key, left));
        }
    }

    private sealed class Entered(UploadGate gate, (TenantId Tenant, string Id) key) : IDisposable
    {
        public void Dispose() => gate.Leave(key);
    }
}
