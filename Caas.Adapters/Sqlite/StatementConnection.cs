using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Caas.Adapters.Sqlite;

/// <summary>
/// A connection that keeps its prepared statements, and that speaks to the library itself where the driver would wait 150 ms at a time for a busy file.
/// Used by one thread at a time.
/// </summary>
internal sealed partial class StatementConnection : SqliteConnection
{
    private readonly Dictionary<string, SqliteCommand> _commands = new(ReferenceEqualityOrOrdinal.Instance);
    private readonly Dictionary<string, WriteStatement> _writes = new(ReferenceEqualityOrOrdinal.Instance);
    private readonly Dictionary<string, sqlite3_stmt> _controls = [];
    private readonly Dictionary<Type, object> _caches = [];

    private StatementConnection(string connectionString)
        : base(connectionString)
    {
    }

    /// <summary>Whether a transaction is open. Some faults end it by themselves.</summary>
    public bool InTransaction => raw.sqlite3_get_autocommit(Handle!) == 0;

    /// <summary>Opens the file for reading and writing, with <c>foreign_keys</c> on.</summary>
    /// <exception cref="SqliteException">It cannot be opened.</exception>
    public static StatementConnection Open(string path, bool create, TimeSpan busyTimeout)
    {
        var connection = new StatementConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = create ? SqliteOpenMode.ReadWriteCreate : SqliteOpenMode.ReadWrite,
            Pooling = false,

            // On top of the library's own waiting, in steps of 150 ms: hardly any. Zero would be for ever.
            DefaultTimeout = 1,
        }.ToString());
        try
        {
            connection.Open();
            connection.SetBusyTimeout(busyTimeout);
            connection.Control("PRAGMA foreign_keys = ON", keep: false);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>How long the library itself waits for a lock; zero: not at all.</summary>
    public void SetBusyTimeout(TimeSpan timeout) => raw.sqlite3_busy_timeout(Handle!, (int)timeout.TotalMilliseconds);

    /// <summary>Runs a statement of transaction control, without the driver's waiting.</summary>
    /// <returns>The library's result code.</returns>
    public int TryControl(string sql)
    {
        if (!_controls.TryGetValue(sql, out var statement))
        {
            var prepared = raw.sqlite3_prepare_v2(Handle!, sql, out statement);
            if (prepared != raw.SQLITE_OK)
            {
                return prepared;
            }

            _controls.Add(sql, statement);
        }

        var stepped = raw.sqlite3_step(statement);
        _ = raw.sqlite3_reset(statement);
        return stepped is raw.SQLITE_DONE or raw.SQLITE_ROW ? raw.SQLITE_OK : stepped;
    }

    /// <exception cref="SqliteException">It failed.</exception>
    public void Control(string sql, bool keep = true) =>
        SqliteFaults.Check(keep ? TryControl(sql) : raw.sqlite3_exec(Handle!, sql), Handle!);

    /// <summary>A number that changes when another connection has committed; null: the file is busy.</summary>
    public long? ReadDataVersion()
    {
        const string Sql = "PRAGMA data_version";
        if (!_controls.TryGetValue(Sql, out var statement))
        {
            SqliteFaults.Check(raw.sqlite3_prepare_v2(Handle!, Sql, out statement), Handle!);
            _controls.Add(Sql, statement);
        }

        var stepped = raw.sqlite3_step(statement);
        var version = stepped == raw.SQLITE_ROW ? raw.sqlite3_column_int64(statement, 0) : 0;
        _ = raw.sqlite3_reset(statement);
        if (SqliteFaults.IsBusy(stepped))
        {
            return null;
        }

        SqliteFaults.Check(stepped, Handle!);
        return version;
    }

    /// <summary>The prepared statement for <paramref name="sql"/>, with its parameters set to <paramref name="values"/> in the order in which their names first appear. A name is a name in quotes too.</summary>
    public SqliteCommand Prepared(string sql, params ReadOnlySpan<object?> values)
    {
        if (!_commands.TryGetValue(sql, out var command))
        {
            command = CreateCommand();
            command.CommandText = sql;
            foreach (var name in ParameterNames().Matches(sql).Select(match => match.Value).Distinct())
            {
                command.Parameters.Add(new SqliteParameter { ParameterName = name, Value = DBNull.Value });
            }

            command.Prepare();
            _commands.Add(sql, command);
        }

        if (command.Parameters.Count != values.Length)
        {
            throw new ArgumentException($"The statement has {command.Parameters.Count} parameters, not {values.Length}: {sql}", nameof(values));
        }

        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i] ?? DBNull.Value;
        }

        return command;
    }

    /// <summary>Runs a statement that returns no rows, prepared once, with values as in <see cref="Prepared"/>.</summary>
    /// <returns>How many rows it changed.</returns>
    /// <exception cref="SqliteException">It failed.</exception>
    public int Execute(string sql, params ReadOnlySpan<object?> values)
    {
        if (!_writes.TryGetValue(sql, out var statement))
        {
            statement = new WriteStatement(Handle!, sql);
            _writes.Add(sql, statement);
        }

        return statement.Run(values);
    }

    /// <summary>The statements that it keeps.</summary>
    public IReadOnlyCollection<string> PreparedTexts => [.. _commands.Keys, .. _writes.Keys];

    /// <summary>
    /// What a store remembers about the rows on the writer's connection (such as the tails of logs). Everything is forgotten when a write was rolled back
    /// or another process has committed, so it may be trusted.
    /// </summary>
    public T Cache<T>()
        where T : class, new()
    {
        if (!_caches.TryGetValue(typeof(T), out var cache))
        {
            cache = new T();
            _caches.Add(typeof(T), cache);
        }

        return (T)cache;
    }

    public void ForgetCaches() => _caches.Clear();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (var statement in _controls.Values)
            {
                statement.Dispose();
            }

            _controls.Clear();
            foreach (var statement in _writes.Values)
            {
                statement.Dispose();
            }

            _writes.Clear();
            foreach (var command in _commands.Values)
            {
                command.Dispose();
            }

            _commands.Clear();
        }

        base.Dispose(disposing);
    }

    [GeneratedRegex(@"\$[a-z][a-z_0-9]*", RegexOptions.IgnoreCase)]
    private static partial Regex ParameterNames();

    // Statements are constants, so the same text is nearly always the same object.
    private sealed class ReferenceEqualityOrOrdinal : IEqualityComparer<string>
    {
        public static readonly ReferenceEqualityOrOrdinal Instance = new();

        public bool Equals(string? x, string? y) => ReferenceEquals(x, y) || string.Equals(x, y, StringComparison.Ordinal);

        public int GetHashCode(string text) => HashCode.Combine(text.Length, text[^1], text[text.Length / 2], text[0]);
    }
}
