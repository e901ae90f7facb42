using System.Text.Json.Serialization;

namespace Caas.Contracts;

/// <summary>Replaces a user's privacy settings. What is absent is on; a field that is none of these is refused, since a misspelt one would show what was to be hidden.</summary>
/// <param name="ReadReceipts">Whether others learn what the user has read.</param>
/// <param name="DeliveryReceipts">Whether others learn what has reached the user.</param>
/// <param name="Typing">Whether others see the user typing.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record PutPrivacyRequest(bool? ReadReceipts = null, bool? DeliveryReceipts = null, bool? Typing = null);

/// <summary>What a user lets others know; all of it, unless the user said otherwise.</summary>
/// <param name="ReadReceipts">Whether others learn what the user has read.</param>
/// <param name="DeliveryReceipts">Whether others learn what has reached the user.</param>
/// <param name="Typing">Whether others see the user typing.</param>
public sealed record PrivacyResponse(bool ReadReceipts, bool DeliveryReceipts, bool Typing);
