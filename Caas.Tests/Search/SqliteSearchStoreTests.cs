using Caas.Adapters.Sqlite;
using Caas.Adapters.Sqlite.Conversations;
using Caas.Adapters.Sqlite.Search;
using Caas.Core.Conversations;
using Caas.Core.Search;
using Caas.Tests.Sqlite;
using Microsoft.Extensions.Options;
using Xunit;

namespace Caas.Tests.Search;

public sealed class SqliteSearchStoreTests : SearchStoreContract, IDisposable
{
    private readonly SqliteStores _stores = new();

    public void Dispose() => _stores.Dispose();

    [Fact]
    public async Task A_search_that_takes_too_long_is_ended_and_the_connection_goes_on()
    {
        var database = _stores.Open();
        Assert.Null(await database.ReadAsync(
            connection => SearchLimit.Run(connection, TimeSpan.FromMilliseconds(50), () => connection.Find(row => row.GetString(0), "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT 'x' FROM n WHERE i < 0"), Cancelled),
            Cancelled));
        Assert.Equal("x", await database.ReadAsync(connection => connection.Find(row => row.GetString(0), "SELECT 'x'"), Cancelled));
    }

    [Fact]
    public async Task The_index_stays_whole_whatever_is_written_over_and_taken_out()
    {
        const int Seed = 7;
        var (random, store) = (new Random(Seed), CreateStore());
        for (var round = 1; round <= 150; round++)
        {
            await store.ApplyAsync([.. Enumerable.Range(0, random.Next(1, 20)).Select(_ => Random(random, round))], Cancelled);
        }

        await store.EraseAsync(new(new("acme"), "room-1"), Cancelled);
        await _stores.Open().WriteAsync(connection => connection.Execute("INSERT INTO search_tokens (search_tokens) VALUES ('integrity-check')"), Cancelled);
    }

    private static SearchDocument Random(Random random, int round) => new(
        new(new("acme"), $"room-{random.Next(3)}"),
        random.Next(2, 100),
        round,
        DateTimeOffset.UnixEpoch.AddSeconds(random.Next(50)),
        "ann",
        random.Next(4) == 0 ? [] : SearchTokens.Of(string.Join(' ', Enumerable.Range(0, random.Next(1, 20)).Select(_ => $"word{random.Next(60)}"))));

    protected override ISearchStore CreateStore() => new SqliteSearchStore(_stores.Open(), Options.Create(new SearchOptions()));

    protected override IConversationStore CreateConversations() => new SqliteConversationStore(_stores.Open());
}
