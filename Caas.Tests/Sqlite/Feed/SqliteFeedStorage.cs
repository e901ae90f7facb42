using Caas.Adapters.Sqlite;
using Caas.Adapters.Sqlite.Entries;
using Caas.Adapters.Sqlite.Feed;
using Caas.Core.Feed;
using Caas.Tests.Feed;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Caas.Tests.Sqlite.Feed;

/// <summary>One SQLite file; each process has a writer of its own. A write is a commit.</summary>
internal sealed class SqliteFeedStorage : FeedStorage
{
    private readonly SqliteStores _stores = new();
    private readonly ShiftedClock _clock = new();

    public override void Register(IServiceCollection services, Func<WriteFate>? onWrite)
    {
        var database = _stores.Open(ownWriter: true);
        database.Writer.AroundCommit = onWrite is null ? null : commit => Commit(commit, onWrite());
        services
            .AddSingleton(database)
            .AddSqliteLogStores()
            .AddSqliteIdentityStores()
            .AddSqliteFeedStores()
            .Replace(ServiceDescriptor.Singleton<ILeaseStore>(new SqliteLeaseStore(database, _clock)));
    }

    public override Task ExpireLeasesAsync()
    {
        _clock.Advance(Lease * 2);
        return Task.CompletedTask;
    }

    public override SourcePosition LosePosition(SourcePosition position) => new("999999999");

    public override ValueTask DisposeAsync()
    {
        _stores.Dispose();
        return ValueTask.CompletedTask;
    }

    private static void Commit(Action commit, WriteFate fate)
    {
        if (fate != WriteFate.Lost)
        {
            commit();
        }

        if (fate != WriteFate.Works)
        {
            throw new SqliteException("SQLite Error 10: 'disk I/O error'.", 10);
        }
    }
}
