namespace Caas.Adapters.MongoDb.Entries;

/// <summary>
/// How a replica shares a log that others write to as well. Whoever has just written is always a little faster to write again than one that must first read the new tail,
/// and would win for ever. So after its own writes a replica holds back for one round trip of an insert: after each write while another's entry stood at the tail, after
/// 2, 4, 8 … when the other did not use its turns, and after 16 in any case, to let in one that it has never seen.
/// </summary>
internal sealed class Fairness(TimeProvider clock)
{
    /// <summary>After how many writes without a pause one is made. It costs a lone writer a seventeenth of its rate.</summary>
    public const int LongestRun = 16;

    private long _lastWrite = long.MinValue;
    private int _run;
    private int _longest = LongestRun;
    private bool _sawOther;

    /// <summary>About how long an insert takes, acknowledged by a majority: a moving average.</summary>
    public TimeSpan RoundTrip { get; private set; }

    /// <summary>A timestamp before which nothing is sent.</summary>
    public long NotBefore { get; private set; } = long.MinValue;

    /// <summary>Another has probably written meanwhile: read the tail before writing.</summary>
    public bool LooksFirst { get; private set; }

    /// <summary>An insert met another's entry.</summary>
    public void LostRace() => SawOther();

    /// <summary>The tail was read, and is another's entry or not.</summary>
    public void Looked(bool sawOther)
    {
        if (sawOther)
        {
            SawOther();
        }
        else if (LooksFirst)
        {
            _longest = Math.Min(LongestRun, _longest * 2);
        }

        LooksFirst = false;
    }

    /// <summary>An own insert is stored.</summary>
    public void Wrote(long startedAt)
    {
        var now = clock.GetTimestamp();
        var took = clock.GetElapsedTime(startedAt, now);
        RoundTrip = RoundTrip == TimeSpan.Zero ? took : ((RoundTrip * 7) + took) / 8;
        var hadPause = _lastWrite == long.MinValue || clock.GetElapsedTime(_lastWrite, startedAt) > RoundTrip;
        _run = hadPause ? 1 : _run + 1;
        _lastWrite = now;
        if (_sawOther || _run >= _longest)
        {
            NotBefore = now + (long)(RoundTrip.TotalSeconds * clock.TimestampFrequency);
            LooksFirst = _sawOther || _longest < LongestRun;
            (_sawOther, _run) = (false, 0);
        }
    }

    private void SawOther() => (_sawOther, _longest) = (true, 1);
}
