using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Caas.Adapters.Sqlite;

/// <summary>A prepared statement that changes rows and returns none, spoken to the library itself: the driver's command, reader and parameters cost more than the insert.</summary>
internal sealed class WriteStatement : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;
    private readonly int _parameters;

    /// <exception cref="SqliteException">It is no statement.</exception>
    public WriteStatement(sqlite3 database, string sql)
    {
        _database = database;
        SqliteFaults.Check(raw.sqlite3_prepare_v2(database, sql, out _statement, out var rest), database);
        if (!string.IsNullOrWhiteSpace(rest))
        {
            _statement.Dispose();
            throw new ArgumentException($"There is more than one statement: {sql}", nameof(sql));
        }

        _parameters = raw.sqlite3_bind_parameter_count(_statement);
    }

    /// <param name="values">One for each parameter, in the order in which their names first appear.</param>
    /// <returns>How many rows it changed.</returns>
    /// <exception cref="SqliteException">It failed.</exception>
    public int Run(ReadOnlySpan<object?> values)
    {
        if (values.Length != _parameters)
        {
            throw new ArgumentException($"The statement has {_parameters} parameters, not {values.Length}: {raw.sqlite3_sql(_statement).utf8_to_string()}", nameof(values));
        }

        try
        {
            for (var i = 0; i < values.Length; i++)
            {
                SqliteFaults.Check(Bind(i + 1, values[i]), _database);
            }

            int stepped;
            while ((stepped = raw.sqlite3_step(_statement)) == raw.SQLITE_ROW)
            {
                // What RETURNING gives is nobody's; the changes are made with the last step.
            }

            SqliteFaults.Check(stepped, _database);
            return raw.sqlite3_changes(_database);
        }
        finally
        {
            _ = raw.sqlite3_reset(_statement);
            _ = raw.sqlite3_clear_bindings(_statement);
        }
    }

    public void Dispose() => _statement.Dispose();

    private int Bind(int index, object? value) => value switch
    {
        null or DBNull => raw.sqlite3_bind_null(_statement, index),
        string text => raw.sqlite3_bind_text(_statement, index, text),
        long number => raw.sqlite3_bind_int64(_statement, index, number),
        int number => raw.sqlite3_bind_int64(_statement, index, number),
        bool flag => raw.sqlite3_bind_int64(_statement, index, flag ? 1 : 0),
        double number => raw.sqlite3_bind_double(_statement, index, number),
        byte[] bytes => raw.sqlite3_bind_blob(_statement, index, bytes),
        _ => throw new ArgumentException($"A value of type {value.GetType().Name} cannot be stored.", nameof(value)),
    };
}
