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

    /// <summary>Removes a device unless it was registered anew since: its push service says that it is gone.</summary>
    /// <returns>Whether it was there.</returns>
    Task<bool> DeleteStaleAsync(Device device, CancellationToken cancellationToken);
}
