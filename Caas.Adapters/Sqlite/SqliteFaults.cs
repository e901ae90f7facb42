using Caas.Core.Entries;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Caas.Adapters.Sqlite;

/// <summary>The database cannot be opened. The message is a sentence for the person who starts the host.</summary>
public class DatabaseOpenException(string message, Exception? innerException = null) : Exception(message, innerException);

/// <summary>Another process holds the data folder or the database.</summary>
public sealed class DatabaseLockedException(string message, Exception? innerException = null) : DatabaseOpenException(message, innerException);

/// <summary>Tells what the database could not do (the same call may be tried again) from what was wrong with the call (a defect of ours).</summary>
internal static class SqliteFaults
{
    /// <summary>The exception to give to the caller for one that a read or write threw.</summary>
    public static Exception Map(Exception exception) =>
        exception is SqliteException fault && IsUnavailable(fault.SqliteErrorCode) ? Unavailable(fault) : exception;

    public static StoreUnavailableException Unavailable(Exception fault) => new($"The database could not do it: {fault.Message}", fault);

    /// <summary>Throws for a result code of the library itself.</summary>
    public static void Check(int resultCode, sqlite3 database)
    {
        if (resultCode is not (raw.SQLITE_OK or raw.SQLITE_DONE or raw.SQLITE_ROW))
        {
            throw new SqliteException($"SQLite Error {resultCode}: '{raw.sqlite3_errmsg(database).utf8_to_string()}'.", resultCode & 0xFF, resultCode);
        }
    }

    public static bool IsBusy(int resultCode) => (resultCode & 0xFF) is raw.SQLITE_BUSY or raw.SQLITE_LOCKED;

    // Wrong SQL, broken constraints and misuse are defects; everything else is the disk, memory, or another process.
    private static bool IsUnavailable(int resultCode) =>
        (resultCode & 0xFF) is not (raw.SQLITE_ERROR or raw.SQLITE_CONSTRAINT or raw.SQLITE_MISMATCH or raw.SQLITE_MISUSE or raw.SQLITE_RANGE or raw.SQLITE_TOOBIG);
}
