using System.Collections.Concurrent;
using System.Diagnostics;
using Caas.Core.Entries;

namespace Caas.Adapters.Sqlite;

/// <summary>What goes into one transaction: each piece of work in a savepoint of its own, so that one that fails undoes only itself. Used by the writer thread only.</summary>
internal sealed class WriteBatch
{
    private readonly List<(WriteItem Item, Exception? Failure)> _done = [];

    /// <summary>How many were run.</summary>
    public int Count => _done.Count;

    /// <summary>Runs what waits, and what arrives meanwhile, until the batch has taken its time.</summary>
    /// <exception cref="StoreUnavailableException">The database gave up the transaction.</exception>
    public void Run(StatementConnection connection, ConcurrentQueue<WriteItem> queue, TimeSpan longest)
    {
        var start = Stopwatch.GetTimestamp();
        while (queue.TryDequeue(out var item))
        {
            if (item.TryStart())
            {
                Run(connection, item);
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

    private void Run(StatementConnection connection, WriteItem item)
    {
        Exception? failure = null;
        try
        {
            connection.Control("SAVEPOINT item");
            item.Run(connection);
        }
#pragma warning disable CA1031 // The work is the caller's, so is whatever it throws.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            failure = exception;
        }

        _done.Add((item, failure is null ? null : SqliteFaults.Map(failure)));
        if (!connection.InTransaction)
        {
            throw new StoreUnavailableException("The database gave up the transaction.", failure);
        }

        if (failure is not null)
        {
            connection.ForgetCaches();
            connection.Control("ROLLBACK TO item");
        }

        connection.Control("RELEASE item");
    }
}
