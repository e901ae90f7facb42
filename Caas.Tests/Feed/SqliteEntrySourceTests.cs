using Caas.Adapters.Sqlite.Entries;
using Caas.Adapters.Sqlite.Feed;
using Caas.Core.Entries;
using Caas.Core.Feed;
using Caas.Tests.Sqlite;
using Xunit;
using static Caas.Tests.Entries.Drafts;

namespace Caas.Tests.Feed;

/// <summary>Several replicas in one process: commits wake the followers.</summary>
public sealed class SqliteEntrySourceTests : EntrySourceContract, IDisposable
{
    private readonly SqliteStores _stores = new();

    public void Dispose() => _stores.Dispose();

    [Fact]
    public async Task From_a_time_on_what_is_much_older_is_skipped()
    {
        await CreateStore().AppendAsync([.. Enumerable.Range(0, 10).Select(n => Message(Log(), $"{n}") with { At = Noon.AddHours(n) })], Cancelled);
        await using var cursor = await CreateSource().OpenAtTimeAsync(Noon.AddHours(4), Cancelled);
        Assert.Equal([5, 6, 7, 8, 9, 10], (await cursor.NextAsync(100, TimeSpan.Zero, Cancelled)).Entries.Select(header => header.Seq));
    }

    protected override IEntrySource CreateSource() => new SqliteEntrySource(_stores.Open());

    protected override IEntryStore CreateStore() => new SqliteEntryStore(_stores.Open());
}

/// <summary>Several processes on one file: followers look for themselves.</summary>
public sealed class SqliteEntrySourceOfSeveralProcessesTests : EntrySourceContract, IDisposable
{
    private readonly SqliteStores _stores = new();

    public void Dispose() => _stores.Dispose();

    protected override IEntrySource CreateSource() => new SqliteEntrySource(_stores.Open(ownWriter: true));

    protected override IEntryStore CreateStore() => new SqliteEntryStore(_stores.Open(ownWriter: true));
}
