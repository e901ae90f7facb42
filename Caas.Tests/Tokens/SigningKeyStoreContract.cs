using Caas.Core.Tokens;
using Xunit;

namespace Caas.Tests.Tokens;

/// <summary>What <see cref="ISigningKeyStore"/> promises. Adapters inherit it.</summary>
public abstract class SigningKeyStoreContract
{
    private static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_123);

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    protected abstract ISigningKeyStore CreateStore();

    [Fact]
    public async Task Keys_come_back_as_they_were_added_and_retired()
    {
        var (one, other) = (CreateStore(), CreateStore());
        Assert.Empty(await one.ListAsync(Cancelled));
        Assert.True(await one.AddAsync(new("k1", 1, "v1:one", At, null), Cancelled));
        Assert.True(await one.AddAsync(new("k2", 2, "v1:two", At.AddDays(1), null), Cancelled));
        await other.RetireAsync("k1", At.AddDays(8), Cancelled);
        await other.RetireAsync("k9", At, Cancelled);
        Assert.Equal([new SigningKey("k1", 1, "v1:one", At, At.AddDays(8)), new SigningKey("k2", 2, "v1:two", At.AddDays(1), null)], (await other.ListAsync(Cancelled)).OrderBy(key => key.Number));
    }

    [Fact]
    public async Task A_number_is_given_once()
    {
        var store = CreateStore();
        Assert.True(await store.AddAsync(new("k1", 1, "v1:one", At, null), Cancelled));
        Assert.False(await store.AddAsync(new("k2", 1, "v1:two", At, null), Cancelled));
        Assert.Equal("k1", Assert.Single(await store.ListAsync(Cancelled)).Kid);
    }

    [Fact]
    public async Task Of_many_who_add_the_same_number_at_once_one_wins()
    {
        var stores = Enumerable.Range(0, 8).Select(_ => CreateStore()).ToArray();
        var added = await Task.WhenAll(stores.Select((store, i) => store.AddAsync(new($"k{i}", 1, $"v1:{i}", At, null), Cancelled)));
        Assert.Single(added, won => won);
        Assert.Equal($"k{Array.IndexOf(added, true)}", Assert.Single(await stores[0].ListAsync(Cancelled)).Kid);
    }
}
