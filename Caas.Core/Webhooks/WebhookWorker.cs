using System.Collections.Concurrent;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.EventLog;
using Caas.Core.Feed;
using Caas.Core.Json;
using Caas.Core.Tenants;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Caas.Core.Webhooks;

/// <summary>What workers of webhooks work with.</summary>
public sealed record WebhookStores(IWebhookStore Webhooks, IWebhookDeliveryStore Deliveries, IFeedStore Feed);

/// <summary>What all workers of a process share.</summary>
public sealed record WebhookTools(WebhookStores Stores, WebhookSender Sender, TenantWriter Writer, WebhookMetrics Metrics, IOptions<WebhookOptions> Options, IOptions<FeedOptions> FeedOptions)
{
    /// <summary>Attempts under way to all webhooks.</summary>
    internal SemaphoreSlim Slots { get; } = new(Options.Value.MaxInFlight);
}

/// <summary>
/// One webhook's queue, in the one process that is elected: puts what the history brings in line (durably, before its place in the history moves on), delivers it lane by lane, and keeps what
/// became of it. What waits when the process dies waits in the store.
/// </summary>
internal sealed partial class WebhookWorker(WebhookTools tools, Webhook webhook, long head, long epoch, TimeProvider clock, ILogger logger)
{
    private const int Batch = 500;
    private const int PruneEach = 1_000;
    private static readonly TimeSpan PruneEvery = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(30);

    private readonly WebhookOptions _options = tools.Options.Value;
    private readonly EventTypeFilter _filter = EventTypeFilter.Parse(webhook.Events, "events");
    private readonly ConcurrentQueue<(WebhookDelivery Delivery, WebhookAttempt? Attempt)> _ended = new();
    private readonly List<Task> _running = [];
    private WebhookLanes _lanes = new();
    private WebhookHealth _health = new(tools.Options.Value, clock);
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _head = head;
    private int _sincePruned = PruneEach;
    private long _prunedAt;

    /// <summary>Whether it is still the one that is to run.</summary>
    public long Rev => webhook.Rev;

    /// <summary>The place in the tenant's feed of one webhook.</summary>
    public static string ConsumerOf(string id) => $"webhook/{id}";

    /// <summary>The tenant's history goes on.</summary>
    public void Notify(long newHead)
    {
        Interlocked.Exchange(ref _head, newHead);
        Raise();
    }

    /// <summary>Works until the token ends, or the webhook is disabled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        tools.Metrics.Running(1);
        var backoff = new Backoff(tools.FeedOptions.Value.InitialBackoff, tools.FeedOptions.Value.MaxBackoff, clock);
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                try
                {
                    await WorkAsync(stop.Token);
                    return;
                }
                catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
                {
                    return;
                }
                catch (FencedException exception)
                {
                    LogFenced(exception, webhook.Id);
                    return;
                }
#pragma warning disable CA1031 // A webhook that nobody told any more would be silent for ever: whatever it is, it is logged, and begun again from what is stored.
                catch (Exception exception)
#pragma warning restore CA1031
                {
                    LogFailed(exception, exception is StoreUnavailableException ? LogLevel.Warning : LogLevel.Error, webhook.Id);
                }
                finally
                {
                    await stop.CancelAsync();
                    await Task.WhenAll(_running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    tools.Metrics.Pending(-_lanes.Count);
                    _lanes = new();
                }

                await backoff.PauseAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        finally
        {
            tools.Metrics.Running(-1);
        }
    }

    private async Task WorkAsync(CancellationToken cancellationToken)
    {
        var position = await LoadAsync(cancellationToken);
        while (true)
        {
            var changed = Volatile.Read(ref _changed).Task;
            if (await ReapAsync(cancellationToken))
            {
                return;
            }

            position = await FillAsync(position, cancellationToken);
            Start(cancellationToken);
            await PruneAsync(cancellationToken);
            await FeedSignal.WaitAsync(changed, Pause(), clock, cancellationToken);
        }
    }

    /// <summary>What waits in the store, and where the history goes on.</summary>
    private async Task<long> LoadAsync(CancellationToken cancellationToken)
    {
        (_lanes, _health) = (new(), new(_options, clock) { FailingSince = await tools.Stores.Webhooks.ReadFailingAsync(webhook.Tenant, webhook.Id, cancellationToken) });
        _running.Clear();
        _ended.Clear();
        var position = Math.Max(webhook.Start, await tools.Stores.Feed.ReadPositionAsync(ConsumerOf(webhook.Id), webhook.Tenant, cancellationToken));
        long after = 0;
        while (await tools.Stores.Deliveries.ListPendingAsync(webhook.Tenant, webhook.Id, after, Batch, cancellationToken) is { Count: > 0 } some)
        {
            foreach (var delivery in some)
            {
                Add(delivery);
            }

            after = some[^1].Position;
        }

        return Math.Max(position, after);
    }

    private async Task<long> FillAsync(long position, CancellationToken cancellationToken)
    {
        while (_lanes.Count < _options.Window && position < Interlocked.Read(ref _head))
        {
            var items = await tools.Stores.Feed.ReadAsync(webhook.Tenant, position, Batch, cancellationToken);
            if (items.Count == 0)
            {
                return position;
            }

            var at = DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds());
            WebhookDelivery[] wanted = [.. items.Where(_filter.Wants).Select(item => WebhookDelivery.Of(item, at))];
            if (wanted.Length > 0)
            {
                await tools.Stores.Deliveries.AddAsync(webhook.Tenant, webhook.Id, wanted, cancellationToken);
            }

            position = items[^1].Position;
            await tools.Stores.Feed.SavePositionAsync(ConsumerOf(webhook.Id), webhook.Tenant, position, epoch, cancellationToken);
            foreach (var delivery in wanted)
            {
                Add(delivery);
            }
        }

