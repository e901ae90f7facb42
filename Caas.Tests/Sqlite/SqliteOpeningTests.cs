using Caas.Adapters.Sqlite;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Caas.Tests.Sqlite;

public sealed class SqliteOpeningTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("Data Source=:memory:")]
    [InlineData("Data Source=x;Mode=Memory")]
    [InlineData("Data Source=")]
    [InlineData("Data Source=file:x?mode=memory")]
    [InlineData("Nonsense=1")]
    public void What_is_not_a_file_is_refused(string connectionString) =>
        Assert.Throws<DatabaseOpenException>(() => new SqliteDatabase(connectionString));

    [Fact]
    public void A_folder_that_cannot_be_written_to_is_named()
    {
        var blocker = Path.Combine(_folder.Path, "blocker");
        File.WriteAllText(blocker, "");
        var refused = Assert.Throws<DatabaseOpenException>(() => new SqliteDatabase($"Data Source={Path.Combine(blocker, "caas.db")}"));
        Assert.Contains(blocker, refused.Message, StringComparison.Ordinal);
        Assert.Throws<DatabaseOpenException>(() => DataFolderLock.Acquire(Path.Combine(blocker, "data")));
    }

    [Fact]
    public void A_file_that_is_no_database_is_named()
    {
        var path = Path.Combine(_folder.Path, "caas.db");
        File.WriteAllText(path, new string('x', 8192));
        var refused = Assert.Throws<DatabaseOpenException>(() => _folder.Open());
        Assert.Contains(path, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_of_a_newer_version_is_refused_with_a_sentence()
    {
        await using (var database = _folder.Open())
        {
            await database.WriteAsync(connection => connection.Execute("INSERT INTO schema_migrations VALUES (999, 'from_the_future')"), Cancelled);
        }

        var refused = Assert.Throws<DatabaseOpenException>(() => _folder.Open());
        Assert.Contains("newer version", refused.Message, StringComparison.Ordinal);
        Assert.Contains("999", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_database_that_is_locked_for_good_is_told_as_such()
    {
        using var holder = new SqliteConnection(_folder.ConnectionString + ";Pooling=False");
        holder.Open();
        using var begin = holder.CreateCommand();
        begin.CommandText = "BEGIN EXCLUSIVE";
        begin.ExecuteNonQuery();
        Assert.Throws<DatabaseLockedException>(() => _folder.Open(options: new() { BusyTimeout = TimeSpan.FromMilliseconds(200) }));
    }

    [Fact]
    public async Task Many_who_open_a_new_file_at_once_all_succeed()
    {
        var opened = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => Task.Run(() => _folder.Open(ownWriter: n % 2 == 0), Cancelled)));
        var migrations = await opened[0].ReadAsync(connection => connection.Number("SELECT count(*) FROM schema_migrations"), Cancelled);
        Assert.Equal(SqliteMigrations.Known.Count, migrations);
        foreach (var database in opened)
        {
            await database.DisposeAsync();
        }
    }

    [Fact]
    public void A_data_folder_has_one_holder()
    {
        using (DataFolderLock.Acquire(_folder.Path))
        {
            var refused = Assert.Throws<DatabaseLockedException>(() => DataFolderLock.Acquire(_folder.Path));
            Assert.Contains(_folder.Path, refused.Message, StringComparison.Ordinal);
        }

        DataFolderLock.Acquire(_folder.Path).Dispose();
    }

    [Fact]
    public void Migrations_have_rising_numbers_without_repeats() =>
        Assert.Equal(SqliteMigrations.Known.Select(migration => migration.Number).Distinct().Order(), SqliteMigrations.Known.Select(migration => migration.Number));
}
