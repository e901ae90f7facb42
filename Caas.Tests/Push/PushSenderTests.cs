using Caas.Contracts;
using Caas.Core.Devices;
using Caas.Core.Entries;
using Caas.Core.Events;
using Caas.Core.Messages;
using Caas.Core.Notifications;
using Caas.Core.Push;
using Caas.Tests.Core;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Caas.Tests.Push;

public sealed class PushSenderTests : PushSenderBase
{
    [Fact]
    public async Task A_burst_is_one_push_which_says_how_many()
    {
        for (var n = 1; n <= 5; n++)
        {
            await SendAsync("a", $"message {n}");
        }

        await SendAsync("b", "@bob, and this");
        await PushAsync();
        Assert.Equal([("messages:a", 5L, "5 new messages. alice: message 5", 2L), ("mentions:b", 1L, "alice mentioned you: @bob, and this", 2L)], _provider.Sent.Select(push => (push.CollapseId, push.Notification.Count, push.Notification.Body, push.Badge)));
        Assert.Empty(await DueAsync());
    }

    [Fact]
    public async Task A_process_that_dies_repeats_at_most_the_push_that_was_under_way_under_the_same_id()
    {
        foreach (var room in new[] { "a", "b", "c" })
        {
            await SendAsync(room, "hello");
            _clock.Advance(TimeSpan.FromMilliseconds(10));
        }

        _provider.BreakFinishAt = 2;
        await Assert.ThrowsAsync<StoreUnavailableException>(PushAsync);
        Assert.Equal(["messages:a", "messages:b"], _provider.Sent.Select(push => push.CollapseId));
        _provider.BreakFinishAt = 0;
        await PushAsync();
        await PushAsync();
        Assert.Equal(["messages:a", "messages:b", "messages:b", "messages:c"], _provider.Sent.Select(push => push.CollapseId));
    }

    [Fact]
    public async Task What_is_read_deleted_or_switched_off_meanwhile_is_not_pushed()
    {
        await SendAsync("a", "read");
        await Get<NotificationInbox>().ReadAsync(As("bob"), new(ConversationId: "a"), Cancelled);
        var deleted = await SendAsync("b", "deleted");
        await Get<MessageService>().DeleteAsync(As("alice"), new("b"), deleted.Id, Cancelled);
        await PushAsync();
        Assert.Empty(_provider.Sent);

        await SendAsync("c", "for nobody");
        await Get<DeviceService>().DeleteAsync(As("bob"), "phone", Cancelled);
        await PushAsync();
        Assert.Empty(_provider.Sent);
        Assert.Empty(await DueAsync());
    }

    [Fact]
    public async Task What_fails_is_tried_again_later_and_later_and_then_put_among_the_dead_letters()
    {
        await SendAsync("a", "hello");
        _provider.Result = _ => new(PushOutcome.Later, "503");
        var pauses = new List<double>();
        for (var attempt = 1; attempt <= 8; attempt++)
        {
            await PushAsync();
            if (attempt < 8)
            {
                var due = Assert.Single(await Get<IPushStore>().ListDueAsync(_clock.GetUtcNow().AddDays(1), 10, Cancelled));
                Assert.Equal(attempt, due.Attempts);
                pauses.Add((due.DueAt - _clock.GetUtcNow()).TotalSeconds);
                _clock.Advance(due.DueAt - _clock.GetUtcNow());
            }
        }

        Assert.All(pauses.Zip(Enumerable.Range(0, 7)), pause => Assert.InRange(pause.First, 5 * Math.Pow(2, pause.Second) / 2.01, (5 * Math.Pow(2, pause.Second)) + 0.01));
        Assert.Equal(8, _provider.Sent.Count);
        var letter = Assert.Single(await Get<IDeadLetterStore>().ListAsync("push", 10, Cancelled));
        Assert.Equal(("platform.notifications", "acme/bob", "Apns: 503"), (letter.Topic, letter.Key, letter.Reason));
        Assert.DoesNotContain("aa", letter.CloudEvent, StringComparison.Ordinal);
        Assert.Empty(await Get<IPushStore>().ListDueAsync(_clock.GetUtcNow().AddDays(1), 10, Cancelled));
    }

    [Fact]
    public async Task While_a_device_cannot_be_reached_its_other_pushes_wait_as_long_untried()
    {
        foreach (var room in new[] { "a", "b", "c" })
        {
            await SendAsync(room, "hello");
        }

        _provider.Result = _ => new(PushOutcome.Later, "it took too long");
        await PushAsync();
        Assert.Single(_provider.Sent);
        var due = await Get<IPushStore>().ListDueAsync(_clock.GetUtcNow().AddDays(1), 10, Cancelled);
        Assert.Equal([0, 0, 1], due.Select(job => job.Attempts).Order());
        Assert.Single(due.Select(job => job.DueAt).Distinct());
    }

