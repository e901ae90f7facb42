using System.Collections.Concurrent;
using System.Diagnostics;
using Caas.Core.Entries;
using Microsoft.Data.Sqlite;

namespace Caas.Adapters.Sqlite;

/// <summary>
/// The one thread of this process that writes to a file. Group commit: everything that waits goes into one transaction, see <see cref="WriteBatch"/>. Other processes get their turn between transactions: see <see cref="TurnTaking"/>.
/// </summary>
internal sealed class SqliteWriter : IAsyncDisposable
{
    private readonly string _path;
    private readonly SqliteOptions _options;
    private readonly CommitSignal _committed;
    private readonly ConcurrentQueue<WriteItem> _queue = new();
    private readonly AutoResetEvent _wake = new(false);
    private readonly TurnTaking _turns = new();
    private readonly WriteBatch _batch = new();
    private readonly Thread _thread;
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private StatementConnection? _connection;
    private volatile bool _stopping;
    private volatile bool _ended;
    private int _awake;

    /// <param name="connection">Open, in WAL mode and migrated; the writer owns it from now on.</param>
    public SqliteWriter(string path, SqliteOptions options, StatementConnection connection, CommitSignal committed)
    {
        (_path, _options, _committed) = (path, options, committed);
        Prepare(connection);
        _thread = new Thread(Run) { IsBackground = true, Name = $"SQLite writer of {Path.GetFileName(path)}" };
        _thread.Start();
    }

    /// <summary>For tests: stands around each commit, and may fail before or after it took effect.</summary>
    public Action<Action>? AroundCommit { get; set; }

    public Task<T> WriteAsync<T>(Func<SqliteConnection, T> work, WriteFollowUp followUp, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<T>(cancellationToken);
        }

        var item = new WriteItem<T>(work, followUp);
        if (cancellationToken.CanBeCanceled)
        {
            item.WithdrawOn(cancellationToken);
        }

        _queue.Enqueue(item);
        Wake();
        if (_ended)
        {
            FailWaiting(new ObjectDisposedException(nameof(SqliteDatabase)));
        }

        return item.Task;
    }

    /// <summary>Finishes what waits, then ends the thread and closes the connection. Nothing may be written after that.</summary>
    public async ValueTask DisposeAsync()
    {
        _stopping = true;
        _wake.Set();
        await _end.Task;
        _wake.Dispose();
    }

    private void Wake()
    {
        if (Interlocked.Exchange(ref _awake, 1) == 0)
        {
            _wake.Set();
        }
    }

    private void Run()
    {
        try
        {
            while (true)
            {
                Interlocked.Exchange(ref _awake, 0);
                if (!_queue.IsEmpty)
                {
                    WriteTogether();
                }
                else if (_stopping)
                {
                    return;
                }
                else
                {
                    _turns.Idle();
                    _wake.WaitOne();
                }
            }
        }
        finally
        {
            _connection?.Dispose();
            _turns.Dispose();
            _ended = true;
            FailWaiting(new ObjectDisposedException(nameof(SqliteDatabase)));
            _end.TrySetResult();
        }
    }

    private void WriteTogether()
    {
        if (TryOpenBatch() is not { } connection)
        {
            return;
        }

        var begun = Stopwatch.GetTimestamp();
        try
        {
            _batch.Run(connection, _queue, _options.LongestBatch, BeginAgain);
            Commit(connection);
        }
#pragma warning disable CA1031 // Whatever went wrong, the callers must hear of it, and the thread must live on.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            // The outcome is unknown to the callers: they resolve it by trying again.
            Disconnect();
            SqliteMetrics.Failed("commit");
            _batch.Tell(exception as StoreUnavailableException ?? SqliteFaults.Unavailable(exception));
            return;
        }

        _turns.Committed();
        SqliteMetrics.Committed(_batch.Count, Stopwatch.GetElapsedTime(begun));
        _committed.Raise();
        _batch.Tell(unknown: null);
    }

    // Null: the transaction could not be begun, and everything that waited was told so.
    private StatementConnection? TryOpenBatch()
    {
        try
        {
            var connection = _connection ?? Reopen();
            var asked = Stopwatch.GetTimestamp();
            _turns.WaitForTurn(connection);
            if (TryBegin(connection))
            {
                SqliteMetrics.Waited(Stopwatch.GetElapsedTime(asked));
                if (_turns.Begun(connection))
                {
                    connection.ForgetCaches();
                }

                return connection;
            }

            SqliteMetrics.Failed("busy");
            FailWaiting(new StoreUnavailableException($"Another process has held the database for {_options.BusyTimeout.TotalSeconds:0.#} s."));
        }
#pragma warning disable CA1031 // As above.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Disconnect();
            SqliteMetrics.Failed("begin");
            FailWaiting(SqliteFaults.Unavailable(exception));
        }

        return null;
    }

    private void BeginAgain(StatementConnection connection)
    {
        connection.ForgetCaches();
        connection.Control("ROLLBACK");
        if (!TryBegin(connection))
        {
            throw new StoreUnavailableException($"Another process has held the database for {_options.BusyTimeout.TotalSeconds:0.#} s.");
        }
    }

    private bool TryBegin(StatementConnection connection)
    {
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            var result = connection.TryControl("BEGIN IMMEDIATE");
            if (!SqliteFaults.IsBusy(result))
            {
                SqliteFaults.Check(result, connection.Handle!);
                return true;
            }

            if (Stopwatch.GetElapsedTime(start) >= _options.BusyTimeout)
            {
                return false;
            }

            _turns.Poll();
        }
    }

    private void Commit(StatementConnection connection)
    {
        if (AroundCommit is { } around)
        {
            around(() => connection.Control("COMMIT"));
        }
        else
        {
            connection.Control("COMMIT");
        }
    }

    // A new connection knows nothing of what may have gone wrong.
    private void Disconnect()
    {
        if (_connection is { } connection)
        {
            if (connection.InTransaction)
            {
                _ = connection.TryControl("ROLLBACK");
            }

            connection.Dispose();
            _connection = null;
        }
    }

    // Only what waited while it failed: who hears of it and tries again at once is a newcomer.
    private void FailWaiting(Exception exception)
    {
        for (var waiting = _queue.Count; waiting > 0 && _queue.TryDequeue(out var item); waiting--)
        {
            if (item.TryStart())
            {
                item.Fail(exception);
            }
        }
    }

    private StatementConnection Reopen()
    {
        var connection = StatementConnection.Open(_path, create: false, _options.BusyTimeout);
        Prepare(connection);
        return connection;
    }

    private void Prepare(StatementConnection connection)
    {
        connection.Control("PRAGMA synchronous = FULL", keep: false);
        connection.Control("PRAGMA cache_size = -32768", keep: false);
        connection.Control("PRAGMA journal_size_limit = 67108864", keep: false);

        // Four times what it would be: a page that changes often is copied into the file more seldom.
        connection.Control("PRAGMA wal_autocheckpoint = 4000", keep: false);
        _turns.Connected(connection);
        connection.SetBusyTimeout(TimeSpan.Zero);
        _connection = connection;
    }
}
