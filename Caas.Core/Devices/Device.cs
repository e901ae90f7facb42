using System.Security.Cryptography;
using System.Text;
using Caas.Contracts;

namespace Caas.Core.Devices;

/// <summary>A device that can be reached by pushes.</summary>
/// <param name="CreatedAt">In whole milliseconds.</param>
/// <param name="UpdatedAt">In whole milliseconds.</param>
public sealed record Device(TenantId Tenant, UserId User, string Id, DeviceAddress Address, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    /// <summary>As its user sees it.</summary>
    public DeviceResponse Shape() => new(Id, Address.Platform, Address.VoipToken is not null, CreatedAt, UpdatedAt);
}

/// <summary>Where its push service finds it: at least one of the three.</summary>
public sealed record DeviceAddress(DevicePlatform Platform, string? Token, string? VoipToken, WebPushSubscription? Subscription)
{
    /// <summary>Without a token that its service does not know any more, if it is still the same.</summary>
    /// <param name="read">The address as it was when the service was asked.</param>
    /// <returns>Null: it has another one now.</returns>
    public DeviceAddress? Without(DeviceAddress read, bool voip) =>
        Platform != read.Platform || (voip ? VoipToken != read.VoipToken : Token != read.Token || Subscription != read.Subscription) ? null
            : voip ? this with { VoipToken = null }
            : this with { Token = null, Subscription = null };

    /// <summary>What no two devices of a tenant share: hashes of what reaches them.</summary>
    public IEnumerable<string> Keys()
    {
        foreach (var (kind, value) in new[] { ("token", Token), ("voip", VoipToken), ("endpoint", Subscription?.Endpoint) })
        {
            if (value is not null)
            {
                yield return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Platform}/{kind}/{value}")));
            }
        }
    }
}
