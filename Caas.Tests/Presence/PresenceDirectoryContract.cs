using Caas.Contracts;
using Caas.Core.Ids;
using Caas.Core.Presence;
using Caas.Tests.Redis;
using Xunit;

namespace Caas.Tests.Presence;

/// <summary>What <see cref="IPresenceDirectory"/> promises. Adapters inherit it.</summary>
public abstract class PresenceDirectoryContract
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);
    private static readonly TenantId Acme = new("acme");
    private static readonly UserId Alice = new("alice");
    private static readonly UserId Bob = new("bob.B@x:1");

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>The directory as one more process has it.</summary>
    protected abstract Task<IPresenceDirectory> CreateAsync();

    [Fact]
    public async Task A_user_is_there_from_the_first_device_on_any_replica_to_the_last()
    {
        var (one, other) = (await CreateAsync(), await CreateAsync());
        await one.TickAsync("r1", Long, Cancelled);
        await other.TickAsync("r2", Long, Cancelled);
        Assert.Equal(PresenceRecord.Unknown(Acme, Alice), (await one.ReadAsync(Acme, [Alice], Cancelled))[0]);

        var came = Assert.Single(await ReportAsync(one, "r1", Alice, LocalPresence.Active));
        Assert.Equal((PresenceStatus.Online, Alice, Acme), (came.Record.Status, came.Record.User, came.Record.Tenant));
        Assert.NotNull(came.Record.LastSeenAt);
        Assert.Empty(await ReportAsync(other, "r2", Alice, LocalPresence.Active));
        Assert.Empty(await ReportAsync(one, "r1", Alice, LocalPresence.Active));
        Assert.Empty(await ReportAsync(one, "r1", Alice, LocalPresence.None));
        Assert.Equal(came.Record, (await other.ReadAsync(Acme, [Alice], Cancelled))[0]);
        var went = Assert.Single(await ReportAsync(other, "r2", Alice, LocalPresence.None));
        Assert.Equal(PresenceStatus.Offline, went.Record.Status);
        Assert.True(went.Record.Version > came.Record.Version && went.Record.LastSeenAt >= came.Record.LastSeenAt && went.Session >= TimeSpan.Zero);
        Assert.Empty(await ReportAsync(other, "r2", Alice, LocalPresence.None));
        Assert.Equal([went.Record, PresenceRecord.Unknown(Acme, Bob)], await one.ReadAsync(Acme, [Alice, Bob], Cancelled));
        Assert.Equal(0, (await one.ReadAsync(new("rival"), [Alice], Cancelled))[0].Version);
    }

    [Fact]
    public async Task Who_is_forgotten_was_never_there_once_the_last_device_has_gone()
    {
        var directory = await CreateAsync();
        await directory.TickAsync("r1", Long, Cancelled);
        Assert.Null(await directory.ForgetAsync(Acme, Alice, Cancelled));
        await ReportAsync(directory, "r1", Alice, LocalPresence.Active);
        await directory.ChooseAsync(Acme, Alice, new(PresenceStatus.Busy, "words", DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_123), null), Cancelled);
        Assert.Equal((PresenceStatus.Online, ""), ((await directory.ForgetAsync(Acme, Alice, Cancelled))!.Record is { } told ? (told.Status, told.Text ?? "") : default));
        Assert.Equal(PresenceStatus.Online, (await directory.ReadAsync(Acme, [Alice], Cancelled))[0].Status);
        await ReportAsync(directory, "r1", Alice, LocalPresence.None);
        Assert.Null(await directory.ForgetAsync(Acme, Alice, Cancelled));
        Assert.Equal(PresenceRecord.Unknown(Acme, Alice), (await directory.ReadAsync(Acme, [Alice], Cancelled))[0]);
    }

    [Fact]
    public async Task An_active_device_beats_idle_ones_and_the_latest_choice_wins()
    {
        var directory = await CreateAsync();
        await directory.TickAsync("r1", Long, Cancelled);
        await directory.TickAsync("r2", Long, Cancelled);
        var at = DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_123);
        async Task BecomesAsync(PresenceStatus? status, Task<PresenceChange?> change) => Assert.Equal(status, (await change)?.Record.Status);
        async Task<PresenceChange?> DevicesAsync(string replica, LocalPresence devices) => (await ReportAsync(directory, replica, Alice, devices)).SingleOrDefault();
        Task<PresenceChange?> ChooseAsync(PresenceStatus status, int second, string? text = null) => directory.ChooseAsync(Acme, Alice, new(status, text, at.AddSeconds(second), null), Cancelled);

        await BecomesAsync(PresenceStatus.Away, DevicesAsync("r1", LocalPresence.Idle));
        await BecomesAsync(PresenceStatus.Online, DevicesAsync("r2", LocalPresence.Active));
        await BecomesAsync(PresenceStatus.Away, DevicesAsync("r2", LocalPresence.Idle));
        await BecomesAsync(PresenceStatus.Online, DevicesAsync("r2", LocalPresence.Active));
        await BecomesAsync(PresenceStatus.Busy, ChooseAsync(PresenceStatus.Busy, 5, "Do \"not\" disturb 🙏"));
        await BecomesAsync(null, ChooseAsync(PresenceStatus.Online, 4));
        Assert.Equal("Do \"not\" disturb 🙏", (await directory.ReadAsync(Acme, [Alice], Cancelled))[0].Text);
        await BecomesAsync(PresenceStatus.Away, DevicesAsync("r2", LocalPresence.Idle));
        await BecomesAsync(PresenceStatus.Busy, DevicesAsync("r2", LocalPresence.Active));
        await BecomesAsync(PresenceStatus.Away, ChooseAsync(PresenceStatus.Away, 6));
        await BecomesAsync(PresenceStatus.Invisible, ChooseAsync(PresenceStatus.Invisible, 7, "secret"));
        await BecomesAsync(null, ChooseAsync(PresenceStatus.Offline, 8, "secret"));
        await BecomesAsync(PresenceStatus.Online, ChooseAsync(PresenceStatus.Online, 9));
        await BecomesAsync(PresenceStatus.Online, ChooseAsync(PresenceStatus.Online, 10, "Hello"));
        await BecomesAsync(null, DevicesAsync("r1", LocalPresence.None));
        await BecomesAsync(PresenceStatus.Offline, DevicesAsync("r2", LocalPresence.None));
        Assert.Equal("Hello", (await directory.ReadAsync(Acme, [Alice], Cancelled))[0].Text);
    }

    [Fact]
    public async Task Who_hides_is_not_seen_and_what_was_seen_last_does_not_move()
    {
        var directory = await CreateAsync();
        await directory.TickAsync("r1", Long, Cancelled);
        var at = DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_123);
        await ReportAsync(directory, "r1", Alice, LocalPresence.Active);
        var hidden = (await directory.ChooseAsync(Acme, Alice, new(PresenceStatus.Invisible, "shh", at, null), Cancelled))!.Record;
        Assert.Equal((PresenceStatus.Offline, (string?)null), (hidden.For(Bob).Status, hidden.For(Bob).Text));
        Assert.Equal((PresenceStatus.Invisible, "shh"), (hidden.For(Alice).Status, hidden.For(Alice).Text));
        var gone = Assert.Single(await ReportAsync(directory, "r1", Alice, LocalPresence.None)).Record;
        Assert.Equal((PresenceStatus.Offline, null, hidden.LastSeenAt), (gone.Status, gone.Text, gone.LastSeenAt));
        Assert.Equal(hidden.For(Bob), gone.For(Bob));
        Assert.Equal(PresenceStatus.Invisible, Assert.Single(await ReportAsync(directory, "r1", Alice, LocalPresence.Active)).Record.Status);
    }

    [Fact]
    public async Task A_choice_may_come_with_the_devices_and_ends_when_its_time_has_come()
    {
        var directory = await CreateAsync();
        await directory.TickAsync("r1", Long, Cancelled);
        var now = TimeProvider.System.GetUtcNow();
        var changes = await directory.ReportAsync("r1", [new(Acme, Alice, LocalPresence.Active, new(PresenceStatus.Busy, "Lunch", now, now.AddMilliseconds(200))), new(Acme, Bob, LocalPresence.Active)], Cancelled);
        Assert.Equal([(Alice, PresenceStatus.Busy, "Lunch"), (Bob, PresenceStatus.Online, null)], changes!.Select(change => (change.Record.User, change.Record.Status, change.Record.Text)));
        PresenceChange[] ended = [];
        await Eventually.HoldsAsync(async () => (ended = [.. (await directory.TickAsync("r1", Long, Cancelled)).Changes]).Length > 0 ? null : "it has not ended", Cancelled);
        Assert.Equal((Alice, PresenceStatus.Online, null), (ended.Single().Record.User, ended[0].Record.Status, ended[0].Record.Text));
        Assert.Empty((await directory.TickAsync("r1", Long, Cancelled)).Changes);
    }

    [Fact]
    public async Task The_devices_of_a_replica_that_died_are_claimed_once_and_it_writes_them_again_should_it_live()
    {
        var (one, other) = (await CreateAsync(), await CreateAsync());
        Assert.False((await one.TickAsync("dying", Short, Cancelled)).Renewed);
        Assert.True((await one.TickAsync("dying", Short, Cancelled)).Renewed);
        await other.TickAsync("living", Long, Cancelled);
        await one.ReportAsync("dying", [.. Users(120).Select(user => new DeviceReport(Acme, user, LocalPresence.Active))], Cancelled);
        await ReportAsync(other, "living", new("user-7"), LocalPresence.Active);
        await Eventually.HoldsAsync(async () => (await other.ReadAsync(Acme, [new("user-1")], Cancelled))[0].Status == PresenceStatus.Offline ? null : "the lease stands", Cancelled);

        var claimed = new List<UserId>();
        PresenceTick tick;
        do
        {
            tick = await other.TickAsync("living", Long, Cancelled);
            claimed.AddRange(tick.Changes.Select(change => change.Record.User));
            Assert.All(tick.Changes, change => Assert.Equal(PresenceStatus.Offline, change.Record.Status));
            Assert.True(tick.Renewed);
        }
        while (tick.More);
        Assert.Equal(Users(120).Where(user => user.Value != "user-7").Select(user => user.Value).Order(), claimed.Select(user => user.Value).Order());
        Assert.Equal(PresenceStatus.Online, (await one.ReadAsync(Acme, [new("user-7")], Cancelled))[0].Status);

        Assert.Null(await one.ReportAsync("dying", [new(Acme, Alice, LocalPresence.Active)], Cancelled));
        Assert.False((await one.TickAsync("dying", Long, Cancelled)).Renewed);
        Assert.Equal(119, (await one.ReportAsync("dying", [.. Users(120).Select(user => new DeviceReport(Acme, user, LocalPresence.Active))], Cancelled))!.Count);
    }

    [Fact]
    public async Task Each_tenant_has_figures_of_its_own()
    {
        var directory = await CreateAsync();
        await directory.TickAsync("r1", Long, Cancelled);
        Assert.Equal(new(0, 0, 0, 0, 0, new(0, 0, 0)), await directory.SummarizeAsync(Acme, Cancelled));
        await directory.ReportAsync("r1", [.. Users(4).Select(user => new DeviceReport(Acme, user, LocalPresence.Active)), new(new("rival"), Alice, LocalPresence.Active)], Cancelled);
        await directory.ChooseAsync(Acme, new("user-0"), new(PresenceStatus.Busy, null, DateTimeOffset.UnixEpoch, null), Cancelled);
        await directory.ChooseAsync(Acme, new("user-1"), new(PresenceStatus.Invisible, null, DateTimeOffset.UnixEpoch, null), Cancelled);
        await ReportAsync(directory, "r1", new("user-2"), LocalPresence.Idle);
        Assert.Equal(new(1, 1, 1, 1, 4, new(0, 0, 0)), await directory.SummarizeAsync(Acme, Cancelled));
        await directory.ReportAsync("r1", [.. Users(3).Select(user => new DeviceReport(Acme, user, LocalPresence.None))], Cancelled);
        var after = await directory.SummarizeAsync(Acme, Cancelled);
        Assert.Equal((1, 0, 0, 0, 4, 3), (after.Online, after.Away, after.Busy, after.Invisible, after.PeakToday, after.Sessions.Ended));
        Assert.True(after.Sessions.LongestSeconds >= after.Sessions.AverageSeconds && after.Sessions.LongestSeconds < 600);
        Assert.Equal(1, (await directory.SummarizeAsync(new("rival"), Cancelled)).Online);
    }

    private static IEnumerable<UserId> Users(int count) => Enumerable.Range(0, count).Select(i => new UserId($"user-{i}"));

    private static async Task<IReadOnlyList<PresenceChange>> ReportAsync(IPresenceDirectory directory, string replica, UserId user, LocalPresence devices)
    {
        var changes = await directory.ReportAsync(replica, [new(Acme, user, devices)], Cancelled);
        Assert.NotNull(changes);
        return changes;
    }
}

