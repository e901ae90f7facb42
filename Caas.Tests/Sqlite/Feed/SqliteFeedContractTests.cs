using Caas.Adapters.Sqlite;
using Caas.Adapters.Sqlite.Feed;
using Caas.Core.Events;
using Caas.Core.Feed;
using Caas.Tests.Feed;
using Microsoft.Extensions.Time.Testing;

namespace Caas.Tests.Sqlite.Feed;

public sealed class SqliteFeedStoreTests : FeedStoreContract, IDisposable
{
    private readonly SeveralOpeners _openers = new();

    public void Dispose() => _openers.Dispose();

    protected override IFeedStore CreateStore() => new SqliteFeedStore(_openers.Next());
}

public sealed class SqliteLeaseStoreTests : LeaseStoreContract, IDisposable
{
    private readonly SeveralOpeners _openers = new();
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000));

    public void Dispose() => _openers.Dispose();

    protected override ILeaseStore CreateStore() => new SqliteLeaseStore(_openers.Next(), _clock);

    protected override Task PassAsync(TimeSpan duration)
    {
        _clock.Advance(duration);
        return Task.CompletedTask;
    }
}

public sealed class SqliteDeadLetterStoreTests : DeadLetterStoreContract, IDisposable
{
    private readonly SeveralOpeners _openers = new();

    public void Dispose() => _openers.Dispose();

    protected override IDeadLetterStore CreateStore() => new SqliteDeadLetterStore(_openers.Next());
}

/// <summary>Opens one file again and again: every second time as another process would.</summary>
internal sealed class SeveralOpeners : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly List<SqliteDatabase> _opened = [];

    public SqliteDatabase Next()
    {
        var database = _folder.Open(ownWriter: _opened.Count % 2 == 1);
        _opened.Add(database);
        return database;
    }

    public void Dispose()
    {
        foreach (var database in _opened)
        {
            database.Dispose();
        }

        _folder.Dispose();
    }
}
