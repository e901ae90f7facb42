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
    /// <param name="account">The one in force; null: there is none.</param>
    public DeviceResponse Shape(string? account)
    {
        DeviceUndeliverable? reason = account is null ? DeviceUndeliverable.NoAccount : Address.Account is { } own && own != account ? DeviceUndeliverable.AccountChanged : null;
        return new(Id, Address.Platform, Address.VoipToken is not null, CreatedAt, UpdatedAt, reason is null, reason);
    }
}

/// <summary>Where its push service finds it: at least one of token, token for calls and subscription.</summary>
/// <param name="Account">The account that it belongs to, see <see cref="Push.DeviceAccounts"/>: in force when it was registered, or that with which it was reached last. Null: it is not known.</param>
public sealed record DeviceAddress(DevicePlatform Platform, string? Token, string? VoipToken, WebPushSubscription? Subscription, string? Account = null)
{
    /// <summary>As it is registered again: tokens that are the same belong to whom they belonged to before.</summary>
    public DeviceAddress After(DeviceAddress? before, string? inForce) =>
        this with { Account = before?.Account is { } known && !Keys().Except(before.Keys()).Any() ? known : inForce };

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
