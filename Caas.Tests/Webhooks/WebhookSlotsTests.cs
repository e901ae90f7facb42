using Caas.Contracts;
using Caas.Core.Ids;
using Caas.Core.Webhooks;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Caas.Tests.Webhooks;

/// <summary>Who waits for whom.</summary>
public sealed class WebhookSlotsTests
{
    private static readonly TenantId Acme = new("acme");
    private static readonly TenantId Globex = new("globex");

    private readonly FakeTimeProvider _clock = new();
    private readonly WebhookOptions _options = new() { MaxInFlight = 8, MaxInFlightPerTenant = 4 };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_tenant_takes_its_share_and_leaves_the_rest_to_others()
    {
        var slots = Slots();
        var taken = await TakeAsync(slots, Acme, 4);
        var waiting = slots.TakeAsync(Acme, slow: false, Cancelled);
        Assert.False(waiting.IsCompleted);
        await TakeAsync(slots, Globex, 4);
        taken[0].Dispose();
        taken[0].Dispose();
        using var place = await waiting.WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        Assert.False(slots.TakeAsync(Acme, slow: false, Cancelled).IsCompleted);
        Assert.False(slots.TakeAsync(new("initech"), slow: false, Cancelled).IsCompleted);
    }

    [Fact]
    public async Task Who_does_not_answer_for_long_holds_up_nobody_who_is_quick()
    {
        var slots = Slots();
        await TakeAsync(slots, Acme, 4);
        await TakeAsync(slots, Globex, 4);
        var waiting = slots.TakeAsync(new("initech"), slow: false, Cancelled);
        _clock.Advance(_options.SlowAfter - TimeSpan.FromMilliseconds(1));
        Assert.False(waiting.IsCompleted);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        using var place = await waiting.WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
    }

    [Fact]
    public async Task The_slow_ones_wait_for_the_slow_ones_alone_as_long_as_it_takes()
    {
        var slots = Slots();
        using var first = await slots.TakeAsync(Acme, slow: true, Cancelled);
        _clock.Advance(TimeSpan.FromMinutes(1));
        var second = slots.TakeAsync(Acme, slow: true, Cancelled);
        using var others = await slots.TakeAsync(Globex, slow: true, Cancelled);
        Assert.False(second.IsCompleted);
        await TakeAsync(slots, Acme, 4);
        first.Dispose();
        using var place = await second.WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
    }

    [Fact]
    public async Task Who_gives_up_waiting_leaves_nothing_taken()
    {
        var slots = Slots();
        await TakeAsync(slots, Acme, 4);
        var theirs = await TakeAsync(slots, Globex, 4);
        using var stop = new CancellationTokenSource();
        var waiting = slots.TakeAsync(new("initech"), slow: false, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        theirs.ForEach(place => place.Dispose());
        await TakeAsync(slots, new("initech"), 4);
    }

    [Fact]
    public void One_whose_answers_are_slow_is_asked_for_one_event_at_a_time_until_they_are_quick_again()
    {
        var health = new WebhookHealth(new(), _clock);
        Assert.Equal((false, 4), (health.IsSlow, health.Parallelism));
        health.Judge(Answered(2_000));
        for (var n = 0; n < 10; n++)
        {
            Assert.Equal((true, 1), (health.IsSlow, health.Parallelism));
            health.Judge(Answered(1_999));
        }

        Assert.Equal((false, 4), (health.IsSlow, health.Parallelism));
    }

    private static WebhookAttempt Answered(long milliseconds) => new(DateTimeOffset.UnixEpoch, milliseconds, 200, null, null, false);

    private static async Task<List<IDisposable>> TakeAsync(WebhookSlots slots, TenantId tenant, int count)
    {
        var taken = new List<IDisposable>();
        while (taken.Count < count)
        {
            taken.Add(await slots.TakeAsync(tenant, slow: false, Cancelled).WaitAsync(TimeSpan.FromSeconds(30), Cancelled));
        }

        return taken;
    }

    private WebhookSlots Slots() => new(Options.Create(_options), _clock);
}
