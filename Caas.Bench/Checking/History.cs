using Caas.Contracts;

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
/// <param name="Change">Whether it changes a message; its client id is then <see cref="EntrySubject.ChangeId"/>, and a repeated one may be answered with a later seq.</param>
/// <param name="Content">Of the text that the message is to have (<see cref="Contents.Digest"/>); null: not looked at.</param>
/// <param name="Root">The message that it is a reply to.</param>
public readonly record struct SendRecord(int Client, string Tenant, string Conversation, string Sender, string ClientMessageId, SendOutcome Outcome, long Seq, bool Again = false, string? Code = null, bool Change = false, long? Content = null, string? Root = null);

/// <summary>One entry, as a client handled it or a log holds it.</summary>
/// <param name="Mark">The tenant that stands in the text of a message; null: no message of ours.</param>
/// <param name="At">When it was handled, in stopwatch ticks; 0 in a log.</param>
/// <param name="Subject">The message that it makes or changes; null: it is about something else.</param>
/// <param name="Told">The messages that it tells of, as they then were; null: not looked at.</param>
/// <param name="Content">Of the message's text (<see cref="Contents.Digest"/>); null: it has none.</param>
/// <param name="RootMark">The tenant that stands in the text of the thread's root, where it came too.</param>
public readonly record struct EntryRecord(long Seq, string? Sender, string? ClientMessageId, string? Mark, long At = 0, EntrySubject? Subject = null, IReadOnlyList<MessageTold>? Told = null, long? Content = null, string? RootMark = null)
{
    /// <summary>What may stand in a log once per sender.</summary>
    public string? OnceId => Subject is { IsChange: true } change ? EntrySubject.ChangeId(change.Type, change.MessageId) : ClientMessageId;

    /// <summary>The other tenant, where it has anything of one; null: it has not.</summary>
    public string? ForeignTo(string tenant) => Mark is { } mark && mark != tenant ? mark : RootMark is { } root && root != tenant ? root : null;
}

/// <summary>What an entry is about.</summary>
/// <param name="Type">One of <see cref="EntryTypes"/>.</param>
/// <param name="Root">The message that the message replies to.</param>
public sealed record EntrySubject(string Type, string MessageId, string? Root = null)
{
    public bool IsChange => Type != EntryTypes.MessageCreated;

    /// <summary>Here each type of change is made once per user and message.</summary>
    public static string ChangeId(string type, string messageId) => $"{type} of {messageId}";
}

/// <summary>A message's state, as an entry told it.</summary>
/// <param name="Gone">Whether its text is.</param>
/// <param name="Content">Of its text (<see cref="Contents.Digest"/>).</param>
public sealed record MessageTold(string Id, long Rev, bool Gone, bool Edited, bool Pinned, int Reactions, int Voters, int Replies, long? Content = null);

/// <summary>What one client got of one conversation.</summary>
/// <param name="After">The seq it joined after: everything above is owed to it.</param>
/// <param name="Wire">What was pushed, before the client put it in order.</param>
public sealed record ReceiverRecord(int Client, string Tenant, string Conversation, long After, IReadOnlyList<EntryRecord> Entries, WireCounts Wire = default);

/// <summary>What was pushed over one connection, before the client put it in order: no promise, but told.</summary>
public readonly record struct WireCounts(long Pushed, long Inversions, long Repeats, long Jumps)
{
    public static WireCounts operator +(WireCounts one, WireCounts other) => Add(one, other);

    public static WireCounts Add(WireCounts one, WireCounts other) => new(one.Pushed + other.Pushed, one.Inversions + other.Inversions, one.Repeats + other.Repeats, one.Jumps + other.Jumps);
}

/// <summary>One conversation's log at the end.</summary>
public sealed record LogRecord(string Tenant, string Conversation, IReadOnlyList<EntryRecord> Entries);
