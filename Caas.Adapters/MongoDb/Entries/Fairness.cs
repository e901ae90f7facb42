namespace Caas.Adapters.MongoDb.Entries;

/// <summary>
/// How a replica shares a log that others write to as well. Whoever has just written is always a little faster to write again than one that must first read the new tail,
/// and would win for ever: so a replica that saw another's entry at the tail holds back for one round trip after its own next write, and one that writes without a pause
/// does so now and then in any case, to let one in that it has never seen.
/// </summary>
internal sealed class Fairness
{
    /// <summary>After how many writes without a pause one is made. It costs a sixteenth of a busy log's rate at most.</summary>
    public const int LongestRun = 16;

    private long _lastWrite = long.MinValue;
    private int _run;
    private bool _sawOther;

    /// <summary>About how long one insert takes; a moving average.</summary>
    public TimeSpan RoundTrip { get; private set; }

    /// <summary>A timestamp before which nothing is sent.</summary>
    public long NotBefore { get; private set; } = long.MinValue;

    /// <summary>Another has probably written meanwhile: read the tail before writing.</summary>
    public bool LooksFirst { get; private set; }

    /// <summary>The tail is another's entry.</summary>
    public void SawOther() => _sawOther = true;

    /// <summary>The tail has been read.</summary>
    public void Looked() => LooksFirst = false;

    /// <summary>An own insert is stored.</summary>
    public void Wrote(long startedAt, TimeProvider clock)
    {
        var now = clock.GetTimestamp();
        var took = clock.GetElapsedTime(startedAt, now);
        RoundTrip = RoundTrip == TimeSpan.Zero ? took : ((RoundTrip * 7) + took) / 8;
        var withoutPause = _lastWrite != long.MinValue && clock.GetElapsedTime(_lastWrite, startedAt) < RoundTrip / 2;
        _run = withoutPause ? _run + 1 : 0;
        _lastWrite = now;
        if (_sawOther || _run >= LongestRun)
        {
            LooksFirst = _sawOther;
            NotBefore = now + (long)(RoundTrip.TotalSeconds * clock.TimestampFrequency);
            (_sawOther, _run) = (false, 0);
        }
    }
}
