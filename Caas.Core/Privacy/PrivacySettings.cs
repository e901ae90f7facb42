namespace Caas.Core.Privacy;

/// <summary>What a user lets others know. Who never said anything hides nothing.</summary>
/// <param name="ReadReceipts">What the user has read.</param>
/// <param name="DeliveryReceipts">What has reached the user.</param>
/// <param name="Typing">That the user is typing.</param>
public sealed record PrivacySettings(bool ReadReceipts = true, bool DeliveryReceipts = true, bool Typing = true)
{
    public static readonly PrivacySettings Open = new();
}

/// <summary>The whole settings, of <c>privacy.changed</c> in <c>$user/{id}</c>.</summary>
internal sealed record PrivacyChangedData(string By, bool ReadReceipts, bool DeliveryReceipts, bool Typing);
