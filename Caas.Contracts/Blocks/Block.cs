namespace Caas.Contracts;

/// <summary>Somebody whom the caller blocks.</summary>
/// <param name="BlockedAt">Since when.</param>
public sealed record BlockResponse(string UserId, DateTimeOffset BlockedAt);
