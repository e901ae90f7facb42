using System.Text.Json;
using System.Text.Json.Serialization;

namespace Caas.Contracts;

/// <summary>What the hook is asked: the body of the request that it gets.</summary>
/// <param name="Type"><c>message.before_send</c> or <c>message.before_edit</c>.</param>
public sealed record BeforeSendQuestion(string Type, DateTimeOffset Timestamp, BeforeSendData Data)
{
    public const string Send = "message.before_send";
    public const string Edit = "message.before_edit";
}

/// <summary>The message that somebody wants to be stored.</summary>
/// <param name="SenderId">Who sends or edits it.</param>
/// <param name="SenderRole">The sender's role in the conversation; null: a tenant admin who is no member.</param>
/// <param name="MessageId">Of an edit: the message's; null: it has none yet.</param>
/// <param name="ClientMessageId">The call's, where it has one.</param>
/// <param name="Test">Whether nobody sends it: somebody tries the hook.</param>
public sealed record BeforeSendData(string TenantId, string ConversationId, ConversationType ConversationType, string SenderId, MemberRole? SenderRole, string? MessageId, string? ClientMessageId, BeforeSendMessage Message, bool Test = false);

/// <summary>The message as it would be stored: of an edit, as it would be afterwards.</summary>
/// <param name="Attachments">With what the server knows of files that were uploaded here.</param>
/// <param name="Mentions">The ids that the sender named.</param>
public sealed record BeforeSendMessage(string? Text, IReadOnlyList<Attachment> Attachments, IReadOnlyList<string> Mentions, JsonElement? Custom, string? ThreadOf, string? QuoteOf, CreatePoll? Poll);

/// <summary>What the hook answers, with status 200. 204 without a body allows.</summary>
/// <param name="Reason">Of a rejection: what the sender reads, cut after 300 characters.</param>
/// <param name="Message">Of a change: the fields that become others.</param>
public sealed record BeforeSendAnswer(BeforeSendAction Action, string? Reason = null, BeforeSendChange? Message = null);

/// <summary>What is to become of the message.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<BeforeSendAction>))]
public enum BeforeSendAction
{
    /// <summary>It is stored as it is.</summary>
    Allow,

    /// <summary>It is refused with <c>rejected_by_hook</c>.</summary>
    Reject,

    /// <summary>It is stored as <c>message</c> says.</summary>
    Change,
}

/// <summary>What a hook may change of a message: absent fields stay, null clears. Nothing else of it is the hook's to say.</summary>
public sealed record BeforeSendChange
{
    /// <summary>The text to store.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<string> Text { get; init; }

    /// <summary>The attachments to store: all of them.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<IReadOnlyList<Attachment>> Attachments { get; init; }

    /// <summary>The members to mention: all of them, besides those that the text marks.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<IReadOnlyList<string>> Mentions { get; init; }

    /// <summary>The custom data to store: the whole object.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<JsonElement> Custom { get; init; }

    /// <summary>Whether it changes anything at all.</summary>
    [JsonIgnore]
    public bool IsSet => Text.IsSet || Attachments.IsSet || Mentions.IsSet || Custom.IsSet;
}
