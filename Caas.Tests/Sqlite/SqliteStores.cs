using Caas.Adapters.Sqlite;
using Caas.Tests.Entries;
using Microsoft.Data.Sqlite;

namespace Caas.Tests.Sqlite;

/// <summary>One test's SQLite file and everyone who opened it: what the SQLite subclasses of contract suites create their stores from.</summary>
public sealed class SqliteStores : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly List<SqliteDatabase> _opened = [];

    /// <summary>The file, opened once more: another replica in this process, or (with a writer of its own) in another one.</summary>
    public SqliteDatabase Open(bool ownWriter = false)
    {
        var database = _folder.Open(ownWriter);
        lock (_opened)
        {
            _opened.Add(database);
        }

        return database;
    }

    /// <summary>The file, opened by a process whose commits fail.</summary>
    public SqliteDatabase Open(WriteFaults faults)
    {
        var database = Open(ownWriter: true);
        database.Writer.AroundCommit = commit =>
        {
            var fault = faults.Take();
            if (fault != WriteFault.Before)
            {
                commit();
            }

            if (fault != WriteFault.None)
            {
                throw new SqliteException("SQLite Error 10: 'disk I/O error'.", 10);
            }
        };
        return database;
    }

    public void Dispose()
    {
        _opened.ForEach(database => database.Dispose());
        _folder.Dispose();
    }
}
