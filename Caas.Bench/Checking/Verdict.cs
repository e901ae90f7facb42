namespace Caas.Bench.Checking;

/// <summary>What must never be.</summary>
public enum ViolationKind
{
    /// <summary>Acknowledged, but not in the log where it was acknowledged, or not with what was sent.</summary>
    Lost,

    /// <summary>One client id, two rows.</summary>
    Duplicate,

    /// <summary>Not in the order of the log at a receiver, or not in the sender's own.</summary>
    Reorder,

    /// <summary>A hole in the log, also where a receiver was given what the log does not have; or one that a receiver never got filled.</summary>
    Gap,

    /// <summary>Something of another tenant.</summary>
    Leak,

    /// <summary>A row that nobody sent, or that was refused.</summary>
    Phantom,
}

/// <summary>What was found of one kind.</summary>
/// <param name="Of">Among how many chances to find it.</param>
/// <param name="Examples">The first few, in words.</param>
public sealed record Violations(ViolationKind Kind, long Count, long Of, IReadOnlyList<string> Examples);

/// <summary>What the checker says of a history.</summary>
/// <param name="Acknowledged">Sends that were.</param>
/// <param name="Repeated">Those of them that are outside a client's own order (<see cref="SendRecord.Again"/>).</param>
/// <param name="Stored">Rows in all logs.</param>
/// <param name="Handled">Entries that clients handled.</param>
public sealed record Verdict(long Acknowledged, long Repeated, long Unknown, long Failed, long Stored, long Handled, WireCounts Wire, IReadOnlyList<Violations> Kinds)
{
    /// <summary>Those of the acknowledged that change a message.</summary>
    public long Changes { get; init; }

    /// <summary>Why sends failed, and how many for each reason.</summary>
    public IReadOnlyList<KeyValuePair<string, int>> Refusals { get; init; } = [];

    public bool IsClean => Kinds.All(kind => kind.Count == 0);

    public Violations this[ViolationKind kind] => Kinds.Single(violations => violations.Kind == kind);
}
