using Caas.Adapters.Sqlite;

namespace Caas.Tests.Sqlite;

/// <summary>A folder of one test, removed after it.</summary>
public sealed class TempFolder : IDisposable
{
    public TempFolder() => Directory.CreateDirectory(Path);

    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), "caas-tests", Guid.NewGuid().ToString("n"));

    /// <summary>The connection string of the folder's database.</summary>
    public string ConnectionString => $"Data Source={System.IO.Path.Combine(Path, "caas.db")}";

    /// <param name="ownWriter">As another process would open it.</param>
    public SqliteDatabase Open(bool ownWriter = false, SqliteOptions? options = null) =>
        new(ConnectionString, options ?? new() { OwnWriter = ownWriter });

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (IOException)
        {
            // A host that is still closing its files: the system cleans its temporary folder.
        }
    }
}
