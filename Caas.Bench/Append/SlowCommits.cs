using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Caas.Bench.Append;

/// <summary>A slow disk: every commit of a connection takes this much longer (SQLite's commit hook).</summary>
internal sealed class SlowCommits(TimeSpan delay) : IDisposable
{
    private readonly ManualResetEventSlim _never = new(false);

    public void Install(SqliteConnection connection) => raw.sqlite3_commit_hook(connection.Handle, _ =>
    {
        _never.Wait(delay);
        return 0;
    }, null);

    public void Dispose() => _never.Dispose();
}
