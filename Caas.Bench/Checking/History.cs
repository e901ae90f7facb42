namespace Caas.Bench.Checking;

/// <summary>Everything that a run's clients did and saw, and what the platform says was stored: what the checker judges.</summary>
/// <param name="Sends">Each call of each client, in the order in which that client made its calls.</param>
/// <param name="Receivers">What each client handled, in the order in which it did.</param>
/// <param name="Logs">The logs, read back over REST at the end.</param>
public sealed record History(IReadOnlyList<SendRecord> Sends, IReadOnlyList<ReceiverRecord> Receivers, IReadOnlyList<LogRecord> Logs);

/// <summary>How a send ended.</summary>
public enum SendOutcome
{
    /// <summary>No answer came: it may be stored or not.</summary>
    Unknown,

    /// <summary>Acknowledged.</summary>
    Ok,

    /// <summary>Refused, or never sent: it must not be relied upon, and nobody does.</summary>
    Failed,
}

/// <summary>One send, as its client logged it.</summary>
/// <param name="Client">Which connection: the order of its own sends to one conversation is promised.</param>
/// <param name="Seq">Where it was acknowledged; 0 unless it was.</param>
/// <param name="Again">Whether it is outside the client's own order: it repeats an earlier send with the same id, as a client does that lost the answer, or goes by another way.</param>
/// <param name="Code">Why it failed.</param>
public readonly record struct SendRecord(int Client, string Tenant, string Conversation, string Sender, string ClientMessageId, SendOutcome Outcome, long Seq, bool Again = false, string? Code = null);

/// <summary>One entry, as a client handled it or a log holds it.</summary>
/// <param name="Mark">The tenant that stands in the text of a message; null: no message of ours.</param>
/// <param name="At">When it was handled, in stopwatch ticks; 0 in a log.</param>
public readonly record struct EntryRecord(long Seq, string? Sender, string? ClientMessageId, string? Mark, long At = 0);

/// <summary>What one client got of one conversation.</summary>
/// <param name="After">The seq it joined after: everything above is owed to it.</param>
/// <param name="Wire">What was pushed, before the client put it in order.</param>
/// <param name="Partial">Whether it left before the end: then what is owed to it ends with its last entry.</param>
public sealed record ReceiverRecord(int Client, string Tenant, string Conversation, long After, IReadOnlyList<EntryRecord> Entries, WireCounts Wire = default, bool Partial = false);

/// <summary>What was pushed over one connection, before the client put it in order: no promise, but told.</summary>
public readonly record struct WireCounts(long Pushed, long Inversions, long Repeats, long Jumps)
{
    public static WireCounts operator +(WireCounts one, WireCounts other) => Add(one, other);

    public static WireCounts Add(WireCounts one, WireCounts other) => new(one.Pushed + other.Pushed, one.Inversions + other.Inversions, one.Repeats + other.Repeats, one.Jumps + other.Jumps);
}

/// <summary>One conversation's log at the end.</summary>
public sealed record LogRecord(string Tenant, string Conversation, IReadOnlyList<EntryRecord> Entries);
