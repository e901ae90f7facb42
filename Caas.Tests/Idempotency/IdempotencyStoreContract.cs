using Caas.Core.Idempotency;
using Xunit;

namespace Caas.Tests.Idempotency;

/// <summary>What <see cref="IIdempotencyStore"/> promises. Adapters inherit it.</summary>
public abstract class IdempotencyStoreContract
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_123);

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    protected abstract IIdempotencyStore CreateStore();

    [Fact]
    public async Task A_key_is_claimed_once_and_gives_its_answer_afterwards()
    {
        var (one, other) = (CreateStore(), CreateStore());
        Assert.Null(await one.ClaimAsync(Claim("k", "c1"), Now, Cancelled));
        Assert.Equal(Claim("k", "c1"), await other.ClaimAsync(Claim("k", "c2"), Now, Cancelled));
        var answer = Claim("k", "c1") with { Status = 201, Body = """{"a":"é"}""", Location = "/v1/x/1", ResourceId = "1", ExpiresAt = Now.AddHours(24) };
        await one.CompleteAsync(answer, Cancelled);
        Assert.Equal(answer, await other.ClaimAsync(Claim("k", "c3"), Now.AddHours(23), Cancelled));
    }

    [Fact]
    public async Task Of_many_who_claim_a_key_at_once_one_gets_it()
    {
        var stores = Enumerable.Range(0, 8).Select(_ => CreateStore()).ToArray();
        var outcomes = await Task.WhenAll(stores.Select((store, i) => store.ClaimAsync(Claim("k", $"c{i}"), Now, Cancelled)));
        var winner = Array.IndexOf(outcomes, null);
        Assert.Single(outcomes, outcome => outcome is null);
        Assert.All(outcomes.Where((_, i) => i != winner), outcome => Assert.Equal($"c{winner}", outcome!.ClaimId));
    }

    [Fact]
    public async Task Claiming_again_with_the_same_claim_is_the_same_claim()
    {
        var store = CreateStore();
        Assert.Null(await store.ClaimAsync(Claim("k", "c1"), Now, Cancelled));
        Assert.Null(await store.ClaimAsync(Claim("k", "c1"), Now, Cancelled));
    }

    [Fact]
    public async Task A_claim_and_an_answer_run_out()
    {
        var store = CreateStore();
        Assert.Null(await store.ClaimAsync(Claim("k", "c1"), Now, Cancelled));
        Assert.Null(await store.ClaimAsync(Claim("k", "c2") with { ExpiresAt = Now.AddHours(1) }, Now.AddSeconds(60), Cancelled));
        await store.CompleteAsync(Claim("k", "c2") with { Status = 200, Body = "", ExpiresAt = Now.AddHours(24) }, Cancelled);
        Assert.Null(await store.ClaimAsync(Claim("k", "c3") with { ExpiresAt = Now.AddHours(25) }, Now.AddHours(24), Cancelled));
        Assert.Null((await store.ClaimAsync(Claim("k", "c4"), Now.AddHours(24), Cancelled))!.Status);
    }

    [Fact]
    public async Task Who_lost_its_claim_cannot_complete_or_release_it()
    {
        var store = CreateStore();
        Assert.Null(await store.ClaimAsync(Claim("k", "late"), Now, Cancelled));
        Assert.Null(await store.ClaimAsync(Claim("k", "new") with { ExpiresAt = Now.AddHours(1) }, Now.AddSeconds(61), Cancelled));
        await store.CompleteAsync(Claim("k", "late") with { Status = 201, Body = "late", ExpiresAt = Now.AddHours(24) }, Cancelled);
        await store.ReleaseAsync("k", "late", Cancelled);
        var standing = await store.ClaimAsync(Claim("k", "third"), Now.AddSeconds(62), Cancelled);
        Assert.Equal(("new", null), (standing!.ClaimId, standing.Status));
    }

    [Fact]
    public async Task A_released_key_is_free_but_an_answer_stays()
    {
        var store = CreateStore();
        await store.ClaimAsync(Claim("k", "c1"), Now, Cancelled);
        await store.ReleaseAsync("k", "c1", Cancelled);
        Assert.Null(await store.ClaimAsync(Claim("k", "c2"), Now, Cancelled));
        await store.CompleteAsync(Claim("k", "c2") with { Status = 204, Body = "", ExpiresAt = Now.AddHours(24) }, Cancelled);
        await store.ReleaseAsync("k", "c2", Cancelled);
        Assert.Equal(204, (await store.ClaimAsync(Claim("k", "c3"), Now, Cancelled))!.Status);
    }

    [Fact]
    public async Task Pruning_removes_what_has_run_out()
    {
        var store = CreateStore();
        await store.ClaimAsync(Claim("old", "c1"), Now, Cancelled);
        await store.ClaimAsync(Claim("new", "c2") with { ExpiresAt = Now.AddHours(2) }, Now, Cancelled);
        await store.PruneAsync(Now.AddHours(1), Cancelled);
        Assert.Null(await store.ClaimAsync(Claim("old", "c3"), Now, Cancelled));
        Assert.NotNull(await store.ClaimAsync(Claim("new", "c4"), Now, Cancelled));
    }

    private static IdempotencyRecord Claim(string key, string claimId) => new(key, claimId, "00ff", null, null, null, null, Now.AddSeconds(60));
}
