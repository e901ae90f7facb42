using System.Net;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Feed;
using Caas.Core.Ids;
using Caas.Core.Messages;
using Caas.Core.Tenants;
using Caas.Core.Webhooks;
using Caas.Tests.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Caas.Tests.Webhooks;

/// <summary>Days of a webhook whose receiver fails, and a process that dies while it tells one: workers on a clock that the test sets, over what a platform has stored.</summary>
public sealed class WebhookDaysTests : IAsyncLifetime
{
    private static readonly TenantId Acme = new("acme");

    private readonly CorePlatform _platform = new();
    private readonly FakeTimeProvider _clock = new(TimeProvider.System.GetUtcNow());
    private CorePlatform _telling = null!;
    private WebhookReceiver _receiver = null!;
    private Webhook _webhook = null!;

    private static CancellationToken Cancelled => CorePlatform.Cancelled;

    private IWebhookDeliveryStore Deliveries => _telling.Get<IWebhookDeliveryStore>();

    public async ValueTask InitializeAsync()
    {
        _receiver = await WebhookReceiver.StartAsync(Cancelled);
        var options = Options.Create(new WebhookOptions { AllowPrivateAddresses = true });
        _telling = new(_platform.Folder, services => services.AddSingleton<TimeProvider>(_clock).AddSingleton(options));
        await _telling.Get<TenantService>().CreateAsync(new() { Kind = CallerKind.Admin }, new("Acme", "acme"), Cancelled);
        var alice = await _platform.UserAsync("alice");
        await _platform.Get<ConversationService>().CreateAsync(alice, new(ConversationType.Group, "room", "Room"), Cancelled);
        var created = await _telling.Get<WebhookService>().CreateAsync(CorePlatform.Backend(), new(_receiver.Url("hook"), ["message.created"]), Cancelled);
        for (var n = 0; n < 8; n++)
        {
            await _platform.Get<MessageService>().SendAsync(alice, new("room"), new($"{n}"), null, Cancelled);
        }

        await ProjectAsync(8);
        _webhook = (await _telling.Get<IWebhookStore>().FindAsync(Acme, created.Id, Cancelled))!;
    }

    public async ValueTask DisposeAsync()
    {
        await _receiver.DisposeAsync();
        await _telling.DisposeAsync();
        await _platform.DisposeAsync();
    }

    [Fact]
    public void An_event_is_tried_for_a_day_ever_more_rarely_and_a_webhook_is_disabled_after_days()
    {
        var clock = new FakeTimeProvider();
        var (health, retries) = (new WebhookHealth(new(), clock), new WebhookRetries(new(), clock));
        var delivery = new WebhookDelivery("1", 1, "lane", "message.created", WebhookDeliveryState.Pending, clock.GetUtcNow(), clock.GetUtcNow(), null, 0, []);
        var start = clock.GetUtcNow();
        while (delivery.State == WebhookDeliveryState.Pending)
        {
            var attempt = new WebhookAttempt(clock.GetUtcNow(), 1, 500, null, null, false);
            Assert.Null(health.Judge(attempt));
            delivery = retries.Next(delivery, attempt);
            clock.SetUtcNow(delivery.NextAt ?? clock.GetUtcNow());
        }

        Assert.Equal((WebhookDeliveryState.Failed, TimeSpan.FromHours(24)), (delivery.State, clock.GetUtcNow() - start));
        Assert.InRange(delivery.Attempts, 10, 25);
        Assert.Equal(5, delivery.Last.Count);
        clock.SetUtcNow(start + TimeSpan.FromDays(5));
        Assert.Equal("failing", health.Judge(new WebhookAttempt(clock.GetUtcNow(), 1, null, "nothing answered", null, false)));
        Assert.Null(health.Judge(new WebhookAttempt(clock.GetUtcNow(), 1, 200, null, null, false)));
        Assert.Null(health.FailingSince);
        Assert.Equal("gone", health.Judge(new WebhookAttempt(clock.GetUtcNow(), 1, 410, null, null, false)));
    }

