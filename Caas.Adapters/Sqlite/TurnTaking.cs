using System.Diagnostics;

namespace Caas.Adapters.Sqlite;

/// <summary>
/// How the writers of several processes share one file. SQLite has no queue: who asks at the right moment gets the lock, so a busy writer starves the others.
/// A writer that has seen another one's commit lately therefore waits after each of its own until the other had its turn, for at most <see cref="Room"/>;
/// one that has seen none still leaves a gap after each <see cref="Breath"/> of uninterrupted work, so that a newcomer gets in. Used by the writer thread only.
/// </summary>
internal sealed class TurnTaking : IDisposable
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(1);

    // A few polls long, so that the other one surely polls within it.
    private static readonly TimeSpan Room = TimeSpan.FromMilliseconds(4);
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Lately = TimeSpan.FromSeconds(2);

    private readonly ManualResetEvent _never = new(false);
    private long? _dataVersion;
    private long _committedAt;
    private long _busySince;
    private long _otherSeenAt;

    /// <summary>Notes where a new connection starts from.</summary>
    public void Connected(StatementConnection connection) => _dataVersion = connection.ReadDataVersion();

    /// <summary>Nothing waits: whoever wants the file has it.</summary>
    public void Idle() => _busySince = 0;

    /// <summary>One step of waiting for the other's lock.</summary>
    public void Poll() => _never.WaitOne(PollInterval);

    /// <summary>Lets the others go first, when it is their turn.</summary>
    public void WaitForTurn(StatementConnection connection)
    {
        if (_busySince == 0)
        {
            _busySince = Stopwatch.GetTimestamp();
        }

        var shared = _otherSeenAt != 0 && Stopwatch.GetElapsedTime(_otherSeenAt) < Lately;
        if (!shared && Stopwatch.GetElapsedTime(_busySince) < Breath)
        {
            return;
        }

        while (_committedAt != 0 && Stopwatch.GetElapsedTime(_committedAt) < Room && (connection.ReadDataVersion() ?? _dataVersion) == _dataVersion)
        {
            Poll();
        }

        _busySince = Stopwatch.GetTimestamp();
    }

    /// <summary>Notes the state of the file at the start of a transaction.</summary>
    /// <returns>Whether another process has committed since this one's last transaction.</returns>
    public bool Begun(StatementConnection connection)
    {
        var version = connection.ReadDataVersion();
        if (version == _dataVersion)
        {
            return false;
        }

        _dataVersion = version;
        _otherSeenAt = Stopwatch.GetTimestamp();
        return true;
    }

    public void Committed() => _committedAt = Stopwatch.GetTimestamp();

    public void Dispose() => _never.Dispose();
}
