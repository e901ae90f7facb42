namespace Caas.Bench.Reports;

/// <summary>What one run found: what is printed, and what <c>--json</c> writes.</summary>
public sealed record Report
{
    /// <summary>Such as <c>chat</c>.</summary>
    public required string Command { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>What the load was planned from; null: nothing was random.</summary>
    public int? Seed { get; init; }

    public Machine Machine { get; init; } = Machine.This();

    /// <summary>What was asked for.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>What was measured.</summary>
    public IReadOnlyList<Figure> Figures { get; init; } = [];

    /// <summary>What was judged.</summary>
    public IReadOnlyList<Finding> Findings { get; init; } = [];

    /// <summary>What is strived for; missing it breaks no promise.</summary>
    public IReadOnlyList<Aim> Aims { get; init; } = [];

    /// <summary>Whether anything is broken.</summary>
    public bool Broken => Findings.Any(finding => finding.Holds is false);

    /// <summary>Whether everything that was judged held; where all of it was left open, nothing did.</summary>
    public bool Held => !Broken && (Findings.Count == 0 || Findings.Any(finding => finding.Holds is true));
}

/// <summary>One measured number.</summary>
/// <param name="Unit">Such as <c>ms</c>, <c>messages/s</c>; empty: a count.</param>
public sealed record Figure(string Name, double Value, string Unit = "");

/// <summary>One thing that was judged.</summary>
/// <param name="Text">What was promised, and what was found.</param>
/// <param name="Holds">Null: not judged, for the run was too short or too small for a verdict; the text says why.</param>
public sealed record Finding(string Text, bool? Holds)
{
    /// <param name="promise">What would have been judged.</param>
    /// <param name="why">What the run lacked.</param>
    public static Finding NotJudged(string promise, string why) => new($"{promise}: {why}", Holds: null);
}

/// <summary>One thing that is strived for.</summary>
/// <param name="Text">The aim, and what was reached.</param>
public sealed record Aim(string Text, bool Reached);
