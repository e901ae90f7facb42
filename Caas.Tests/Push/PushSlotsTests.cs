using Caas.Contracts;
using Caas.Core.Push;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Caas.Tests.Push;

public sealed class PushSlotsTests
{
    [Fact]
    public void A_tenant_has_a_share_a_host_a_part_of_that_and_a_device_one_at_a_time()
    {
        using var slots = new PushSlots(new() { Parallelism = 16, PerTenant = 100, PerHost = 3 }, TimeProvider.System);
        Assert.True(slots.TryTake(Job("acme", "ann", "0")));
        Assert.False(slots.TryTake(Job("acme", "ann", "0") with { Seq = 2 }));
        Assert.Equal(["d:acme/ann/0"], slots.Taken());

        // A host that a user named, whoever its users are.
        Assert.Equal(3, Enumerable.Range(0, 10).Count(n => slots.TryTake(Job("acme", $"user-{n}", "browser") with { Service = "push.example.com" })));
        Assert.Contains("s:acme/push.example.com", slots.Taken());
        Assert.DoesNotContain("s:acme/Apns", slots.Taken());

        // A user who names many.
        Assert.Equal(4, Enumerable.Range(0, 10).Count(n => slots.TryTake(Job("acme", "mallory", $"{n}") with { Service = $"{n}.example.com" })));
        Assert.Contains("u:acme/mallory", slots.Taken());

        // The tenant: half of all, however much it may have.
        Assert.Equal(0, Enumerable.Range(0, 10).Count(n => slots.TryTake(Job("acme", $"other-{n}", "phone"))));
        Assert.Contains("t:acme", slots.Taken());
        Assert.Equal(8, Enumerable.Range(0, 10).Count(n => slots.TryTake(Job("globex", $"user-{n}", "phone"))));
        Assert.True(slots.IsFull);
    }

    [Fact]
    public async Task What_was_released_can_be_taken_again_and_whoever_waits_for_it_goes_on()
    {
        using var slots = new PushSlots(new() { Parallelism = 1, PerTenant = 1, PerHost = 1 }, TimeProvider.System);
        Assert.True(slots.TryTake(Job("acme", "ann", "phone")));
        var wait = slots.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.False(wait.IsCompleted);
        slots.Release(Job("acme", "ann", "phone"));
        await wait.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.Empty(slots.Taken());
        Assert.True(slots.TryTake(Job("acme", "bob", "phone")));
    }

    [Fact]
    public void However_many_tenants_never_get_answers_others_begin_within_a_second_or_at_once()
    {
        var clock = new FakeTimeProvider(PushSamples.At);
        using var slots = new PushSlots(new() { Parallelism = 16, PerTenant = 8 }, clock);
        PushJob Bad(int tenant, int user, string host = "tar.example.com") => Job($"bad-{tenant}", $"user-{user}", "browser") with { Service = host };
        List<PushJob> Begin(int tenants) => [.. Enumerable.Range(0, tenants).SelectMany(tenant => Enumerable.Range(0, 8).Select(user => Bad(tenant, user))).Where(slots.TryTake)];

        // Nobody knows them yet: they take all, for a second.
        var first = Begin(4);
        Assert.Equal((16, true), (first.Count, slots.IsFull));
        Assert.False(slots.TryTake(Job("acme", "ann", "phone")));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.False(slots.IsFull);
        Assert.True(slots.TryTake(Job("acme", "ann", "phone")));
        slots.Release(Job("acme", "ann", "phone"));

        // From then on they have the slots of the slow, whatever hosts they name, and are not even read while there is none.
        clock.Advance(TimeSpan.FromSeconds(9));
        first.ForEach(slots.Release);
        var next = Begin(4);
        next.AddRange(Enumerable.Range(0, 4).Select(tenant => Bad(tenant, 9, "another.example.com")).Where(slots.TryTake));
        Assert.Equal(16, next.Count);
        Assert.Contains("t:bad-0", slots.Taken());
        Assert.False(slots.IsFull);
        Assert.Equal(8, Enumerable.Range(0, 20).Count(n => slots.TryTake(Job("globex", $"user-{n}", "phone"))));

        // Who answers again is like all others.
        clock.Advance(TimeSpan.FromSeconds(10));
        next.ForEach(slots.Release);
        for (var n = 0; n < 8; n++)
        {
            Assert.True(slots.TryTake(Bad(0, n)));
            slots.Release(Bad(0, n));
        }

        Assert.DoesNotContain("t:bad-0", slots.Taken());
    }

    private static PushJob Job(string tenant, string user, string device) =>
        new(new(tenant), new(user), device, new("room"), 1, NotificationKind.Message, NotificationPriority.Normal, 0, PushSamples.At) { Service = nameof(DevicePlatform.Apns) };
}
