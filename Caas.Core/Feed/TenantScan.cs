namespace Caas.Core.Feed;

/// <summary>Finds the tenants in whose feeds a consumer is behind, and works on several at a time, each until it is done; the others get their turn.</summary>
internal sealed class TenantScan(IFeedStore feed, FeedSignal signal, FeedOptions options, TimeProvider clock)
{
    private const int Page = 100;

    private readonly Dictionary<TenantId, Task> _working = [];
    private readonly Dictionary<TenantId, long> _refusedAt = [];

    /// <summary>How long news may gather from one look to the next. What comes after a quiet moment does not wait.</summary>
    public TimeSpan Gather { get; init; }

    /// <summary>Whether all places are taken, so that a tenant with more to do should make room after its turn.</summary>
    public bool IsFull { get; private set; }

    /// <summary>Runs until the token ends, then waits for what it began.</summary>
    /// <param name="most">How many tenants at a time.</param>
    /// <param name="begin">Gives the work on a tenant, which ends by itself when nothing is left to do or the token ends; null: not now (another process is at it).</param>
    /// <exception cref="Exception">What work threw; the rest is stopped before.</exception>
    public async Task RunAsync(string consumer, int most, Func<TenantId, CancellationToken, Task<Func<CancellationToken, Task>?>> begin, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            TenantId? after = null;
            while (true)
            {
                var (news, looked) = (signal.Next, clock.GetTimestamp());
                await ReapAsync();
                IsFull = _working.Count >= most;
                var more = false;
                if (!IsFull)
                {
                    (after, more) = await BeginPageAsync(consumer, most, after, begin, stop.Token);
                }

                if (!more)
                {
                    // What is waited for lets go of the wait when that ends: news may not come for days where another process runs the projector.
                    using var waited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                    await FeedSignal.WaitAsync(Task.WhenAny([news.WaitAsync(waited.Token), .. _working.Values.Select(work => work.WaitAsync(waited.Token))]), options.PollInterval, clock, cancellationToken);
                    await waited.CancelAsync();
                    if (!IsFull && Gather - clock.GetElapsedTime(looked) is { Ticks: > 0 } rest)
                    {
                        await Task.Delay(rest, clock, cancellationToken);
                    }
                }
            }
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(_working.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<(TenantId? After, bool More)> BeginPageAsync(string consumer, int most, TenantId? after, Func<TenantId, CancellationToken, Task<Func<CancellationToken, Task>?>> begin, CancellationToken cancellationToken)
    {
        var behind = await feed.ReadBehindAsync(consumer, after, Page, cancellationToken);
        foreach (var lag in behind)
        {
            if (_working.Count >= most)
            {
                // The next one to begin is this one: nobody is passed over.
                return (after, false);
            }

            after = lag.Tenant;
            if (_working.ContainsKey(lag.Tenant) || WasRefused(lag.Tenant))
            {
                continue;
            }

            if (await begin(lag.Tenant, cancellationToken) is { } work)
            {
                _working.Add(lag.Tenant, work(cancellationToken));
            }
            else
            {
                _refusedAt[lag.Tenant] = clock.GetTimestamp();
            }
        }

        return behind.Count == Page ? (after, true) : (null, false);
    }

    private bool WasRefused(TenantId tenant)
    {
        if (!_refusedAt.TryGetValue(tenant, out var at))
        {
            return false;
        }

        if (clock.GetElapsedTime(at) < options.LeaseDuration / 4)
        {
            return true;
        }

        _refusedAt.Remove(tenant);
        return false;
    }

    private async Task ReapAsync()
    {
        foreach (var (tenant, work) in _working.Where(pair => pair.Value.IsCompleted).ToArray())
        {
            _working.Remove(tenant);
            await work;
        }
    }
}
