using Caas.Core.Feed;
using Xunit;

namespace Caas.Tests.Feed;

/// <summary>What <see cref="ILeaseStore"/> promises. Adapters inherit it.</summary>
public abstract class LeaseStoreContract
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(2);

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>A store over the test's database; several calls give several instances over the same one.</summary>
    protected abstract ILeaseStore CreateStore();

    /// <summary>Lets a time pass on the store's clock.</summary>
    protected abstract Task PassAsync(TimeSpan duration);

    [Fact]
    public async Task The_first_holder_gets_epoch_one_and_keeps_it_while_renewing()
    {
        var store = CreateStore();
        Assert.Equal(1, await store.AcquireAsync("projector", "a", TimeSpan.FromMinutes(5), Cancelled));
        Assert.Equal(1, await store.AcquireAsync("projector", "a", TimeSpan.FromMinutes(5), Cancelled));
    }

    [Fact]
    public async Task Another_one_does_not_get_a_lease_that_is_held()
    {
        var (one, other) = (CreateStore(), CreateStore());
        Assert.NotNull(await one.AcquireAsync("projector", "a", TimeSpan.FromMinutes(5), Cancelled));
        Assert.Null(await other.AcquireAsync("projector", "b", TimeSpan.FromMinutes(5), Cancelled));
        Assert.NotNull(await one.AcquireAsync("projector", "a", TimeSpan.FromMinutes(5), Cancelled));
    }

    [Fact]
    public async Task Leases_of_different_names_do_not_touch_each_other()
    {
        var store = CreateStore();
        Assert.Equal(1, await store.AcquireAsync("projector", "a", TimeSpan.FromMinutes(5), Cancelled));
        Assert.Equal(1, await store.AcquireAsync("bus/g/tenant", "b", TimeSpan.FromMinutes(5), Cancelled));
    }

    [Fact]
    public async Task A_lease_that_ran_out_is_taken_over_with_a_higher_epoch_and_the_former_holder_is_refused()
    {
        var (one, other) = (CreateStore(), CreateStore());
        Assert.Equal(1, await one.AcquireAsync("projector", "a", Lease, Cancelled));
        await PassAsync(Lease * 1.5);
        Assert.Equal(2, await other.AcquireAsync("projector", "b", TimeSpan.FromMinutes(5), Cancelled));
        Assert.Null(await one.AcquireAsync("projector", "a", Lease, Cancelled));
    }

    [Fact]
    public async Task Renewing_makes_a_lease_last()
    {
        var (one, other) = (CreateStore(), CreateStore());
        Assert.Equal(1, await one.AcquireAsync("projector", "a", Lease, Cancelled));
        Assert.Equal(1, await one.AcquireAsync("projector", "a", TimeSpan.FromMinutes(5), Cancelled));
        await PassAsync(Lease * 1.5);
        Assert.Null(await other.AcquireAsync("projector", "b", Lease, Cancelled));
    }

    [Fact]
    public async Task A_holder_that_comes_late_goes_on_with_its_epoch_when_nobody_took_over()
    {
        var store = CreateStore();
        Assert.Equal(1, await store.AcquireAsync("projector", "a", Lease, Cancelled));
        await PassAsync(Lease * 1.5);
        Assert.Equal(1, await store.AcquireAsync("projector", "a", Lease, Cancelled));
    }

    [Fact]
    public async Task A_lease_that_was_given_back_is_free_at_once_and_its_epoch_rises_also_for_the_same_holder()
    {
        var store = CreateStore();
        Assert.Equal(1, await store.AcquireAsync("projector", "a", TimeSpan.FromMinutes(5), Cancelled));
        await store.ReleaseAsync("projector", "a", Cancelled);
        Assert.Equal(2, await store.AcquireAsync("projector", "b", TimeSpan.FromMinutes(5), Cancelled));
        await store.ReleaseAsync("projector", "b", Cancelled);
        Assert.Equal(3, await store.AcquireAsync("projector", "b", TimeSpan.FromMinutes(5), Cancelled));
    }

    [Fact]
    public async Task Giving_back_what_another_one_holds_changes_nothing()
    {
        var store = CreateStore();
        await store.ReleaseAsync("projector", "nobody", Cancelled);
        Assert.Equal(1, await store.AcquireAsync("projector", "a", TimeSpan.FromMinutes(5), Cancelled));
        await store.ReleaseAsync("projector", "b", Cancelled);
        Assert.Null(await store.AcquireAsync("projector", "b", TimeSpan.FromMinutes(5), Cancelled));
    }

    [Fact]
    public async Task Of_many_who_want_a_lease_at_once_one_gets_it()
    {
        for (var round = 0; round < 5; round++)
        {
            var name = $"race/{round}";
            var stores = Enumerable.Range(0, 6).Select(_ => CreateStore()).ToArray();
            var epochs = await Task.WhenAll(stores.Select((store, i) => store.AcquireAsync(name, $"holder-{i}", TimeSpan.FromMinutes(5), Cancelled)));
            Assert.Equal(1, Assert.Single(epochs, epoch => epoch is not null));
        }
    }

    [Fact]
    public async Task Of_many_who_want_a_lease_that_ran_out_one_gets_it()
    {
        var stores = Enumerable.Range(0, 6).Select(_ => CreateStore()).ToArray();
        Assert.Equal(1, await stores[0].AcquireAsync("projector", "former", Lease, Cancelled));
        await PassAsync(Lease * 1.5);
        var epochs = await Task.WhenAll(stores.Select((store, i) => store.AcquireAsync("projector", $"holder-{i}", TimeSpan.FromMinutes(5), Cancelled)));
        Assert.Equal(2, Assert.Single(epochs, epoch => epoch is not null));
    }
}
