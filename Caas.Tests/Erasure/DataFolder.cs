using System.Text;
using Caas.Adapters.Sqlite;
using Xunit;

namespace Caas.Tests.Erasure;

/// <summary>Everything that stands in a folder, as whoever steals it would look.</summary>
internal static class DataFolder
{
    /// <summary>The files that hold a text, by their bytes.</summary>
    public static async Task<IReadOnlyList<string>> FilesWithAsync(string folder, string text)
    {
        var found = new List<string>();
        foreach (var file in Directory.GetFiles(folder, "*", SearchOption.AllDirectories))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var bytes = new MemoryStream();
            await stream.CopyToAsync(bytes, TestContext.Current.CancellationToken);
            if (file.Contains(text, StringComparison.Ordinal) || bytes.GetBuffer().AsSpan(0, (int)bytes.Length).IndexOf(Encoding.UTF8.GetBytes(text)) >= 0)
            {
                found.Add(Path.GetFileName(file));
            }
        }

        return found;
    }

    /// <summary>The columns, of whatever table, that hold a text in some row.</summary>
    /// <param name="exceptEntries">Entries of this type may hold it.</param>
    public static async Task<IReadOnlyList<string>> ColumnsWithAsync(string folder, string text, string? exceptEntries = null)
    {
        await using var database = new SqliteDatabase($"Data Source={Path.Combine(folder, "caas.db")}");
        return await database.ReadAsync(
            connection => connection
                .List(row => (Table: row.GetString(0), Column: row.GetString(1)), "SELECT m.name, c.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c WHERE m.type = 'table' ORDER BY 1, 2")
                .Where(column => connection.Number($"SELECT count(*) FROM \"{column.Table}\" WHERE instr(CAST(\"{column.Column}\" AS TEXT), $text) > 0 AND {(column.Table == "entries" ? "type" : "''")} IS NOT $type", text, exceptEntries) > 0)
                .Select(column => $"{column.Table}.{column.Column}").ToArray(),
            TestContext.Current.CancellationToken);
    }
}