        return position;
    }

    private void Start(CancellationToken cancellationToken)
    {
        _running.RemoveAll(task => task.IsCompletedSuccessfully);
        var now = clock.GetUtcNow();
        while (_running.Count < _health.Parallelism && now >= _health.PausedUntil && _lanes.TryTake(now) is { } delivery)
        {
            _running.Add(DeliverAsync(delivery, cancellationToken));
        }
    }

    private async Task DeliverAsync(WebhookDelivery delivery, CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            WebhookAttempt? attempt = null;
            await tools.Slots.WaitAsync(cancellationToken);
            try
            {
                if (await tools.Sender.BodyAsync(webhook, delivery, cancellationToken) is { } body)
                {
                    attempt = await tools.Sender.SendAsync(webhook, delivery, body, manual: false, cancellationToken);
                }
            }
            finally
            {
                tools.Slots.Release();
            }

            var ended = attempt is null
                ? delivery.Tried(new(DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds()), 0, null, "the event is gone", null, false)) with { State = WebhookDeliveryState.Failed, NextAt = null }
                : _health.Judge(delivery.Tried(attempt), attempt);

            // Whoever is told has been told: what became of it is kept though this process is to stop.
            await tools.Stores.Deliveries.UpdateAsync(webhook.Tenant, webhook.Id, ended, CancellationToken.None);
            _ended.Enqueue((ended, attempt));
        }
        finally
        {
            Raise();
        }
    }

    /// <returns>Whether the webhook was disabled.</returns>
    private async Task<bool> ReapAsync(CancellationToken cancellationToken)
    {
        foreach (var failed in _running.Where(task => task.IsFaulted || task.IsCanceled))
        {
            await failed;
        }

        var failing = _health.FailingSince;
        string? reason = null;
        while (_ended.TryDequeue(out var ended))
        {
            var before = _lanes.Count;
            _lanes.Ended(ended.Delivery);
            tools.Metrics.Pending(_lanes.Count - before);
            if (ended.Delivery.State != WebhookDeliveryState.Pending)
            {
                tools.Metrics.Ended(ended.Delivery.State == WebhookDeliveryState.Delivered);
                _sincePruned++;
            }

            reason = ended.Attempt is null ? reason : _health.Judge(ended.Attempt) ?? reason;
        }

        if (failing != _health.FailingSince)
        {
            await tools.Stores.Webhooks.SetFailingAsync(webhook.Tenant, webhook.Id, webhook.Rev, _health.FailingSince, cancellationToken);
        }

        if (reason is not null)
        {
            await DisableAsync(reason);
        }

        return reason is not null;
    }

    private async Task DisableAsync(string reason)
    {
        var platform = new Caller { Kind = CallerKind.Admin, Tenant = webhook.Tenant };
        var data = new WebhookDisabledData("platform", webhook.Id, webhook.Url, reason, _health.FailingSince, webhook.Rev);
        await tools.Writer.AppendAsync(platform, webhook.Tenant, SystemEntryTypes.WebhookDisabled, data, IdentityJsonContext.Default.WebhookDisabledData, CancellationToken.None);
        tools.Metrics.Disabled(reason);
        LogDisabled(webhook.Tenant, webhook.Id, reason);
    }

    private async Task PruneAsync(CancellationToken cancellationToken)
    {
        if (_sincePruned >= PruneEach || (_sincePruned > 0 && clock.GetElapsedTime(_prunedAt) >= PruneEvery))
        {
            (_sincePruned, _prunedAt) = (0, clock.GetTimestamp());
            await tools.Stores.Deliveries.PruneAsync(webhook.Tenant, webhook.Id, clock.GetUtcNow() - _options.KeepFor, _options.Keep, cancellationToken);
        }
    }

    /// <summary>Until the next one is due, where nothing else happens before.</summary>
    private TimeSpan Pause()
    {
        if (_running.Count >= _health.Parallelism || _lanes.NextDue is not { } due)
        {
            return LookEvery;
        }

        var left = (due > _health.PausedUntil ? due : _health.PausedUntil) - clock.GetUtcNow();
        return left <= TimeSpan.Zero ? TimeSpan.FromMilliseconds(1) : left < LookEvery ? left : LookEvery;
    }

    private void Add(WebhookDelivery delivery)
    {
        _lanes.Add(delivery);
        tools.Metrics.Pending(1);
    }

    private void Raise() => Interlocked.Exchange(ref _changed, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();

    [LoggerMessage(8101, LogLevel.Warning, "Webhook {Webhook} of tenant {Tenant} was disabled: {Reason}.")]
    private partial void LogDisabled(TenantId tenant, string webhook, string reason);

    [LoggerMessage(8102, LogLevel.Warning, "Another process tells webhook {Webhook} now.")]
    private partial void LogFenced(Exception exception, string webhook);

    [LoggerMessage(EventId = 8103, Message = "Telling webhook {Webhook} failed on our side; it begins again from what is stored.")]
    private partial void LogFailed(Exception exception, LogLevel level, string webhook);
}