    [Fact]
    public async Task Each_event_is_tried_for_a_day_and_after_five_the_webhook_is_disabled_and_an_event_tells_it()
    {
        _receiver.Answer("hook", HttpStatusCode.ServiceUnavailable);
        var start = _clock.GetUtcNow();
        var working = (await WorkerAsync()).RunAsync(Cancelled);
        await Eventually.HoldsAsync(() =>
        {
            _clock.Advance(TimeSpan.FromMinutes(20));
            return working.IsCompleted;
        }, "it is not disabled", Cancelled);
        await working;

        var disabled = (await _telling.Get<IWebhookStore>().FindAsync(Acme, _webhook.Id, Cancelled))!;
        Assert.Equal("failing", disabled.DisabledReason);
        Assert.InRange(disabled.DisabledAt!.Value - start, TimeSpan.FromDays(5), TimeSpan.FromDays(5.5));
        var told = (await _platform.Get<IEntryStore>().ReadAfterAsync(LogId.OfTenant(Acme), 0, 100, Cancelled)).Single(entry => entry.Type == SystemEntryTypes.WebhookDisabled);
        Assert.Equal((_webhook.Id, "failing"), (told.Data!.Value.GetProperty("id").GetString(), told.Data.Value.GetProperty("reason").GetString()));

        // One behind the other: those whose day was over have failed, the one that was at it and those behind it wait.
        var deliveries = (await Deliveries.ListAsync(Acme, _webhook.Id, null, 100, Cancelled)).OrderBy(delivery => delivery.Position).ToList();
        var failed = deliveries.TakeWhile(delivery => delivery.State == WebhookDeliveryState.Failed).ToList();
        Assert.InRange(failed.Count, 3, 5);
        Assert.All(failed, delivery => Assert.InRange(delivery.Last[0].At - delivery.FirstTriedAt!.Value, TimeSpan.FromHours(24), TimeSpan.FromHours(28)));
        Assert.All(failed, delivery => Assert.True(delivery.Attempts > 5));
        Assert.All(deliveries.Skip(failed.Count), delivery => Assert.Equal(WebhookDeliveryState.Pending, delivery.State));
        Assert.Equal(8, deliveries.Count);
        Assert.Equal(failed.Select(delivery => delivery.MessageId(Acme)), _receiver.At("hook").Select(one => one.Id).Distinct().Take(failed.Count));
    }

