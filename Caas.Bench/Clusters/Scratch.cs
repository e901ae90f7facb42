namespace Caas.Bench.Clusters;

/// <summary>A folder of the run's own, gone with it.</summary>
internal sealed class Scratch : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("caas-bench-").FullName;

    /// <summary>The connection string of a SQLite file in it.</summary>
    public string Database(string name) => $"Data Source={Path.Combine(Folder, name)}.db";

    public void Dispose()
    {
        try
        {
            Directory.Delete(Folder, recursive: true);
        }
        catch (IOException)
        {
            // Something still holds a file; the system clears its temporary folder.
        }
    }
}
