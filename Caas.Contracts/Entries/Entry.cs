using System.Text.Json;
using System.Text.Json.Serialization;

namespace Caas.Contracts;

/// <summary>One thing that happened in a conversation. <c>seq</c> is dense: 1, 2, 3 …, no gaps, no repeats.</summary>
/// <param name="Type">Such as <c>message.created</c>; an open list: move on over those you do not know.</param>
/// <param name="Message">The message in its current state, where the entry makes or changes one.</param>
/// <param name="Data">What else the type says.</param>
/// <param name="Root">Where the entry adds a reply or takes one away: the message that the thread hangs on, in its current state. Of the entries of one page, the last of each thread has it.</param>
/// <param name="Shadowed">Whoever did it was shadow-banned: others than that user get it as <c>hidden</c>, but for members that were added; nobody is to be notified of it. Told to the tenant's backend alone.</param>
public sealed record EntryResponse(
    string ConversationId, long Seq, string Type, string? ActorId, DateTimeOffset? At, string? ClientMessageId, MessageResponse? Message = null, JsonElement? Data = null, MessageResponse? Root = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Shadowed = false);

/// <summary>A stretch of a conversation's log, in order.</summary>
/// <param name="LastSeq">The newest seq of the log.</param>
/// <param name="Complete">Whether <c>items</c> reach <c>lastSeq</c>.</param>
public sealed record EntryPage(IReadOnlyList<EntryResponse> Items, long LastSeq, bool Complete);

/// <summary>The types of entries.</summary>
public static class EntryTypes
{
    public const string MessageCreated = "message.created";
    public const string MessageEdited = "message.edited";
    public const string MessageDeleted = "message.deleted";
    public const string MessagePinned = "message.pinned";
    public const string MessageUnpinned = "message.unpinned";

    /// <summary>The platform has looked at the links of the message.</summary>
    public const string MessagePreviewed = "message.previewed";
    public const string ReactionAdded = "reaction.added";
    public const string ReactionRemoved = "reaction.removed";
    public const string PollVoted = "poll.voted";
    public const string PollClosed = "poll.closed";
    public const string MemberAdded = "member.added";
    public const string MemberRemoved = "member.removed";
    public const string MemberChanged = "member.changed";
    public const string ConversationCreated = "conversation.created";
    public const string ConversationChanged = "conversation.changed";
    public const string ConversationDeleted = "conversation.deleted";
    public const string CallStarted = "call.started";
    public const string CallEnded = "call.ended";

    /// <summary>A user is being erased: whoever keeps the conversation forgets the id, see <see cref="ErasedUser"/>.</summary>
    public const string UserErased = "user.erased";

    /// <summary>An entry that this reader may not see: only its seq is told.</summary>
    public const string Hidden = "hidden";
}
