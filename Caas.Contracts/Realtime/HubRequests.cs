using System.Text.Json;
using System.Text.Json.Serialization;

namespace Caas.Contracts;

/// <summary>One of the conversations of <c>JoinConversations</c>.</summary>
/// <param name="AfterSeq">The last seq that the client has; 0: from the start; null: from now on, with the newest page.</param>
public sealed record JoinRequest(string ConversationId, long? AfterSeq = null);

/// <summary>The answer of a join: what was missed, in order; not pushed again as <c>Entry</c>.</summary>
/// <param name="Complete">False: go on with <c>ReadEntries</c> after the last of <c>items</c>.</param>
/// <param name="Error">Only in a list of joins: why this one was refused, as <c>code: detail</c>.</param>
public sealed record JoinResult(string ConversationId, long LastSeq, IReadOnlyList<EntryResponse> Items, bool Complete, string? Error = null);

/// <summary>The hub's <c>SendMessage</c>; the fields of <see cref="SendMessageRequest"/> and where to.</summary>
public sealed record HubSendMessageRequest(string ConversationId, string? Text = null, string? ClientMessageId = null, IReadOnlyList<Attachment>? Attachments = null, IReadOnlyList<string>? Mentions = null, string? ThreadOf = null, JsonElement? Custom = null, string? QuoteOf = null, CreatePoll? Poll = null)
{
    public SendMessageRequest ToRequest() => new(Text, ClientMessageId, Attachments, Mentions, ThreadOf, Custom, QuoteOf, Poll);
}

/// <summary>The acknowledgement of a message: it is durable.</summary>
/// <param name="Duplicate">Whether the client id was seen before; the rest is the first answer.</param>
public sealed record SendMessageResult(string MessageId, long Seq, DateTimeOffset CreatedAt, bool Duplicate);

/// <summary>The hub's <c>EditMessage</c>: absent fields stay, null clears.</summary>
public sealed record HubEditMessageRequest(string ConversationId, string MessageId)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<string> Text { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<IReadOnlyList<Attachment>> Attachments { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<IReadOnlyList<string>> Mentions { get; init; }
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<JsonElement> Custom { get; init; }
    public string? ClientMessageId { get; init; }

    public EditMessageRequest ToRequest() => new() { Text = Text, Attachments = Attachments, Mentions = Mentions, Custom = Custom, ClientMessageId = ClientMessageId };
}

/// <summary>The acknowledgement of a change: the seq of the entry that made it.</summary>
public sealed record ChangeResult(long Seq);
