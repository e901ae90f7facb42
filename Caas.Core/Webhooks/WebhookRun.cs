using System.Collections.Concurrent;
using Caas.Contracts;
using Caas.Core.Feed;

namespace Caas.Core.Webhooks;

/// <summary>
/// Tells one webhook what there is, lane by lane, from what is stored on. One that failed on our side is thrown away with all that it had in mind: the next one begins from the store again.
/// </summary>
internal sealed class WebhookRun(WebhookTools tools, Webhook webhook, long epoch, WebhookWake wake, TimeProvider clock, CancellationToken cancellationToken) : IAsyncDisposable
{
    private const int PruneEach = 1_000;
    private const int LookAtOnce = 100;

    /// <summary>How often it is looked whether what waits for another attempt was delivered by hand.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
    private readonly WebhookLine _line = new(tools.Stores, webhook, epoch, clock);
    private readonly WebhookAttempts _attempts = new(tools, webhook, clock);
    private readonly WebhookHealth _health = new(tools.Options.Value, clock);
    private readonly WebhookLanes _lanes = new();
    private readonly ConcurrentQueue<WebhookTry> _ended = new();
    private readonly List<Task> _running = [];
    private int _sincePruned = PruneEach;
    private long _lookedAt = clock.GetTimestamp();
    private long _lookedTo;

    /// <summary>Works until the token ends or the webhook is to be disabled.</summary>
    /// <returns>Why, and since when every attempt had failed.</returns>
    public async Task<(string Reason, DateTimeOffset? FailingSince)> WorkAsync()
    {
        _health.Resume(await tools.Stores.Webhooks.ReadFailingAsync(webhook.Tenant, webhook.Id, _stop.Token));
        await _line.LoadAsync(delivery => Add(delivery.Since(webhook.RenewedAt, clock.GetUtcNow())), _stop.Token);
        while (true)
        {
            var news = wake.Next;
            if (await ReapAsync() is { } reason)
            {
                return (reason, _health.FailingSince);
            }

            await LookAsync();
            while (_lanes.Count < tools.Options.Value.Window && await _line.FillAsync(wake.Head, Add, _stop.Token))
            {
            }

            Start();
            await PruneAsync();
            await FeedSignal.WaitAsync(news, Pause(), clock, _stop.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        tools.Metrics.Pending(-_lanes.Count);
        _stop.Dispose();
    }

    private void Start()
    {
        _running.RemoveAll(task => task.IsCompletedSuccessfully);
        var now = clock.GetUtcNow();
        while (_running.Count < _health.Parallelism && now >= _health.PausedUntil && _lanes.TryTake(now) is { } delivery)
        {
            _running.Add(TryAsync(delivery, _health.IsSlow));
        }
    }

    private async Task TryAsync(WebhookDelivery delivery, bool slow)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            _ended.Enqueue(await _attempts.TryAsync(delivery, slow, _stop.Token));
        }
        finally
        {
            wake.Raise();
        }
    }

    /// <returns>Why the webhook is to be disabled; null: it is not.</returns>
    private async Task<string?> ReapAsync()
    {
        foreach (var failed in _running.Where(task => task.IsFaulted || task.IsCanceled))
        {
            await failed;
        }

        var (failing, down) = (_health.FailingSince, _health.IsDown);
        string? reason = null;
        while (_ended.TryDequeue(out var ended))
        {
            End(ended.Delivery);
            reason = ended.Attempt is null ? reason : _health.Judge(ended.Attempt) ?? reason;
        }

        if (down && !_health.IsDown)
        {
            // It is back: what failed meanwhile was the webhook's fault, and its conversations need not wait for hours.
            _lanes.MakeDue(clock.GetUtcNow());
        }

        if (failing != _health.FailingSince)
        {
            await tools.Stores.Webhooks.SetFailingAsync(webhook.Tenant, webhook.Id, webhook.Rev, _health.FailingSince, _stop.Token);
        }

        return reason;
    }

    /// <summary>Whom somebody has unstuck by hand, perhaps in another process, holds up its lane no longer.</summary>
    private async Task LookAsync()
    {
        if (clock.GetElapsedTime(_lookedAt) < LookEvery)
        {
            return;
        }

        _lookedAt = clock.GetTimestamp();
        var waiting = _lanes.Retrying(_lookedTo, LookAtOnce);
        _lookedTo = waiting.Count < LookAtOnce ? 0 : waiting[^1].Position;
        if (waiting.Count > 0)
        {
            var found = await tools.Stores.Deliveries.FindAsync(webhook.Tenant, webhook.Id, [.. waiting.Select(delivery => delivery.Id)], _stop.Token);
            foreach (var ended in found.Where(delivery => delivery.State != WebhookDeliveryState.Pending))
            {
                End(ended);
            }
        }
    }

    private async Task PruneAsync()
    {
        if (_sincePruned >= PruneEach)
        {
            _sincePruned = 0;
            await tools.Stores.Deliveries.PruneAsync(webhook.Tenant, webhook.Id, tools.Options.Value.Keep, _stop.Token);
        }
    }

    /// <summary>Until the next one is due, where nothing else happens before.</summary>
    private TimeSpan Pause()
    {
        var longest = _lanes.Count > 0 ? LookEvery : LongestPause;
        if (_running.Count >= _health.Parallelism || _lanes.NextDue is not { } due)
        {
            return longest;
        }

        var left = (due > _health.PausedUntil ? due : _health.PausedUntil) - clock.GetUtcNow();
        return left <= TimeSpan.Zero ? TimeSpan.FromMilliseconds(1) : left < longest ? left : longest;
    }

    private void Add(WebhookDelivery delivery)
    {
        _lanes.Add(delivery);
        tools.Metrics.Pending(1);
    }

    private void End(WebhookDelivery delivery)
    {
        var before = _lanes.Count;
        _lanes.Ended(delivery);
        tools.Metrics.Pending(_lanes.Count - before);
        if (delivery.State != WebhookDeliveryState.Pending)
        {
            tools.Metrics.Ended(delivery.State == WebhookDeliveryState.Delivered);
            _sincePruned++;
        }
    }
}
