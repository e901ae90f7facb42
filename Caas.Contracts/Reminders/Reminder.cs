namespace Caas.Contracts;

/// <summary>Reminds the caller: of a message, of a text, or of both.</summary>
/// <param name="RemindAt">In the future, at most 366 days ahead.</param>
/// <param name="Text">At most 1,000 characters.</param>
/// <param name="ConversationId">Of the message.</param>
/// <param name="MessageId">A message that the caller may read.</param>
public sealed record CreateReminderRequest(DateTimeOffset RemindAt, string? Text = null, string? ConversationId = null, string? MessageId = null);

/// <summary>A reminder. It stays until it is dismissed.</summary>
/// <param name="Due">Whether its time has come, and the user's devices were told.</param>
public sealed record ReminderResponse(string Id, DateTimeOffset RemindAt, string? Text, string? ConversationId, string? MessageId, bool Due, DateTimeOffset CreatedAt);
