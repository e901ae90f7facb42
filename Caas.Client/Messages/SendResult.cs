namespace Caas.Client;

/// <summary>A message is stored, durably.</summary>
/// <param name="Duplicate">Whether the server had this client id before: from an earlier call, or from an earlier try of this one whose answer was lost (<see cref="Attempts"/> above 1).</param>
/// <param name="Attempts">How often it was sent until it was answered.</param>
public sealed record SendResult(string MessageId, long Seq, DateTimeOffset CreatedAt, bool Duplicate, string ClientMessageId, int Attempts);