public sealed class LocalPresenceDirectoryTests : PresenceDirectoryContract
{
    private readonly LocalPresenceDirectory _directory = new(TimeProvider.System);

    protected override Task<IPresenceDirectory> CreateAsync() => Task.FromResult<IPresenceDirectory>(_directory);
}

/// <summary>What it promises beside where answers may be lost on their way.</summary>
public abstract class RemotePresenceDirectoryContract : PresenceDirectoryContract
{
    private static readonly TenantId Acme = new("acme");

    [Fact]
    public async Task What_an_answer_held_that_did_not_come_through_is_given_with_the_next_one()
    {
        // The same replica: what the first one is answered never reaches the second.
        var (lost, directory) = (await CreateAsync(), await CreateAsync());
        await directory.TickAsync("r1", TimeSpan.FromMinutes(5), Cancelled);
        DeviceReport[] reports = [.. Enumerable.Range(0, 120).Select(i => new DeviceReport(Acme, new($"user-{i}"), LocalPresence.Active))];
        await lost.ReportAsync("r1", reports[..60], Cancelled);
        Assert.Equal(120, Users(await (await CreateAsync()).ReportAsync("r1", reports, Cancelled)));
        directory = await CreateAsync();
        Assert.Equal(120, Users((await directory.TickAsync("r1", TimeSpan.FromMinutes(5), Cancelled)).Changes));
        Assert.Equal(0, Users(await directory.ReportAsync("r1", reports, Cancelled)));

        // Also where the report is not repeated.
        await lost.ReportAsync("r1", [reports[3] with { Devices = LocalPresence.None }], Cancelled);
        directory = await CreateAsync();
        var told = Assert.Single((await directory.TickAsync("r1", TimeSpan.FromMinutes(5), Cancelled)).Changes);
        Assert.Equal(("user-3", PresenceStatus.Offline), (told.Record.User.Value, told.Record.Status));
        Assert.Empty((await directory.TickAsync("r1", TimeSpan.FromMinutes(5), Cancelled)).Changes);
    }

