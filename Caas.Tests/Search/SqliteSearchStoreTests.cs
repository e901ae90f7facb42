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
    public async Task Who_is_in_very_many_conversations_finds_what_is_there()
    {
        var (database, store) = (_stores.Open(), CreateStore());
        await database.WriteAsync(
            connection => connection.Execute(
                """
                WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 2999)
                INSERT INTO members (tenant, conversation, user, role, joined_at, joined_seq, removed, rev, read_seq) SELECT 'acme', 'room-' || i, 'ann', 'member', 0, 1, 0, 1, 0 FROM n
                """),
            Cancelled);
        await database.WriteAsync(
            connection => connection.Execute(
                """
                INSERT INTO conversations (tenant, id, type, created_at, updated_at, member_count, rev, last_seq, last_message_no, last_message_seq, last_activity_at)
                SELECT tenant, conversation, 'group', 0, 0, 1, 1, 0, 0, 0, 0 FROM members
                """),
            Cancelled);
        string[] rooms = ["room-2999", "room-7", "of-others", "room-0"];
        await store.ApplyAsync([.. rooms.Select((room, n) => new SearchDocument(new(new("acme"), room), 2, 2, DateTimeOffset.UnixEpoch.AddMinutes(n), "bob", SearchTokens.Of("hello")))], Cancelled);
        var found = await store.FindAsync(new() { Tenant = new("acme"), Member = new("ann"), Terms = SearchTokens.Of(SearchPattern.Parse("hello")), Limit = 50 }, Cancelled);
        Assert.Equal(["room-0", "room-7", "room-2999"], found.Hits.Select(hit => hit.Log.Name));
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
