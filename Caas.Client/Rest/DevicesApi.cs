using Caas.Contracts;
using static Caas.Client.RestCaller;

namespace Caas.Client;

/// <summary>The user's own devices, for pushes. For users, and for a backend that speaks for one.</summary>
public sealed class DevicesApi
{
    private readonly RestCaller _caller;

    internal DevicesApi(RestCaller caller) => _caller = caller;

    /// <summary>Registers a device, or replaces it.</summary>
    public Task<DeviceResponse> PutAsync(string deviceId, PutDeviceRequest request, CancellationToken cancellationToken = default) => _caller.PutAsync<DeviceResponse>(Path($"/v1/devices/{deviceId}"), request, cancellationToken);

    public IAsyncEnumerable<DeviceResponse> ListAsync(CancellationToken cancellationToken = default) => _caller.ListAsync<DeviceResponse>("/v1/devices", cancellationToken);

    /// <summary>Forgets a device: before the user signs out on it.</summary>
    public Task DeleteAsync(string deviceId, CancellationToken cancellationToken = default) => _caller.DeleteAsync(Path($"/v1/devices/{deviceId}"), cancellationToken);

    /// <summary>The <c>applicationServerKey</c> with which a browser subscribes.</summary>
    public async Task<string> GetVapidKeyAsync(CancellationToken cancellationToken = default) => (await _caller.GetAsync<VapidKeyResponse>("/v1/push/vapid-key", cancellationToken)).PublicKey;
}
