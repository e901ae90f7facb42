using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Custom;

namespace Caas.Core.Messages;

/// <summary>What a <c>message.edited</c> entry keeps: the message and what the edit set. Erasure clears it.</summary>
/// <param name="Fields">Which fields of the content the edit set (<c>text</c>, <c>attachments</c>, <c>mentions</c>, <c>custom</c>): the others stay as they are when it is folded. Null: all.</param>
/// <param name="CustomPatch">What is merged into the custom data (RFC 7396).</param>
public sealed record MessageEditedData(string MessageId, MessageContent Content, IReadOnlyList<string>? Fields = null, JsonElement? CustomPatch = null)
{
    /// <summary>The content after this edit.</summary>
    public MessageContent ApplyTo(MessageContent content) => Fields is null ? Content : new(
        Fields.Contains("text") ? Content.Text : content.Text,
        Fields.Contains("attachments") ? Content.Attachments : content.Attachments,
        Fields.Contains("mentions") ? Content.Mentions : content.Mentions,
        CustomPatch is { } patch ? MergePatch.Apply(content.Custom, patch) : Fields.Contains("custom") ? Content.Custom : content.Custom,
        Fields.Contains("text") ? Content.TextMentions : content.TextMentions,
        Fields.Contains("text") ? Content.MentionsHere : content.MentionsHere,
        Fields.Contains("text") ? Content.MentionsChannel : content.MentionsChannel);
}

/// <summary>What clients get of an entry that changes a message.</summary>
public sealed record MessageChangedData(string MessageId);

/// <summary>What an edit asked for: tells a repeated call from a reused client id.</summary>
public sealed record EditFingerprint(string MessageId, bool SetsText, string? Text, bool SetsAttachments, IReadOnlyList<Attachment>? Attachments, bool SetsMentions, IReadOnlyList<string>? Mentions, bool SetsCustom, JsonElement? Custom);
