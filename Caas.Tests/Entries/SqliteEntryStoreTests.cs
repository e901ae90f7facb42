using Caas.Adapters.Sqlite.Entries;
using Caas.Core.Entries;
using Caas.Tests.Sqlite;

namespace Caas.Tests.Entries;

/// <summary>Several replicas in one process: one writer thread.</summary>
public sealed class SqliteEntryStoreTests : EntryStoreContract, IDisposable
{
    private readonly SqliteStores _stores = new();

    public void Dispose() => _stores.Dispose();

    protected override IEntryStore CreateStore() => new SqliteEntryStore(_stores.Open());

    protected override IEntryStore CreateFaultyStore(WriteFaults faults) => new SqliteEntryStore(_stores.Open(faults));
}

/// <summary>Several processes on one file: each with a writer of its own.</summary>
public sealed class SqliteEntryStoreOfSeveralProcessesTests : EntryStoreContract, IDisposable
{
    private readonly SqliteStores _stores = new();

    public void Dispose() => _stores.Dispose();

    protected override IEntryStore CreateStore() => new SqliteEntryStore(_stores.Open(ownWriter: true));

    protected override IEntryStore CreateFaultyStore(WriteFaults faults) => new SqliteEntryStore(_stores.Open(faults));
}
