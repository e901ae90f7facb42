namespace Caas.Contracts;

/// <summary>Bans a user.</summary>
/// <param name="Reason">For the record, 1 to 500 characters; the banned user is not told.</param>
/// <param name="ConversationId">The group or channel that it is from; null: from the tenant.</param>
/// <param name="ExpiresAt">When it ends by itself; null: it does not.</param>
public sealed record PutBanRequest(string Reason, string? ConversationId = null, DateTimeOffset? ExpiresAt = null);

/// <summary>A ban that is in force.</summary>
/// <param name="ConversationId">Null: from the tenant.</param>
/// <param name="ExpiresAt">Null: it does not end by itself.</param>
/// <param name="BannedAt">When it was last given or changed.</param>
public sealed record BanResponse(string UserId, string? ConversationId, DateTimeOffset? ExpiresAt, string Reason, DateTimeOffset BannedAt);
