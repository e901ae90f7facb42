using Caas.Core.Entries;
using Caas.Core.SlowMode;
using Xunit;

namespace Caas.Tests.SlowMode;

/// <summary>What <see cref="ISlowModeStore"/> promises. Adapters inherit it.</summary>
public abstract class SlowModeStoreContract
{
    private static readonly LogId Log = new(new("acme"), "general");
    private static readonly DateTimeOffset Noon = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000);

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>A store over the test's database; several calls give several instances over the same one.</summary>
    protected abstract ISlowModeStore CreateStore();

    [Fact]
    public async Task A_turn_is_taken_once_per_interval_and_who_comes_early_is_told_of_the_last()
    {
        Assert.Null(await TakeAsync("ann", null, 0));
        Assert.Equal(Noon, await TakeAsync("ann", null, 9_999));
        Assert.Null(await TakeAsync("ann", "one", 10_000));
        Assert.Equal(Noon.AddSeconds(10), await TakeAsync("ann", "two", 10_000));
        Assert.Equal(Noon.AddSeconds(10), await TakeAsync("ann", null, 19_999));
        Assert.Null(await TakeAsync("ann", null, 20_000));
    }

    [Fact]
    public async Task The_same_call_again_takes_no_other_turn_and_none_later()
    {
        Assert.Null(await TakeAsync("ann", "one", 0));
        Assert.Null(await TakeAsync("ann", "one", 9_000));
        Assert.Equal(Noon, await TakeAsync("ann", "two", 9_999));
        Assert.Null(await TakeAsync("ann", "two", 10_000));
        Assert.Equal(Noon.AddSeconds(10), await TakeAsync("ann", "one", 10_001));
    }

    [Fact]
    public async Task Members_conversations_and_tenants_have_turns_of_their_own()
    {
        Assert.Null(await TakeAsync("ann", null, 0));
        Assert.Null(await TakeAsync("bob", null, 0));
        Assert.Null(await TakeAsync("ann", null, 0, new(new("acme"), "other")));
        Assert.Null(await TakeAsync("ann", null, 0, new(new("globex"), "general")));
    }

    [Fact]
    public async Task Of_many_at_once_one_takes_it()
    {
        var stores = new[] { CreateStore(), CreateStore() };
        var taken = await Task.WhenAll(Enumerable.Range(0, 40).Select(n => Task.Run(() => stores[n % 2].TakeAsync(Log, new("ann"), $"{n}", Noon, TimeSpan.FromSeconds(10), Cancelled), Cancelled))).WaitAsync(TimeSpan.FromMinutes(1), Cancelled);
        Assert.Single(taken, at => at is null);
    }

    private Task<DateTimeOffset?> TakeAsync(string user, string? clientId, int milliseconds, LogId? log = null) =>
        CreateStore().TakeAsync(log ?? Log, new(user), clientId, Noon.AddMilliseconds(milliseconds), TimeSpan.FromSeconds(10), Cancelled);
}
