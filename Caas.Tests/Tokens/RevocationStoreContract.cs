using Caas.Core.Tokens;
using Xunit;

namespace Caas.Tests.Tokens;

/// <summary>What <see cref="IRevocationStore"/> promises. Adapters inherit it.</summary>
public abstract class RevocationStoreContract
{
    private static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_123);

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    protected abstract IRevocationStore CreateStore();

    [Fact]
    public async Task Revocations_of_every_kind_come_back_as_they_were_added()
    {
        var (one, other) = (CreateStore(), CreateStore());
        var added = Enum.GetValues<RevocationKind>().Select(kind => Revocation($"full/{kind}") with { Kind = kind, User = new("alice"), TokenId = "jti", Before = At, Conversation = new("c:1"), Seq = 9 })
            .Append(Revocation("bare"))
            .ToArray();
        foreach (var revocation in added)
        {
            await one.AddAsync(revocation, Cancelled);
        }

        Assert.Equal(added.OrderBy(revocation => revocation.Id), (await other.ReadAfterAsync(null, Cancelled)).Items.OrderBy(revocation => revocation.Id));
    }

    [Fact]
    public async Task The_same_id_again_changes_nothing()
    {
        var store = CreateStore();
        await store.AddAsync(Revocation("a"), Cancelled);
        await store.AddAsync(Revocation("a") with { TokenId = "other" }, Cancelled);
        Assert.Equal(Revocation("a"), Assert.Single((await store.ReadAfterAsync(null, Cancelled)).Items));
    }

    [Fact]
    public async Task A_reader_who_goes_on_from_its_position_misses_nothing()
    {
        var (writer, reader) = (CreateStore(), CreateStore());
        var seen = new HashSet<string>();
        var (items, position) = await reader.ReadAfterAsync(null, Cancelled);
        Assert.Empty(items);
        for (var i = 0; i < 5; i++)
        {
            await writer.AddAsync(Revocation($"r{i}"), Cancelled);
            (items, position) = await reader.ReadAfterAsync(position, Cancelled);
            Assert.Contains($"r{i}", items.Select(revocation => revocation.Id));
            seen.UnionWith(items.Select(revocation => revocation.Id));
        }

        Assert.Equal(5, seen.Count);
    }

    [Fact]
    public async Task A_reader_beside_several_writers_sees_everything()
    {
        const int PerWriter = 25;
        var writers = Enumerable.Range(0, 4).Select(_ => CreateStore()).ToArray();
        var reader = CreateStore();
        var writing = Task.WhenAll(writers.Select(async (store, writer) =>
        {
            for (var i = 0; i < PerWriter; i++)
            {
                await store.AddAsync(Revocation($"{writer}/{i}"), Cancelled);
            }
        }));
        var seen = new HashSet<string>();
        string? position = null;
        bool done;
        do
        {
            done = writing.IsCompleted;
            (var items, position) = await reader.ReadAfterAsync(position, Cancelled);
            seen.UnionWith(items.Select(revocation => revocation.Id));
        }
        while (!done);

        await writing;
        Assert.Equal(writers.Length * PerWriter, seen.Count);
    }

    [Fact]
    public async Task Pruning_removes_what_matters_no_more_and_the_position_stays_good()
    {
        var store = CreateStore();
        await store.AddAsync(Revocation("old") with { Until = At.AddHours(1) }, Cancelled);
        await store.AddAsync(Revocation("new") with { Until = At.AddHours(3) }, Cancelled);
        var (_, position) = await store.ReadAfterAsync(null, Cancelled);
        await store.PruneAsync(At.AddHours(2), Cancelled);
        Assert.Equal("new", Assert.Single((await store.ReadAfterAsync(null, Cancelled)).Items).Id);
        await store.PruneAsync(At.AddHours(4), Cancelled);
        Assert.Empty((await store.ReadAfterAsync(null, Cancelled)).Items);
        await store.AddAsync(Revocation("next"), Cancelled);
        Assert.Contains("next", (await store.ReadAfterAsync(position, Cancelled)).Items.Select(revocation => revocation.Id));
    }

    private static Revocation Revocation(string id) => new(id, RevocationKind.TenantDeleted, new("acme"), null, null, null, null, null, At, At.AddDays(7));
}
