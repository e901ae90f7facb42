using System.Diagnostics;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Caas.Adapters.Sqlite;

/// <summary>One open database file with its writer and readers, shared by everyone in this process who opens the same path.</summary>
internal sealed class SqliteFile
{
    private static readonly Dictionary<string, Holder> Open = new(OperatingSystem.IsWindows() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);

    private readonly Holder? _holder;

    private SqliteFile(string path, SqliteOptions options, Holder? holder)
    {
        _holder = holder;
        Writer = new(path, options, OpenAndMigrate(path, options), Committed);
        Readers = new(path, options);
    }

    public CommitSignal Committed { get; } = new();

    public SqliteWriter Writer { get; }

    public SqliteReaders Readers { get; }

    /// <summary>The shared file at <paramref name="path"/>, opened (made, migrated) if it is not open yet. Give it back with <see cref="ReleaseAsync"/>.</summary>
    /// <exception cref="DatabaseOpenException">It cannot be opened.</exception>
    public static SqliteFile Acquire(string path, SqliteOptions options)
    {
        if (options.OwnWriter)
        {
            return new(path, options, holder: null);
        }

        while (true)
        {
            Holder holder;
            lock (Open)
            {
                if (!Open.TryGetValue(path, out holder!))
                {
                    Open.Add(path, holder = new(path));
                }
            }

            lock (holder)
            {
                if (holder.Closed)
                {
                    continue;
                }

                try
                {
                    holder.File ??= new(path, options, holder);
                    holder.Users++;
                    return holder.File;
                }
                finally
                {
                    holder.CloseIfUnused();
                }
            }
        }
    }

    public async Task ReleaseAsync()
    {
        if (_holder is not null && !_holder.Leave())
        {
            return;
        }

        await Writer.DisposeAsync();
        Readers.Dispose();
    }

    private static StatementConnection OpenAndMigrate(string path, SqliteOptions options)
    {
        StatementConnection? connection = null;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            connection = StatementConnection.Open(path, create: true, options.BusyTimeout);
            UseWal(connection, options.BusyTimeout);

            // What is deleted or written over is overwritten in the file: a deleted message must not be found there.
            connection.Control("PRAGMA secure_delete = ON", keep: false);
            SqliteMigrations.Apply(connection, path, SqliteMigrations.Known);
            return connection;
        }
        catch (Exception exception) when (exception is not DatabaseOpenException)
        {
            connection?.Dispose();
            throw OpenFailure(path, exception);
        }
        catch
        {
            connection?.Dispose();
            throw;
        }
    }

    // Changing to WAL asks for the whole file; the library's own waiting does not cover every case of that.
    private static void UseWal(StatementConnection connection, TimeSpan timeout)
    {
        using var pause = new ManualResetEvent(false);
        var start = Stopwatch.GetTimestamp();
        int result;
        while (SqliteFaults.IsBusy(result = raw.sqlite3_exec(connection.Handle!, "PRAGMA journal_mode = WAL")) && Stopwatch.GetElapsedTime(start) < timeout)
        {
            pause.WaitOne(TimeSpan.FromMilliseconds(5));
        }

        SqliteFaults.Check(result, connection.Handle!);
    }

    private static DatabaseOpenException OpenFailure(string path, Exception exception) => exception switch
    {
        SqliteException fault when SqliteFaults.IsBusy(fault.SqliteErrorCode) => new DatabaseLockedException($"The database {path} is locked by another process.", fault),
        SqliteException { SqliteErrorCode: raw.SQLITE_NOTADB } fault => new DatabaseOpenException($"The file {path} is not a database of CaaS.", fault),
        SqliteException { SqliteErrorCode: raw.SQLITE_CANTOPEN or raw.SQLITE_READONLY or raw.SQLITE_PERM } fault => new DatabaseOpenException($"The database {path} cannot be opened for writing; check that its folder exists and may be written to.", fault),
        UnauthorizedAccessException or IOException => new DatabaseOpenException($"The folder of the database {path} cannot be used: {exception.Message}", exception),
        _ => new DatabaseOpenException($"The database {path} cannot be opened: {exception.Message}", exception),
    };

    /// <summary>Counts the users of one path. Locked while the file is opened, so that others wait for that only where it is the same file.</summary>
    private sealed class Holder(string path)
    {
        public SqliteFile? File { get; set; }

        public int Users { get; set; }

        public bool Closed { get; private set; }

        public bool Leave()
        {
            lock (this)
            {
                Users--;
                return CloseIfUnused();
            }
        }

        public bool CloseIfUnused()
        {
            if (Users > 0)
            {
                return false;
            }

            Closed = true;
            lock (Open)
            {
                Open.Remove(path);
            }

            return true;
        }
    }
}
