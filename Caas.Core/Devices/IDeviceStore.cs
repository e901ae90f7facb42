using Caas.Core.Entries;

namespace Caas.Core.Devices;

/// <summary>The devices that users registered for pushes.</summary>
/// <remarks>Every method may throw <see cref="StoreUnavailableException"/>.</remarks>
public interface IDeviceStore
{
    /// <summary>Stores or replaces a device (its <see cref="Device.CreatedAt"/> stays), and removes every other one of the tenant that shares a token with it: who uses a phone now is notified on it, not who did before.</summary>
    Task PutAsync(Device device, CancellationToken cancellationToken);

    Task<Device?> FindAsync(TenantId tenant, UserId user, string id, CancellationToken cancellationToken);

    /// <summary>The devices of users, by user and id ascending (ordinal).</summary>
    Task<IReadOnlyList<Device>> ListAsync(TenantId tenant, IReadOnlyCollection<UserId> users, CancellationToken cancellationToken);

    /// <returns>Whether it was there.</returns>
    Task<bool> DeleteAsync(TenantId tenant, UserId user, string id, CancellationToken cancellationToken);

    /// <summary>
    /// Takes a token away that its push service does not know any more, and the device with its last one. Of a device that was registered anew since it was read, that was removed or that has
    /// another token now, nothing changes: neither comes it back, nor does another one that has the token lose it.
    /// </summary>
    /// <param name="device">As it was read before the service was asked.</param>
    /// <param name="voip">The token for calls, not the other.</param>
    /// <returns>Whether the device is gone with it.</returns>
    Task<bool> RemoveTokenAsync(Device device, bool voip, CancellationToken cancellationToken);

    /// <summary>Keeps to which account a device belongs (<see cref="DeviceAddress.Account"/>). Of one that was registered anew since it was read, or removed, nothing changes.</summary>
    /// <param name="device">As it was read before its service was asked.</param>
    Task KeepAccountAsync(Device device, string account, CancellationToken cancellationToken);
}
