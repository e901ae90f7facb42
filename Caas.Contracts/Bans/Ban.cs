namespace Caas.Contracts;

/// <summary>Bans a user.</summary>
/// <param name="Reason">For the record, 1 to 500 characters; the banned user is not told.</param>
/// <param name="ConversationId">The group or channel that it is from; null: from the tenant.</param>
/// <param name="ExpiresAt">When it ends by itself; null: it does not.</param>
/// <param name="Shadow">The user may go on and notices nothing, but nobody else gets what the user writes from then on.</param>
public sealed record PutBanRequest(string Reason, string? ConversationId = null, DateTimeOffset? ExpiresAt = null, bool Shadow = false);

/// <summary>A ban that is in force.</summary>
/// <param name="ConversationId">Null: from the tenant.</param>
/// <param name="ExpiresAt">Null: it does not end by itself.</param>
/// <param name="BannedAt">When it was last given or changed.</param>
/// <param name="Shadow">Whether it only hides what the user writes.</param>
public sealed record BanResponse(string UserId, string? ConversationId, DateTimeOffset? ExpiresAt, string Reason, DateTimeOffset BannedAt, bool Shadow = false);
