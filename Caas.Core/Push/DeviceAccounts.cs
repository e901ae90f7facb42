using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Caas.Contracts;
using Caas.Core.Devices;
using Microsoft.Extensions.Logging;

namespace Caas.Core.Push;

/// <summary>
/// With which account each device is reached. A token belongs to the account for which its application asked for it (Firebase's project, Apple's team and bundle, the key that a browser
/// subscribed with): what another one hears of it says nothing of the device.
/// </summary>
public sealed partial class DeviceAccounts(DeliveryAccountDirectory directory, VapidKeys keys, ILogger<DeviceAccounts> logger)
{
    private const int MostTold = 1_000;

    /// <summary>What was logged: once says it.</summary>
    private readonly ConcurrentDictionary<(TenantId Tenant, string Own, string Asked), bool> _told = [];

    /// <summary>The account in force, as devices keep it: the tenant's own, otherwise the platform's.</summary>
    /// <returns>Null: there is none.</returns>
    public async Task<string?> FindAsync(TenantId tenant, DevicePlatform platform, CancellationToken cancellationToken) =>
        await NameAsync(tenant, platform, await directory.FindPushAsync(tenant, cancellationToken), cancellationToken);

    /// <summary>The same of accounts at hand.</summary>
    public async Task<string?> NameAsync(TenantId tenant, DevicePlatform platform, PushAccounts accounts, CancellationToken cancellationToken) => platform switch
    {
        DevicePlatform.Fcm => accounts.Fcm is { } fcm ? Hash($"fcm/{fcm.ProjectId}") : null,
        DevicePlatform.Apns => accounts.Apns is { } apns ? Hash($"apns/{apns.TeamId}/{apns.BundleId}/{(apns.Sandbox == true ? "sandbox" : "production")}") : null,
        _ => Hash($"webPush/{await keys.NameAsync(tenant, cancellationToken)}"),
    };

    /// <summary>Devices as their user sees them.</summary>
    public async Task<IReadOnlyList<DeviceResponse>> ShapeAsync(TenantId tenant, IReadOnlyList<Device> devices, CancellationToken cancellationToken)
    {
        var inForce = new Dictionary<DevicePlatform, string?>();
        foreach (var platform in devices.Select(device => device.Address.Platform).Distinct())
        {
            inForce[platform] = await FindAsync(tenant, platform, cancellationToken);
        }

        return [.. devices.Select(device => device.Shape(inForce[device.Address.Platform]))];
    }

    /// <summary>What became of a push, as far as the device goes: that it is gone is believed of its own account alone, and where none is known.</summary>
    /// <param name="asked">With which account it was sent.</param>
    public PushResult Judge(Device device, PushResult result, string? asked)
    {
        if (result.Outcome != PushOutcome.Gone || device.Address.Account is not { } own || asked is null || own == asked)
        {
            return result;
        }

        if (_told.Count < MostTold && _told.TryAdd((device.Tenant, own, asked), true))
        {
            LogForeign(device.Address.Platform, device.Tenant);
        }

        return new(PushOutcome.Mismatched, $"{result.Reason}, of a token of another account");
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..32];

    [LoggerMessage(1484, LogLevel.Warning, "{Platform} does not know tokens of tenant {Tenant} that belong to another account than the one in force: the devices stay. Set the account that they were registered for, or have the application register them anew.")]
    private partial void LogForeign(DevicePlatform platform, TenantId tenant);
}