    [Fact]
    public async Task A_service_that_asks_for_time_gets_it_and_what_it_refuses_is_not_sent_again()
    {
        await SendAsync("a", "hello");
        _provider.Result = _ => new(PushOutcome.Later, "429", After: TimeSpan.FromMinutes(3));
        await PushAsync();
        Assert.Equal(_clock.GetUtcNow().AddMinutes(3), Assert.Single(await Get<IPushStore>().ListDueAsync(_clock.GetUtcNow().AddDays(1), 10, Cancelled)).DueAt);
        _clock.Advance(TimeSpan.FromMinutes(3));
        _provider.Result = _ => new(PushOutcome.Rejected, "400");
        await PushAsync();
        Assert.Single(await Get<IDeadLetterStore>().ListAsync("push", 10, Cancelled));
        Assert.Empty(await Get<IPushStore>().ListDueAsync(_clock.GetUtcNow().AddDays(1), 10, Cancelled));
    }

    [Fact]
    public async Task A_device_whose_service_asked_for_time_is_left_alone_also_by_what_comes_then_and_gets_it_as_one()
    {
        _provider.Result = _ => new(PushOutcome.Later, "429", After: TimeSpan.FromMinutes(1));
        for (var n = 1; n <= 4; n++)
        {
            await SendAsync("a", $"message {n}");
            await PushAsync();
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Single(_provider.Sent);
        _clock.Advance(TimeSpan.FromMinutes(1));
        _provider.Result = _ => PushResult.Sent;
        await PushAsync();
        Assert.Equal(("4 new messages. alice: message 4", 2), (_provider.Sent[^1].Notification.Body, _provider.Sent.Count));
        await NoneIsLeftAsync();
    }

    [Fact]
    public async Task What_was_to_be_tried_again_does_not_come_after_what_stood_for_it()
    {
        // As another process left it: each with a time of its own.
        for (var n = 1; n <= 3; n++)
        {
            await SendAsync("a", $"message {n}");
            await Get<IPushStore>().RetryAsync((await DueAsync())[0] with { Attempts = 1, DueAt = _clock.GetUtcNow().AddSeconds(10 - n) }, Cancelled);
        }

        for (var n = 1; n <= 10; n++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            await PushAsync();
        }

        Assert.Equal(["3 new messages. alice: message 3"], _provider.Sent.Select(push => push.Notification.Body));
        await NoneIsLeftAsync();
    }

    [Fact]
    public async Task Where_the_newest_message_was_deleted_the_one_before_it_is_pushed()
    {
        await SendAsync("a", "stays");
        var heard = await SendAsync("a", "goes");
        await NotifyAsync("a", (await Get<MessageService>().DeleteAsync(As("alice"), new("a"), heard.Id, Cancelled)).Seq);
        await SendAsync("b", "stays");
        var unheard = await SendAsync("b", "goes");
        await Get<MessageService>().DeleteAsync(As("alice"), new("b"), unheard.Id, Cancelled);
        await PushAsync();
        Assert.Equal(["alice: stays", "alice: stays"], _provider.Sent.Select(push => push.Notification.Body));
        await NoneIsLeftAsync();

        // Also when the newest was tried in vain.
        await SendAsync("c", "stays");
        var tried = await SendAsync("c", "goes");
        _provider.Result = _ => new(PushOutcome.Later, "503");
        await PushAsync();
        Assert.Equal("2 new messages. alice: goes", _provider.Sent[^1].Notification.Body);
        await NotifyAsync("c", (await Get<MessageService>().DeleteAsync(As("alice"), new("c"), tried.Id, Cancelled)).Seq);
        _provider.Result = _ => PushResult.Sent;
        _clock.Advance(TimeSpan.FromMinutes(1));
        await PushAsync();
        Assert.Equal(("alice: stays", 4), (_provider.Sent[^1].Notification.Body, _provider.Sent.Count));
        await NoneIsLeftAsync();
    }

    [Fact]
    public async Task A_token_that_its_service_does_not_know_any_more_goes_and_with_its_last_one_the_device()
    {
        await SendAsync("a", "hello");
        _provider.Result = _ => new(PushOutcome.Gone, "410", Voip: true);
        await PushAsync();
        Assert.Equal(new(DevicePlatform.Apns, "aa", null, null), (await Get<IDeviceStore>().FindAsync(Acme, new("bob"), "phone", Cancelled))!.Address);
        await SendAsync("b", "hello");
        _provider.Result = _ => new(PushOutcome.Gone, "410");
        await PushAsync();
        Assert.Null(await Get<IDeviceStore>().FindAsync(Acme, new("bob"), "phone", Cancelled));
        Assert.Empty(await DueAsync());
    }

    [Fact]
    public async Task Of_two_processes_one_pushes_to_each_device_one_after_the_other_and_nothing_twice()
    {
        var provider = new RecordingProvider();
        await using var one = new CorePlatform(_platform.Folder, services => services.AddSingleton<IPushProvider>(provider));
        await using var two = new CorePlatform(_platform.Folder, services => services.AddSingleton<IPushProvider>(provider));
        string[] devices = [.. Enumerable.Range(0, 15).Select(n => $"device-{n}")];
        foreach (var device in devices)
        {
            await Get<DeviceService>().PutAsync(As("bob"), device, new(DevicePlatform.Apns, $"{Convert.ToHexStringLower(System.Text.Encoding.UTF8.GetBytes(device))}"), Cancelled);
        }

        var workers = new[] { one, two }.Select(platform => ActivatorUtilities.CreateInstance<PushWorker>(platform.Services)).ToArray();
        foreach (var worker in workers)
        {
            await worker.StartAsync(Cancelled);
        }

        foreach (var room in new[] { "a", "b", "c" })
        {
            await SendAsync(room, $"to {room}");
        }

        await Eventually.HoldsAsync(() => provider.Sent.Count >= 48, "not all were pushed", Cancelled);
        await Eventually.HoldsAsync(async () => await DueAsync() is [] ? null : "not all are recorded", Cancelled);
        foreach (var worker in workers)
        {
            await worker.StopAsync(Cancelled).WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
            worker.Dispose();
        }

        Assert.Equal(48, provider.Sent.Count);
        Assert.Equal(48, provider.Sent.Select(push => (push.Address, push.CollapseId)).Distinct().Count());
        Assert.Equal(1, provider.MostAtOnceOfADevice);
        Assert.Empty(await DueAsync());
    }

    [Fact]
    public async Task A_device_that_was_signed_out_during_a_push_stays_so_whichever_token_is_gone()
    {
        _provider.During = () => Get<DeviceService>().DeleteAsync(As("bob"), "phone", Cancelled);
        await SendAsync("a", "hello");
        _provider.Result = _ => new(PushOutcome.Gone, "410", Voip: true);
        await PushAsync();
        Assert.Single(_provider.Sent);
        Assert.Null(await Get<IDeviceStore>().FindAsync(Acme, new("bob"), "phone", Cancelled));
    }

    [Fact]
    public async Task Whom_a_phone_changed_to_during_a_push_keeps_it()
    {
        await SendAsync("a", "hello");
        _provider.During = () => Get<DeviceService>().PutAsync(As("alice"), "phone", new(DevicePlatform.Apns, "aa", "cc"), Cancelled);
        _provider.Result = _ => new(PushOutcome.Gone, "410", Voip: true);
        await PushAsync();
        Assert.Equal("cc", (await Get<IDeviceStore>().FindAsync(Acme, new("alice"), "phone", Cancelled))!.Address.VoipToken);
        Assert.Null(await Get<IDeviceStore>().FindAsync(Acme, new("bob"), "phone", Cancelled));
    }

    [Fact]
    public async Task An_account_that_is_set_wrong_costs_nobody_a_device()
    {
        await SendAsync("a", "hello");
        _provider.Result = _ => new(PushOutcome.Mismatched, "400 BadDeviceToken");
        await PushAsync();
        Assert.Equal("Apns: 400 BadDeviceToken", Assert.Single(await Get<IDeadLetterStore>().ListAsync("push", 10, Cancelled)).Reason);
        Assert.NotNull(await Get<IDeviceStore>().FindAsync(Acme, new("bob"), "phone", Cancelled));
        Assert.Empty(await Get<IPushStore>().ListDueAsync(_clock.GetUtcNow().AddDays(1), 10, Cancelled));
    }

    private async Task NoneIsLeftAsync() => Assert.Empty(await Get<IPushStore>().ListDueAsync(_clock.GetUtcNow().AddDays(1), 10, Cancelled));

    [Fact]
    public async Task What_breaks_off_counts_as_an_attempt_and_is_not_tried_for_ever()
    {
        await SendAsync("a", "hello");
        _provider.Result = _ => throw new InvalidOperationException("The account cannot be opened.");
        for (var attempt = 1; attempt <= 8; attempt++)
        {
            await PushAsync();
            _clock.Advance(TimeSpan.FromMinutes(11));
        }

        Assert.Equal(8, _provider.Sent.Count);
        Assert.Equal("Apns: InvalidOperationException", Assert.Single(await Get<IDeadLetterStore>().ListAsync("push", 10, Cancelled)).Reason);
        Assert.Empty(await DueAsync());
    }
}
