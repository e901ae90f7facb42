using Caas.Core.Delivery;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Caas.Tests.Delivery;

/// <summary>What <see cref="IReplicaDirectory"/> promises. Adapters inherit it.</summary>
public abstract class ReplicaDirectoryContract
{
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);
    private static readonly Replica One = new("one", "http://localhost:3002", 7);
    private static readonly Replica Two = new("two", "https://chat.example:8443/a b", 0);

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>The directory of one more process over the test's backplane.</summary>
    /// <param name="time">The process' own clock; leases go by the backplane's.</param>
    protected abstract Task<IReplicaDirectory> CreateAsync(TimeProvider time);

    protected abstract Task KillAsync();

    protected abstract Task StartAsync();

    [Fact]
    public async Task Every_process_sees_every_announced_replica_with_its_newest_load()
    {
        await StartAsync();
        var (one, other) = (await CreateAsync(TimeProvider.System), await CreateAsync(TimeProvider.System));
        Assert.Empty(await other.ListAsync(Cancelled));
        Assert.True(await one.AnnounceAsync(One, Lease, Cancelled));
        await other.AnnounceAsync(Two, Lease, Cancelled);
        await one.AnnounceAsync(One with { Connections = 8 }, Lease, Cancelled);
        Assert.Equal([One with { Connections = 8 }, Two], (await one.ListAsync(Cancelled)).OrderBy(replica => replica.Id));
        Assert.Equal([One with { Connections = 8 }, Two], (await other.ListAsync(Cancelled)).OrderBy(replica => replica.Id));
    }

    [Fact]
    public async Task A_replica_that_withdraws_is_gone_at_once()
    {
        await StartAsync();
        var directory = await CreateAsync(TimeProvider.System);
        await directory.AnnounceAsync(One, Lease, Cancelled);
        await directory.AnnounceAsync(Two, Lease, Cancelled);
        await directory.WithdrawAsync("one", Cancelled);
        await directory.WithdrawAsync("one", Cancelled);
        Assert.Equal([Two], await directory.ListAsync(Cancelled));
    }

    [Fact]
    public async Task A_lease_that_is_not_renewed_ends()
    {
        await StartAsync();
        var directory = await CreateAsync(TimeProvider.System);
        await directory.AnnounceAsync(Two, Lease, Cancelled);
        await directory.AnnounceAsync(One, TimeSpan.FromMilliseconds(100), Cancelled);
        await UntilAsync(directory, [Two]);
    }

    [Fact]
    public async Task While_the_backplane_is_gone_those_seen_last_are_listed_for_60_seconds_and_announcing_does_not_fail()
    {
        await StartAsync();
        var clock = new FakeTimeProvider();
        var directory = await CreateAsync(clock);
        await directory.AnnounceAsync(One, Lease, Cancelled);
        Assert.Equal([One], await directory.ListAsync(Cancelled));
        await KillAsync();

        Assert.Equal([One], await directory.ListAsync(Cancelled));
        Assert.False(await directory.AnnounceAsync(One with { Connections = 9 }, Lease, Cancelled));
        await directory.WithdrawAsync("two", Cancelled);
        clock.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal([One], await directory.ListAsync(Cancelled));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty(await directory.ListAsync(Cancelled));
    }

    [Fact]
    public async Task After_the_backplane_was_emptied_the_next_announcement_is_seen_again()
    {
        await StartAsync();
        var directory = await CreateAsync(TimeProvider.System);
        await directory.AnnounceAsync(One, Lease, Cancelled);
        await KillAsync();
        await StartAsync();
        await Eventually.HoldsAsync(
            async () =>
            {
                await directory.AnnounceAsync(Two, Lease, Cancelled);
                return (await directory.ListAsync(Cancelled)).SequenceEqual([Two]) ? null : "the replica is not listed again";
            },
            Cancelled);
    }

    private static Task UntilAsync(IReplicaDirectory directory, Replica[] expected) =>
        Eventually.HoldsAsync(async () => await directory.ListAsync(Cancelled) is var found && found.SequenceEqual(expected) ? null : $"the list is [{string.Join(", ", found)}]", Cancelled);
}
