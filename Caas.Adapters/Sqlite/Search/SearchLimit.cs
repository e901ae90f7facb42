using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Caas.Adapters.Sqlite.Search;

/// <summary>Ends a read that takes too long, or whose caller has gone.</summary>
internal static class SearchLimit
{
    /// <returns>Null: it was ended.</returns>
    public static T? Run<T>(SqliteConnection connection, TimeSpan longest, Func<T> read, CancellationToken cancellationToken)
        where T : class?
    {
        var handle = connection.Handle!;
        var gate = new Lock();
        var done = false;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var ending = limit.Token.UnsafeRegister(_ =>
        {
            // Not a moment later than the read: the connection serves others then.
            lock (gate)
            {
                if (!done)
                {
                    raw.sqlite3_interrupt(handle);
                }
            }
        }, null);
        limit.CancelAfter(longest);
        try
        {
            return read();
        }
        catch (SqliteException fault) when (fault.SqliteErrorCode == raw.SQLITE_INTERRUPT)
        {
            return null;
        }
        finally
        {
            lock (gate)
            {
                done = true;
            }
        }
    }
}
