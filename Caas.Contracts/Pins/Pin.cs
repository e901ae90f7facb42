namespace Caas.Contracts;

/// <summary>A pinned message.</summary>
/// <param name="Message">In its current state.</param>
/// <param name="PinnedBy">The user who pinned it; null: the tenant's backend.</param>
/// <param name="PinnedAt">When it was pinned.</param>
public sealed record PinResponse(MessageResponse Message, string? PinnedBy, DateTimeOffset PinnedAt);
