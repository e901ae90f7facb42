using System.Globalization;
using System.Reflection;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Caas.Adapters.Sqlite;

/// <summary>Brings a file to the form that this code knows: the embedded <c>Migrations/NNN_name.sql</c>, each applied once, in the order of their numbers.</summary>
internal static class SqliteMigrations
{
    private const string Prefix = "sqlite/";

    /// <summary>All migrations of this code.</summary>
    public static IReadOnlyList<SqliteMigration> Known { get; } = Read(typeof(SqliteMigrations).Assembly);

    /// <summary>Applies what is missing in one transaction. Safe when several processes start at once: the others wait, and find nothing left to do.</summary>
    /// <exception cref="DatabaseOpenException">A newer version of the code has been here.</exception>
    public static void Apply(StatementConnection connection, string path, IReadOnlyList<SqliteMigration> known)
    {
        connection.Control("BEGIN IMMEDIATE", keep: false);
        try
        {
            connection.Control("CREATE TABLE IF NOT EXISTS schema_migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT", keep: false);
            var applied = ReadApplied(connection);
            var unknown = applied.FirstOrDefault(number => known.All(migration => migration.Number != number));
            if (unknown != 0)
            {
                throw new DatabaseOpenException($"The database {path} was written by a newer version of CaaS (it has migration {unknown}, this version knows up to {known.Max(migration => migration.Number)}). Start that version, or restore an older copy.");
            }

            foreach (var migration in known.Where(migration => !applied.Contains(migration.Number)))
            {
                connection.Control(migration.Sql, keep: false);
                using var insert = connection.CreateCommand();
                insert.CommandText = "INSERT INTO schema_migrations (number, name) VALUES ($number, $name)";
                insert.Parameters.AddWithValue("$number", migration.Number);
                insert.Parameters.AddWithValue("$name", migration.Name);
                insert.ExecuteNonQuery();
            }

            connection.Control("COMMIT", keep: false);
        }
        catch
        {
            if (connection.InTransaction)
            {
                _ = raw.sqlite3_exec(connection.Handle!, "ROLLBACK");
            }

            throw;
        }
    }

    private static HashSet<int> ReadApplied(SqliteConnection connection)
    {
        using var select = connection.CreateCommand();
        select.CommandText = "SELECT number FROM schema_migrations";
        using var reader = select.ExecuteReader();
        var applied = new HashSet<int>();
        while (reader.Read())
        {
            applied.Add(reader.GetInt32(0));
        }

        return applied;
    }

    private static List<SqliteMigration> Read(Assembly assembly) =>
        [.. assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Select(name => Read(assembly, name)).OrderBy(migration => migration.Number)];

    private static SqliteMigration Read(Assembly assembly, string resource)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        var name = Path.GetFileNameWithoutExtension(resource[Prefix.Length..]);
        return new(int.Parse(name.AsSpan(0, 3), CultureInfo.InvariantCulture), name[4..], reader.ReadToEnd());
    }
}

internal sealed record SqliteMigration(int Number, string Name, string Sql);