    private static int Users(IReadOnlyList<PresenceChange>? changes) => changes!.Select(change => change.Record.User).Distinct().Count();
}

public sealed class GarnetPresenceDirectoryTests : RemotePresenceDirectoryContract, IAsyncLifetime
{
    private readonly RedisProcesses _processes = new(new GarnetRedis());

    public async ValueTask InitializeAsync() => await _processes.Server.StartAsync();

    public ValueTask DisposeAsync() => _processes.DisposeAsync();

    protected override Task<IPresenceDirectory> CreateAsync() => _processes.CreateAsync<IPresenceDirectory>();
}

public sealed class RedisPresenceDirectoryTests : RemotePresenceDirectoryContract, IAsyncLifetime
{
    private readonly RedisProcesses _processes = new(new RealRedis());

    public RedisPresenceDirectoryTests() => RealRedis.SkipUnlessInstalled();

    public async ValueTask InitializeAsync() => await _processes.Server.StartAsync();

    public ValueTask DisposeAsync() => _processes.DisposeAsync();

    protected override Task<IPresenceDirectory> CreateAsync() => _processes.CreateAsync<IPresenceDirectory>();

    [Fact]
    public async Task While_Redis_is_gone_it_says_so_and_when_it_is_back_the_lease_is_gone()
    {
        var directory = await CreateAsync();
        await directory.TickAsync("r1", TimeSpan.FromMinutes(5), Cancelled);
        await _processes.Server.KillAsync();
        await Assert.ThrowsAsync<Caas.Core.Entries.StoreUnavailableException>(() => directory.ReadAsync(new("acme"), [new("alice")], Cancelled));
        await _processes.Server.StartAsync();
        await Eventually.HoldsAsync(
            async () =>
            {
                try
                {
                    return await directory.ReportAsync("r1", [new(new("acme"), new("alice"), LocalPresence.Active)], Cancelled) is null ? null : "something was written";
                }
                catch (Caas.Core.Entries.StoreUnavailableException gone)
                {
                    return gone.Message;
                }
            },
            Cancelled);
        Assert.False((await directory.TickAsync("r1", TimeSpan.FromMinutes(5), Cancelled)).Renewed);
    }
}
