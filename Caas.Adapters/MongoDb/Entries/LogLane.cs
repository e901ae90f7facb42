using Caas.Core.Entries;

namespace Caas.Adapters.MongoDb.Entries;

/// <summary>
/// One log as this process sees it: what waits to be appended, where the log ends, and whether others write to it. All but the queue belongs to the one writer that runs
/// the lane at a time.
/// </summary>
internal sealed class LogLane(LogId log)
{
    public LogId Log { get; } = log;

    /// <summary>A place that a majority has for certain, of our own acknowledged writes or read as such. It may be behind the true tail, never ahead: that would be a hole for ever.</summary>
    public LogTail? Tail { get; private set; }

    public Fairness Fairness { get; } = new();

    internal Queue<PendingAppend> Waiting { get; } = new();

    internal bool IsRunning { get; set; }

    /// <summary>Moves the known tail on; never back.</summary>
    public void Advance(LogTail tail)
    {
        if (Tail is not { } known || tail.Seq > known.Seq)
        {
            Tail = tail;
        }
    }
}
