using Microsoft.Data.Sqlite;

namespace Caas.Adapters.Sqlite;

/// <summary>
/// A SQLite file as the stores see it. All of a process who open the same path share one writer thread and its group commits; reads run on connections of their own.
/// WAL, <c>synchronous=FULL</c>: what a write acknowledged survives a power cut.
/// </summary>
public sealed class SqliteDatabase : IAsyncDisposable, IDisposable
{
    private readonly SqliteFile _file;
    private int _disposed;

    /// <summary>Opens the file, makes it (and its folder) when it is missing, and brings it to the form that this code knows.</summary>
    /// <param name="connectionString"><c>Data Source=path</c>; nothing else of it is used.</param>
    /// <exception cref="DatabaseOpenException">It cannot be opened, is in memory, is locked, or was written by a newer version; the message is one sentence.</exception>
    public SqliteDatabase(string connectionString, SqliteOptions? options = null)
    {
        Path = PathOf(connectionString);
        _file = SqliteFile.Acquire(Path, options ?? new());
    }

    /// <summary>The full path of the file.</summary>
    public string Path { get; }

    /// <summary>Raised after each commit of this process.</summary>
    public CommitSignal Committed => _file.Committed;

    internal SqliteWriter Writer => _file.Writer;

    /// <summary>
    /// Runs <paramref name="work"/> on the file's one writer thread, inside the transaction of the current group commit:
    /// when it throws, only its own changes are undone. Durable when the task completes. It must not wait for anything, and changes nothing but the file: where another piece of work fails,
    /// it may be undone and run again.
    /// </summary>
    /// <param name="cancellationToken">Withdraws work that was not started.</param>
    /// <exception cref="Core.Entries.StoreUnavailableException">The commit failed or the file was locked for too long: whether it was stored is unknown.</exception>
    public Task<T> WriteAsync<T>(Func<SqliteConnection, T> work, CancellationToken cancellationToken) => WriteAsync(work, WriteFollowUp.OnPool, cancellationToken);

    /// <inheritdoc cref="WriteAsync{T}(Func{SqliteConnection, T}, CancellationToken)"/>
    public Task WriteAsync(Action<SqliteConnection> work, CancellationToken cancellationToken) =>
        WriteAsync(connection =>
        {
            work(connection);
            return true;
        }, cancellationToken);

    /// <inheritdoc cref="WriteAsync{T}(Func{SqliteConnection, T}, CancellationToken)"/>
    internal Task<T> WriteAsync<T>(Func<SqliteConnection, T> work, WriteFollowUp followUp, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        return _file.Writer.WriteAsync(work, followUp, cancellationToken);
    }

    /// <summary>Runs <paramref name="read"/> on a read connection, in one snapshot that holds everything committed before.</summary>
    /// <exception cref="Core.Entries.StoreUnavailableException">The file cannot be read.</exception>
    public Task<T> ReadAsync<T>(Func<SqliteConnection, T> read, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        return _file.Readers.ReadAsync(read, cancellationToken);
    }

    /// <summary>Finishes what waits; the last one of the process closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            await _file.ReleaseAsync();
        }
    }

    public void Dispose()
    {
#pragma warning disable VSTHRD002 // The task ends on the writer thread or the pool and needs nothing of this one; containers may dispose synchronously.
        DisposeAsync().AsTask().GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    }

    private static string PathOf(string connectionString)
    {
        SqliteConnectionStringBuilder parsed;
        try
        {
            parsed = new(connectionString);
        }
        catch (ArgumentException exception)
        {
            throw new DatabaseOpenException($"The connection string of the database is not valid: {exception.Message}", exception);
        }

        return parsed.DataSource.Length == 0 || parsed.DataSource.StartsWith(":memory:", StringComparison.OrdinalIgnoreCase) || parsed.Mode == SqliteOpenMode.Memory || parsed.DataSource.StartsWith("file:", StringComparison.OrdinalIgnoreCase)
            ? throw new DatabaseOpenException("The database must be a file (Data Source=path); databases in memory are not supported.")
            : System.IO.Path.GetFullPath(parsed.DataSource);
    }
}
