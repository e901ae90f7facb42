using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace Caas.Adapters.Sqlite;

/// <summary>
/// Statements on a connection that <see cref="SqliteDatabase"/> gave. They stay prepared, so their text must be constant: lists go in as JSON (<c>json_each</c>).
/// Values belong to the parameters (<c>$name</c>) in the order in which their names first appear.
/// </summary>
internal static class SqliteStatements
{
    /// <returns>How many rows it changed.</returns>
    public static int Execute(this SqliteConnection connection, string sql, params ReadOnlySpan<object?> values) =>
        ((StatementConnection)connection).Execute(sql, values);

    /// <summary>The rows; dispose the reader before the same statement is used again.</summary>
    public static SqliteDataReader Query(this SqliteConnection connection, string sql, params ReadOnlySpan<object?> values) =>
        ((StatementConnection)connection).Prepared(sql, values).ExecuteReader();

    /// <summary>All rows, each made by <paramref name="read"/>.</summary>
    public static List<T> List<T>(this SqliteConnection connection, Func<SqliteDataReader, T> read, string sql, params ReadOnlySpan<object?> values)
    {
        using var reader = connection.Query(sql, values);
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    /// <summary>The first row made by <paramref name="read"/>, or null.</summary>
    public static T? Find<T>(this SqliteConnection connection, Func<SqliteDataReader, T> read, string sql, params ReadOnlySpan<object?> values)
        where T : class
    {
        using var reader = connection.Query(sql, values);
        return reader.Read() ? read(reader) : null;
    }

    /// <summary>The first column of the first row; null when there is none or it is NULL.</summary>
    public static long? Number(this SqliteConnection connection, string sql, params ReadOnlySpan<object?> values)
    {
        using var reader = connection.Query(sql, values);
        return reader.Read() && !reader.IsDBNull(0) ? reader.GetInt64(0) : null;
    }

    public static string? TextOrNull(this SqliteDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    public static long? NumberOrNull(this SqliteDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetInt64(column);

    /// <summary>A time stored as Unix milliseconds.</summary>
    public static DateTimeOffset Time(this SqliteDataReader reader, int column) => DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(column));

    /// <summary>An enum stored as <see cref="EnumText{T}"/>.</summary>
    public static T Enum<T>(this SqliteDataReader reader, int column)
        where T : struct, Enum => System.Enum.Parse<T>(reader.GetString(column), ignoreCase: true);

    /// <summary>An enum's value as on the wire: camelCase.</summary>
    public static string EnumText<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    public static DateTimeOffset? TimeOrNull(this SqliteDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.Time(column);
}
