using Caas.Contracts;
using Caas.Core.Push;
using Xunit;

namespace Caas.Tests.Push;

/// <summary>What <see cref="IPushStore"/> promises. Adapters inherit it.</summary>
public abstract class PushStoreContract
{
    private static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123);

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>A store over the test's database; several calls give several instances over the same one.</summary>
    protected abstract IPushStore CreateStore();

    [Fact]
    public async Task An_entry_goes_to_a_device_once_whatever_became_of_it()
    {
        var (one, other) = (CreateStore(), CreateStore());
        var job = Job("phone", 7);
        await one.AddAsync([job, Job("laptop", 7)], Cancelled);
        await other.AddAsync([job with { Attempts = 3, DueAt = At.AddHours(1) }], Cancelled);
        Assert.Equal([Job("laptop", 7), job], (await other.ListDueAsync(At, 10, Cancelled)).OrderBy(one => one.Device, StringComparer.Ordinal));
        await one.FinishAsync([job], At, Cancelled);
        await other.AddAsync([job], Cancelled);
        await other.RetryAsync(job with { DueAt = At }, Cancelled);
        Assert.Equal(["laptop"], (await one.ListDueAsync(At, 10, Cancelled)).Select(due => due.Device));
    }

    [Fact]
    public async Task Due_are_those_that_wait_of_all_tenants_the_longest_first()
    {
        var store = CreateStore();
        await store.AddAsync([Job("a", 1) with { DueAt = At.AddMinutes(2) }, Job("b", 1) with { DueAt = At.AddMinutes(1), Tenant = new("globex") }, Job("c", 1) with { DueAt = At.AddMinutes(3) }], Cancelled);
        Assert.Empty(await store.ListDueAsync(At, 10, Cancelled));
        Assert.Equal(["b", "a"], (await store.ListDueAsync(At.AddMinutes(2), 10, Cancelled)).Select(job => job.Device));
        Assert.Equal(["b"], (await store.ListDueAsync(At.AddMinutes(2), 1, Cancelled)).Select(job => job.Device));
        var later = Job("b", 1) with { DueAt = At.AddMinutes(9), Tenant = new("globex"), Attempts = 2 };
        await store.RetryAsync(later, Cancelled);
        Assert.Equal(["a"], (await store.ListDueAsync(At.AddMinutes(2), 10, Cancelled)).Select(job => job.Device));
        Assert.Equal(later, (await store.ListDueAsync(At.AddMinutes(9), 10, Cancelled))[^1]);
    }

    [Fact]
    public async Task What_was_finished_long_ago_is_forgotten_and_may_come_again()
    {
        var store = CreateStore();
        await store.AddAsync([Job("a", 1), Job("b", 1), Job("c", 1)], Cancelled);
        await store.FinishAsync([Job("a", 1)], At, Cancelled);
        await store.FinishAsync([Job("b", 1)], At.AddHours(1), Cancelled);
        Assert.Equal((0, 1, 0), (await store.PruneAsync(At, 10, Cancelled), await store.PruneAsync(At.AddMinutes(1), 10, Cancelled), await store.PruneAsync(At.AddMinutes(1), 10, Cancelled)));
        await store.AddAsync([Job("a", 1), Job("b", 1)], Cancelled);
        Assert.Equal(["a", "c"], (await store.ListDueAsync(At, 10, Cancelled)).Select(job => job.Device).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Calls_are_read_apart_and_what_is_under_way_or_has_its_share_is_left_out()
    {
        var store = CreateStore();
        var call = Job("phone", 9) with { Kind = NotificationKind.Call, DueAt = At.AddMinutes(1), At = At.AddSeconds(-3), Service = "push.example.com" };
        PushJob[] others = [Job("phone", 1) with { Service = "Fcm" }, Job("laptop", 1) with { Service = "push.example.com" }, Job("phone", 1) with { User = new("bob"), Service = "Fcm" }, Job("phone", 1) with { Tenant = new("globex"), Service = "Fcm" }];
        await store.AddAsync([call, .. others], Cancelled);
        Assert.Equal(call, Assert.Single(await store.ListDueAsync(At.AddHours(1), calls: true, [], 10, Cancelled)));
        Assert.Equal(others.ToHashSet(), [.. await store.ListDueAsync(At.AddHours(1), calls: false, [], 10, Cancelled)]);
        Assert.Empty(await store.ListDueAsync(At.AddHours(1), calls: true, ["t:acme"], 10, Cancelled));

        async Task<HashSet<PushJob>> WithoutAsync(params string[] places) => [.. await store.ListDueAsync(At.AddHours(1), calls: false, places, 10, Cancelled)];
        Assert.Equal([others[3]], await WithoutAsync("t:acme"));
        Assert.Equal([others[1], others[3]], await WithoutAsync("s:acme/Fcm"));
        Assert.Equal([others[0], others[1], others[3]], await WithoutAsync("u:acme/bob", "u:globex/bob"));
        Assert.Equal([others[1], others[2], others[3]], await WithoutAsync("d:acme/ann/phone"));
        Assert.All(others, other => Assert.Equal(4, PushPlaces.Of(other).Distinct().Count()));
    }

    [Fact]
    public async Task One_that_was_sent_ends_those_before_it_that_it_stands_for_and_no_others()
    {
        var store = CreateStore();
        PushJob[] others =
        [
            Job("phone", 9), Job("laptop", 5), Job("phone", 5) with { Conversation = new("b") }, Job("phone", 5) with { User = new("bob") }, Job("phone", 5) with { Tenant = new("globex") },
            Job("phone", 4) with { Kind = NotificationKind.Message },
        ];
        await store.AddAsync([Job("phone", 3) with { DueAt = At.AddHours(1), Attempts = 2 }, Job("phone", 7), .. others], Cancelled);
        await store.FinishUpToAsync(Job("phone", 7), At, Cancelled);
        Assert.Equal(others.ToHashSet(), [.. await store.ListDueAsync(At.AddDays(1), 20, Cancelled)]);

        var (call, missed) = (Job("phone", 11) with { Kind = NotificationKind.Call }, Job("phone", 12) with { Kind = NotificationKind.MissedCall });
        await store.AddAsync([call, missed], Cancelled);
        await store.FinishUpToAsync(missed, At, Cancelled);
        Assert.Equal([.. others, call], (await store.ListDueAsync(At.AddDays(1), 20, Cancelled)).ToHashSet());
    }

    private static PushJob Job(string device, long seq) => new(new("acme"), new("ann"), device, new("room"), seq, NotificationKind.Mention, NotificationPriority.High, 0, At);
}
