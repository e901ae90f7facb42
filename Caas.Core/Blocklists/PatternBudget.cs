namespace Caas.Core.Blocklists;

/// <summary>How long the patterns of a blocklist may take for one call, all texts together. What they did not come to is not known to be free of what is forbidden.</summary>
internal sealed class PatternBudget(TimeProvider clock, TimeSpan most)
{
    private readonly long _started = clock.GetTimestamp();

    /// <summary>Whether a pattern did not come to its end, or was not tried.</summary>
    public bool IsExceeded { get; private set; }

    /// <summary>Whether one more may be tried.</summary>
    public bool Has() => clock.GetElapsedTime(_started) < most || Exceed();

    public bool Exceed() => !(IsExceeded = true);
}