    [Fact]
    public async Task What_was_under_way_when_a_process_died_is_told_again_by_the_next_one_and_none_is_lost()
    {
        var (came, count) = (new TaskCompletionSource(), 0);
        _receiver.Answer("hook", async (_, context) =>
        {
            if (Interlocked.Increment(ref count) == 3)
            {
                // Told, and never answered: the process is gone.
                var gone = new TaskCompletionSource();
                using var registered = context.RequestAborted.Register(gone.SetResult);
                came.SetResult();
                await gone.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
            }
        });
        using (var death = CancellationTokenSource.CreateLinkedTokenSource(Cancelled))
        {
            var dying = (await WorkerAsync()).RunAsync(death.Token);
            await came.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
            await death.CancelAsync();
            await dying.WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var next = (await WorkerAsync(epoch: 2)).RunAsync(stop.Token);
        await _receiver.GotAsync("hook", 9, Cancelled);
        await Eventually.HoldsAsync(async () => (await Deliveries.ListAsync(Acme, _webhook.Id, null, 100, Cancelled)).Count(delivery => delivery.State == WebhookDeliveryState.Delivered) == 8 ? null : "not all are delivered", Cancelled);
        await stop.CancelAsync();
        await next.WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        Assert.Equal(["0", "1", "2", "2", "3", "4", "5", "6", "7"], _receiver.At("hook").Select(one => one.Text));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_waits_for_hours_goes_when_the_receiver_is_back_also_where_another_process_tells_it(bool restart)
    {
        using var first = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var worker = await WaitingForHoursAsync(first.Token);
        var alice = new Caller { Kind = CallerKind.User, Tenant = Acme, User = new("alice") };
        await _platform.Get<ConversationService>().CreateAsync(alice, new(ConversationType.Group, "other", "Other"), Cancelled);
        await _platform.Get<MessageService>().SendAsync(alice, new("other"), new("new"), null, Cancelled);
        await ProjectAsync(9);

        _receiver.Answer("hook", HttpStatusCode.OK);
        var back = _clock.GetUtcNow();
        if (restart)
        {
            await first.CancelAsync();
            await worker.Working.WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
            worker = await StartAsync(2, Cancelled);
        }
        else
        {
            worker.Worker.Notify(await _telling.Get<IFeedStore>().ReadHeadAsync(Acme, Cancelled));
        }

        await AllDeliveredAsync(9, back + TimeSpan.FromMinutes(40));
        await first.CancelAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_waits_for_hours_goes_to_another_address_at_once_and_where_it_is_enabled_again(bool enabled)
    {
        using var first = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var worker = await WaitingForHoursAsync(first.Token);
        await first.CancelAsync();
        await worker.Working.WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        var back = _clock.GetUtcNow();
        _receiver.Answer("hook", HttpStatusCode.OK);
        UpdateWebhookRequest[] changes = enabled ? [new() { Enabled = false }, new() { Enabled = true }] : [new() { Url = _receiver.Url("elsewhere") }];
        foreach (var change in changes)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            await _telling.Get<WebhookService>().UpdateAsync(CorePlatform.Backend(), _webhook.Id, change, Cancelled);
        }

        _webhook = (await _telling.Get<IWebhookStore>().FindAsync(Acme, _webhook.Id, Cancelled))!;
        await StartAsync(2, Cancelled);
        await AllDeliveredAsync(8, back + TimeSpan.FromMinutes(40));
    }

    /// <summary>A worker whose receiver has failed for so long that the first event waits for hours.</summary>
    private async Task<(WebhookWorker Worker, Task Working)> WaitingForHoursAsync(CancellationToken cancellationToken)
    {
        _receiver.Answer("hook", HttpStatusCode.ServiceUnavailable);
        var started = await StartAsync(1, cancellationToken);
        await Eventually.HoldsAsync(async () =>
        {
            _clock.Advance(TimeSpan.FromMinutes(5));
            var head = (await Deliveries.ListAsync(Acme, _webhook.Id, null, 100, Cancelled)).OrderBy(one => one.Position).FirstOrDefault();
            return head is { Attempts: >= 7 } && head.NextAt > _clock.GetUtcNow() + TimeSpan.FromHours(1) ? null : "it is tried often";
        }, Cancelled);
        return started;
    }

    private async Task<(WebhookWorker Worker, Task Working)> StartAsync(long epoch, CancellationToken cancellationToken)
    {
        var worker = await WorkerAsync(epoch);
        return (worker, worker.RunAsync(cancellationToken));
    }

    private Task AllDeliveredAsync(int count, DateTimeOffset before) => Eventually.HoldsAsync(async () =>
    {
        if (_clock.GetUtcNow() < before)
        {
            _clock.Advance(TimeSpan.FromSeconds(10));
        }

        return (await Deliveries.ListAsync(Acme, _webhook.Id, null, 100, Cancelled)).Count(one => one.State == WebhookDeliveryState.Delivered) is var delivered && delivered == count ? null : $"{delivered} are delivered";
    }, Cancelled);

    private async Task ProjectAsync(int messages)
    {
        await using var running = await RunningServices.StartAsync<Projector>(_platform);
        await Eventually.HoldsAsync(async () => (await _platform.Get<IFeedStore>().ReadAsync(Acme, 0, 100, Cancelled)).Count(item => item.Entry.Type == EntryTypes.MessageCreated) == messages ? null : "the history is not there", Cancelled);
    }

    private async Task<WebhookWorker> WorkerAsync(long epoch = 1) =>
        new(_telling.Get<WebhookTools>(), _webhook, await _telling.Get<IFeedStore>().ReadHeadAsync(Acme, Cancelled), epoch, _clock, NullLogger.Instance);
}
