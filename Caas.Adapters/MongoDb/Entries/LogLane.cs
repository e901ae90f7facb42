using Caas.Core.Entries;

namespace Caas.Adapters.MongoDb.Entries;

/// <summary>
/// One log as this process sees it: what waits to be appended, where the log ends, and whether others write to it. All but the queue belongs to the one writer that runs
/// the lane at a time.
/// </summary>
internal sealed class LogLane(LogId log, TimeProvider clock)
{
    private List<(PendingAppend Pending, AppendOutcome Outcome)> _settled = [];

    public LogId Log { get; } = log;

    /// <summary>A place that a majority has for certain, of our own acknowledged writes or read as such. It may be behind the true tail, never ahead: that would be a hole for ever.</summary>
    public LogTail? Tail { get; private set; }

    public Fairness Fairness { get; } = new(clock);

    internal Queue<PendingAppend> Waiting { get; } = new();

    internal bool IsRunning { get; set; }

    /// <summary>Notes what became of a draft, to be told when the lane's run is over: a caller that comes back at once must find the lane free.</summary>
    public void Settle(PendingAppend pending, AppendStatus status, Entry? entry) => _settled.Add((pending, new(status, entry)));

    /// <summary>What was settled since the last call.</summary>
    public List<(PendingAppend Pending, AppendOutcome Outcome)> TakeSettled()
    {
        var settled = _settled;
        _settled = [];
        return settled;
    }

    /// <summary>Moves the known tail on; never back.</summary>
    public void Advance(LogTail tail)
    {
        if (Tail is not { } known || tail.Seq > known.Seq)
        {
            Tail = tail;
        }
    }
}
