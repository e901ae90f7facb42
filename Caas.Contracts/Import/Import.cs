using System.Text.Json;

namespace Caas.Contracts;

/// <summary>Brings history into a conversation: up to 100 messages, oldest first.</summary>
public sealed record ImportMessagesRequest(IReadOnlyList<ImportMessage> Messages);

/// <summary>A message that was sent elsewhere.</summary>
/// <param name="ClientMessageId">1 to 128 characters, the same each time it is imported: it comes in once.</param>
/// <param name="CreatedAt">When it was sent; not in the future, and not before the message that it follows.</param>
/// <param name="SenderId">A user, who need not be a member; absent: a system message.</param>
/// <param name="Text">As when it is sent; marks of mentions are not looked at.</param>
/// <param name="Mentions">Ids of users, kept as they are.</param>
public sealed record ImportMessage(string ClientMessageId, DateTimeOffset CreatedAt, string? SenderId = null, string? Text = null, IReadOnlyList<Attachment>? Attachments = null, IReadOnlyList<string>? Mentions = null, JsonElement? Custom = null);

/// <summary>What became of each, in the order of the request.</summary>
public sealed record ImportMessagesResponse(IReadOnlyList<ImportedMessage> Items);

/// <param name="Duplicate">It was imported before: this is the first one.</param>
public sealed record ImportedMessage(string ClientMessageId, string MessageId, long Seq, bool Duplicate);
