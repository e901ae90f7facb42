using System.Text.Json;
using Caas.Contracts;

namespace Caas.Core.Messages;

/// <summary>What a <c>message.edited</c> entry keeps: the message and all of its new content. Erasure clears it.</summary>
public sealed record MessageEditedData(string MessageId, MessageContent Content);

/// <summary>What clients get of an entry that changes a message.</summary>
public sealed record MessageChangedData(string MessageId);

/// <summary>What an edit asked for: tells a repeated call from a reused client id.</summary>
public sealed record EditFingerprint(string MessageId, bool SetsText, string? Text, bool SetsAttachments, IReadOnlyList<Attachment>? Attachments, bool SetsMentions, IReadOnlyList<string>? Mentions, bool SetsCustom, JsonElement? Custom);
