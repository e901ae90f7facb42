using System.Text.Json;
using System.Text.Json.Serialization;

namespace Caas.Contracts;

/// <summary>Sends a message.</summary>
/// <param name="Text">At most 10,000 characters, none of them U+0000. A message has a text in which something can be seen, an attachment, <c>custom</c> or a poll.</param>
/// <param name="ClientMessageId">1 to 128 characters of the sender's own; sending it again gives the first answer again.</param>
/// <param name="Attachments">At most 30.</param>
/// <param name="Mentions">Ids of at most 50 members, with those that the text marks; who is no member is left out.</param>
/// <param name="ThreadOf">The id of the message that this one replies to. A reply to a reply belongs to the same thread: its <c>threadOf</c> is the message that the thread hangs on.</param>
/// <param name="Custom">Any JSON object of at most 8 KiB.</param>
/// <param name="QuoteOf">The id of a message of the same conversation that this one quotes.</param>
/// <param name="Poll">A poll in which members vote.</param>
public sealed record SendMessageRequest(string? Text = null, string? ClientMessageId = null, IReadOnlyList<Attachment>? Attachments = null, IReadOnlyList<string>? Mentions = null, string? ThreadOf = null, JsonElement? Custom = null, string? QuoteOf = null, CreatePoll? Poll = null);

/// <summary>Edits a message: absent fields stay, null clears.</summary>
public sealed record EditMessageRequest
{
    /// <summary>The new text, at most 10,000 characters.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<string> Text { get; init; }

    /// <summary>The new attachments, at most 30.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<IReadOnlyList<Attachment>> Attachments { get; init; }

    /// <summary>The new mentions, at most 50 with those in the text.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<IReadOnlyList<string>> Mentions { get; init; }

    /// <summary>A JSON object that is merged into the custom data there is (RFC 7396: null removes); what comes of it has at most 8 KiB and 16 levels.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<JsonElement> Custom { get; init; }

    /// <summary>Makes the edit idempotent, like that of a message.</summary>
    public string? ClientMessageId { get; init; }
}

/// <summary>A file that a message refers to: one that was uploaded here, by <c>attachmentId</c> (or its <c>url</c>), or one that lies elsewhere, by <c>url</c>.</summary>
/// <param name="Url">Absolute http(s), at most 2,048 characters. Of a file that was uploaded here: where to ask for it with one's credentials.</param>
/// <param name="Type">A media type, such as <c>image/png</c>. Of a file that was uploaded here it is set by the server, as are size, width and height.</param>
/// <param name="Name">At most 255 characters.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Custom">Any JSON object of at most 8 KiB.</param>
/// <param name="AttachmentId">The id of a file that was uploaded here.</param>
/// <param name="Width">Of an image, in pixels.</param>
/// <param name="Height">Of an image, in pixels.</param>
public sealed record Attachment(string? Url = null, string? Type = null, string? Name = null, long? Size = null, JsonElement? Custom = null, string? AttachmentId = null, int? Width = null, int? Height = null);

/// <summary>A message in its current state. A deleted one keeps its place: <c>deletedAt</c> is set and its content is gone.</summary>
/// <param name="Mentions">The members whom the sender named or the text marks.</param>
/// <param name="ThreadOf">The message that this one replies to; never itself a reply.</param>
/// <param name="ReplyCount">How many replies there are, without the deleted ones.</param>
/// <param name="Rev">The seq of the last change that is folded in: the message's own seq until it is changed. Replies, and deletions of replies, change the message that they reply to.</param>
/// <param name="MentionsHere">Whether the text says <c>@here</c>, and its sender may: everyone who is there now.</param>
/// <param name="MentionsChannel">Whether the text says <c>@channel</c>, and its sender may: everyone.</param>
/// <param name="Quote">The message that this one quotes, as that is now.</param>
/// <param name="Thread">Who replied, and when last; null: there are no replies.</param>
/// <param name="LinkPreviews">What the pages say that the text links to; null: nothing, or nothing yet. They come with an entry <c>message.previewed</c> some time after the message.</param>
/// <param name="Shadowed">Its sender was shadow-banned: only the sender and the tenant's backend get it. Told to the backend alone.</param>
public sealed record MessageResponse(
    string Id,
    string ConversationId,
    long Seq,
    string? SenderId,
    string? Text,
    IReadOnlyList<Attachment> Attachments,
    IReadOnlyList<string> Mentions,
    string? ThreadOf,
    int ReplyCount,
    IReadOnlyDictionary<string, ReactionSummary> Reactions,
    JsonElement? Custom,
    long Rev,
    DateTimeOffset CreatedAt,
    DateTimeOffset? EditedAt,
    DateTimeOffset? DeletedAt,
    DateTimeOffset? PinnedAt,
    string? ClientMessageId,
    ThreadSummary? Thread = null,
    MessageQuote? Quote = null,
    bool MentionsHere = false,
    bool MentionsChannel = false,
    PollResponse? Poll = null,
    IReadOnlyList<LinkPreview>? LinkPreviews = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Shadowed = false);

/// <summary>A page of messages, newest first.</summary>
/// <param name="Next">The seq to go on with in the same direction, or null.</param>
public sealed record MessagePage(IReadOnlyList<MessageResponse> Items, long? Next);

/// <summary>One version of a message, oldest first.</summary>
/// <param name="Seq">The seq of the entry that made it.</param>
/// <param name="Shadowed">Whoever made it was shadow-banned: only that user and the tenant's backend see it. Told to the backend alone.</param>
public sealed record MessageVersion(
    long Seq, string? ActorId, DateTimeOffset At, string? Text, IReadOnlyList<Attachment> Attachments, JsonElement? Custom,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Shadowed = false);

/// <summary>All versions of a message, oldest first.</summary>
public sealed record MessageHistoryResponse(IReadOnlyList<MessageVersion> Items);
