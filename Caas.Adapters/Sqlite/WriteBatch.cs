using System.Collections.Concurrent;
using System.Diagnostics;
using Caas.Core.Entries;

namespace Caas.Adapters.Sqlite;

/// <summary>
/// What goes into one transaction. A piece of work that fails undoes only itself. That is rare, so nothing is made ready for it (in a savepoint the database keeps a copy of every page that
/// changes): where one fails, the transaction is undone, and what was done is done again, each piece in a savepoint of its own. Used by the writer thread only.
/// </summary>
internal sealed class WriteBatch
{
    private readonly List<(WriteItem Item, Exception? Failure)> _done = [];
    private bool _apart;

    /// <summary>How many were run.</summary>
    public int Count => _done.Count;

    /// <summary>Runs what waits, and what arrives meanwhile, until the batch has taken its time.</summary>
    /// <param name="beginAgain">Undoes the transaction and begins another one.</param>
    /// <exception cref="StoreUnavailableException">The database gave up the transaction.</exception>
    public void Run(StatementConnection connection, ConcurrentQueue<WriteItem> queue, TimeSpan longest, Action<StatementConnection> beginAgain)
    {
        var start = Stopwatch.GetTimestamp();
        _apart = false;
        while (queue.TryDequeue(out var item))
        {
            if (item.TryStart())
            {
                Run(connection, item, beginAgain);
            }

            if (Stopwatch.GetElapsedTime(start) >= longest)
            {
                return;
            }
        }
    }

    /// <summary>Tells all callers, after the transaction. A refusal may rest on what others wrote in the same transaction: it too is told only once that is durable.</summary>
    /// <param name="unknown">Why nobody knows whether the transaction was stored; null: it was.</param>
    public void Tell(StoreUnavailableException? unknown)
    {
        foreach (var (item, failure) in _done)
        {
            if ((unknown ?? failure) is { } exception)
            {
                item.Fail(exception);
            }
            else
            {
                item.Complete();
            }
        }

        _done.Clear();
    }

    private void Run(StatementConnection connection, WriteItem item, Action<StatementConnection> beginAgain)
    {
        // Whatever comes of it, its caller is told.
        _done.Add((item, null));
        if (_apart)
        {
            RunApart(connection, _done.Count - 1);
        }
        else if (Try(connection, item) is not null)
        {
            _apart = true;
            beginAgain(connection);
            for (var place = 0; place < _done.Count; place++)
            {
                RunApart(connection, place);
            }
        }
    }

    private void RunApart(StatementConnection connection, int place)
    {
        var item = _done[place].Item;
        connection.Control("SAVEPOINT item");
        if (Try(connection, item) is { } failure)
        {
            _done[place] = (item, SqliteFaults.Map(failure));
            connection.ForgetCaches();
            connection.Control("ROLLBACK TO item");
        }

        connection.Control("RELEASE item");
    }

    /// <returns>Why it failed; null: it did not.</returns>
    private static Exception? Try(StatementConnection connection, WriteItem item)
    {
        Exception? failure = null;
        try
        {
            item.Run(connection);
        }
#pragma warning disable CA1031 // The work is the caller's, so is whatever it throws.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            failure = exception;
        }

        return connection.InTransaction ? failure : throw new StoreUnavailableException("The database gave up the transaction.", failure);
    }
}
