using Caas.Adapters.Sqlite;
using Caas.Adapters.Sqlite.Conversations;
using Caas.Adapters.Sqlite.Entries;
using Caas.Adapters.Sqlite.Members;
using Caas.Adapters.Sqlite.Receipts;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Members;
using Caas.Core.Receipts;
using Caas.Tests.Entries;
using Caas.Tests.Sqlite;
using Xunit;

namespace Caas.Tests.Receipts;

public sealed class SqliteReceiptStoreTests : ReceiptStoreContract, IDisposable
{
    private readonly SqliteStores _stores = new();

    public void Dispose() => _stores.Dispose();

    protected override IReceiptStore CreateStore() => new SqliteReceiptStore(_stores.Open());

    protected override IMemberStore CreateMemberStore() => new SqliteMemberStore(_stores.Open());

    protected override IConversationStore CreateConversationStore() => new SqliteConversationStore(_stores.Open());

    protected override IEntryStore CreateEntryStore() => new SqliteEntryStore(_stores.Open());

    [Fact]
    public async Task What_is_hidden_is_counted_by_its_sender_and_not_by_all_that_is_unread()
    {
        var log = new LogId(new("acme"), "room");
        var database = _stores.Open();
        await new SqliteEntryStore(database).AppendAsync([.. Enumerable.Range(1, 50).Select(n => Drafts.Message(log, $"{n}") with { ActorId = n is 20 or 40 ? "bob" : "ann" })], CancellationToken.None);
        var store = new SqliteReceiptStore(database);
        Assert.Equal([0, 2, 1], await store.CountSentAsync([new(new(log, 0, 50), ["nobody"]), new(new(log, 0, 50), ["bob"]), new(new(log, 20, 50), ["bob", "nobody"])], CancellationToken.None));
        var counted = await database.ReadAsync(connection => ((StatementConnection)connection).PreparedTexts.Where(text => text.Contains("count(*)", StringComparison.Ordinal)).ToList(), CancellationToken.None);
        Assert.NotEmpty(counted);
        Assert.All(counted, text => Assert.Contains("INDEXED BY entries_by_client_id", text, StringComparison.Ordinal));
    }
}
