using Caas.Contracts;
using Caas.Core.Push;
using Xunit;

namespace Caas.Tests.Push;

public sealed class PushSlotsTests
{
    [Fact]
    public void A_tenant_has_a_share_a_host_a_part_of_that_and_a_device_one_at_a_time()
    {
        using var slots = new PushSlots(new() { Parallelism = 16, PerTenant = 100, PerHost = 3 });
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
        using var slots = new PushSlots(new() { Parallelism = 1, PerTenant = 1, PerHost = 1 });
        Assert.True(slots.TryTake(Job("acme", "ann", "phone")));
        var wait = slots.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.False(wait.IsCompleted);
        slots.Release(Job("acme", "ann", "phone"));
        await wait.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.Empty(slots.Taken());
        Assert.True(slots.TryTake(Job("acme", "bob", "phone")));
    }

    private static PushJob Job(string tenant, string user, string device) =>
        new(new(tenant), new(user), device, new("room"), 1, NotificationKind.Message, NotificationPriority.Normal, 0, PushSamples.At) { Service = nameof(DevicePlatform.Apns) };
}
