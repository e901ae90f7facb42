using System.Collections.Concurrent;
using Caas.Core.Feed;

namespace Caas.Core.Webhooks;

/// <summary>
/// Which tenants have webhooks, and whose of their histories have gone on. Tenants without webhooks cost nothing here, however much happens to them: who has one is looked for by the clock, and at
/// once where the projector runs in this process.
/// </summary>
internal sealed class WebhookNews : IDisposable
{
    private const int Page = 200;
    private const string WebhookTypes = "webhook.";

    /// <summary>Looking for tenants takes at most this part of the time.</summary>
    private const int PartOfTime = 50;

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private readonly WebhookStores _stores;
    private readonly FeedSignal _signal;
    private readonly TimeProvider _clock;

    /// <summary>How far each tenant's history went when it was followed; -1: it is to be.</summary>
    private readonly ConcurrentDictionary<TenantId, long> _known = new();
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private DateTimeOffset _lookAt = DateTimeOffset.MinValue;
    private int _mayBeNew = 1;

    public WebhookNews(WebhookStores stores, FeedSignal signal, TimeProvider clock)
    {
        (_stores, _signal, _clock) = (stores, signal, clock);
        signal.Grown += Hear;
    }

    /// <summary>Ends with the next news that is told of in this process. Take it before looking.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    /// <summary>Tenants that are to be followed, and how far their histories go.</summary>
    public async Task<IReadOnlyList<(TenantId Tenant, long Head)>> ReadAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _mayBeNew, 0) == 1 || _clock.GetUtcNow() >= _lookAt)
        {
            await LookAsync(cancellationToken);
        }

        var found = new List<(TenantId, long)>();
        foreach (var some in _known.Keys.Chunk(Page))
        {
            var heads = await _stores.Feed.ReadHeadsAsync(some, cancellationToken);
            found.AddRange(some.Zip(heads).Where(pair => _known.TryGetValue(pair.First, out var known) && pair.Second > known));
        }

        return found;
    }

    /// <param name="any">Whether it has webhooks; otherwise it is not asked for again.</param>
    public void Followed(TenantId tenant, long head, bool any)
    {
        if (any)
        {
            _known[tenant] = head;
        }
        else
        {
            _known.TryRemove(tenant, out _);
        }
    }

    public void Dispose() => _signal.Grown -= Hear;

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        var began = _clock.GetTimestamp();
        TenantId? after = null;
        while (await _stores.Webhooks.ListTenantsAsync(after, Page, cancellationToken) is { Count: > 0 } some)
        {
            foreach (var tenant in some)
            {
                _known.TryAdd(tenant, -1);
            }

            after = some[^1];
        }

        var pause = _clock.GetElapsedTime(began) * PartOfTime;
        _lookAt = _clock.GetUtcNow() + (pause > LookEvery ? pause : LookEvery);
    }

    private void Hear(IReadOnlyList<EntryHeader> headers)
    {
        var ours = false;
        foreach (var header in headers)
        {
            if (header.Type.StartsWith(WebhookTypes, StringComparison.Ordinal))
            {
                Interlocked.Exchange(ref _mayBeNew, 1);
                ours = true;
            }

            ours = ours || _known.ContainsKey(header.Log.Tenant);
        }

        if (ours)
        {
            Interlocked.Exchange(ref _next, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
        }
    }
}
