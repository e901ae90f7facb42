using Caas.Bench.Checking;
using Caas.Bench.Load;
using Caas.Bench.Reports;

namespace Caas.Bench.Faults;

/// <summary>What a run measured and judged.</summary>
internal sealed record Outcome(IReadOnlyList<Figure> Figures, IReadOnlyList<Finding> Findings)
{
    /// <summary>What the checker says of a load that has run, and whether all of it was answered.</summary>
    public static Outcome Of(LoadRun run, Verdict verdict)
    {
        var planned = run.Plan.Sends.Count;
        var all = verdict.Acknowledged + verdict.Failed + verdict.Unknown;
        return new(
            [
                .. planned == 0 ? Array.Empty<Figure>() : [new("messages planned", planned)],
                new("sends acknowledged", verdict.Acknowledged),
                new("… of them beside the plan, such as sent again with the same id", verdict.Repeated),
                .. verdict.Changes == 0 ? Array.Empty<Figure>() : [new("… of them edits, deletions, reactions, pins and votes", verdict.Changes)],
                new("entries stored", verdict.Stored),
                new("entries handled by clients", verdict.Handled),
                new("pushed out of order (raw, before the client)", verdict.Wire.Inversions),
                new("pushed again (raw, before the client)", verdict.Wire.Repeats),
                new("jumps pushed (raw, filled by the client)", verdict.Wire.Jumps),
                .. run.Measured.Acknowledgement.Figures("acknowledgement"),
                .. run.Measured.AcrossReplicas.Figures("delivery across replicas"),
                .. run.Measured.Same.Figures("delivery in a replica"),
            ],
            [
                all == 0 ? Finding.NotJudged("Every send is acknowledged in the end", "there was none") : new($"Every send is acknowledged in the end: {verdict.Acknowledged:#,0} of {all:#,0}{(verdict.Failed > 0 ? $", {verdict.Failed:#,0} refused ({string.Join(", ", verdict.Refusals.Select(reason => $"{reason.Value:#,0} {reason.Key}"))})" : "")}{(verdict.Unknown > 0 ? $", {verdict.Unknown:#,0} unknown" : "")}", verdict.Acknowledged == all && verdict.Acknowledged - verdict.Repeated - verdict.Changes >= planned),
                .. verdict.Kinds.Select(Judge),
            ]);
    }

    /// <summary>With more figures and findings.</summary>
    public Outcome With(IEnumerable<Figure> figures, IEnumerable<Finding> findings) => new([.. Figures, .. figures], [.. Findings, .. findings]);

    internal static Finding Judge(Violations violations)
    {
        var what = violations.Kind switch
        {
            ViolationKind.Lost => "Lost",
            ViolationKind.Duplicate => "Duplicate",
            ViolationKind.Reorder => "Reordered",
            ViolationKind.Gap => "Gap",
            ViolationKind.Leak => "Leaked",
            _ => "Phantom (a row that nobody sent, or that was refused)",
        };
        return violations is { Count: 0, Of: 0 }
            ? Finding.NotJudged(what, "there is nothing to look at")
            : new($"{what}: {RuleOfThree.Words(violations.Count, violations.Of)}{string.Concat(violations.Examples.Select(example => $"; {example}"))}", violations.Count == 0);
    }
}
