using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Caas.Adapters.Sqlite;

/// <summary>The connections that reads use, each kept with its prepared statements. A read sees one state of the file: everything committed when it began.</summary>
internal sealed class SqliteReaders(string path, SqliteOptions options) : IDisposable
{
    private readonly ConcurrentStack<StatementConnection> _idle = new();
    private readonly SemaphoreSlim _free = new(options.ReadConnections);
    private volatile bool _closed;

    public async Task<T> ReadAsync<T>(Func<SqliteConnection, T> read, CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken);
        try
        {
            return Read(read);
        }
        catch (SqliteException fault)
        {
            throw SqliteFaults.Map(fault);
        }
        finally
        {
            _free.Release();
        }
    }

    public void Dispose()
    {
        _closed = true;
        while (_idle.TryPop(out var connection))
        {
            connection.Dispose();
        }
    }

    private T Read<T>(Func<SqliteConnection, T> read)
    {
        ObjectDisposedException.ThrowIf(_closed, typeof(SqliteDatabase));
        var connection = _idle.TryPop(out var idle) ? idle : Open();
        var kept = false;
        try
        {
            connection.Control("BEGIN");
            var result = read(connection);
            connection.Control("COMMIT");
            _idle.Push(connection);
            kept = true;
            return result;
        }
        finally
        {
            if (!kept)
            {
                connection.Dispose();
            }
            else if (_closed)
            {
                Dispose();
            }
        }
    }

    private StatementConnection Open()
    {
        var connection = StatementConnection.Open(path, create: false, options.BusyTimeout);
        _ = raw.sqlite3_exec(connection.Handle!, "PRAGMA query_only = ON");
        return connection;
    }
}
