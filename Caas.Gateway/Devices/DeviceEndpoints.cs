using Caas.Core.Devices;
using Caas.Core.Push;
using Caas.Gateway.Callers;
using Caas.Gateway.Problems;

namespace Caas.Gateway.Devices;

/// <summary><c>/v1/devices</c>: the caller's own; and what browsers subscribe with.</summary>
internal static class DeviceEndpoints
{
    public static void MapDevices(this IEndpointRouteBuilder v1)
    {
        var group = v1.MapGroup("/devices").WithTags("Notifications").AllowCallers(CallerKinds.Backend | CallerKinds.User, "users").Refuses(Refusal.OnBehalfOfRequired);
        group.MapPut("/{deviceId}", PutAsync).WithName("PutDevice").WithSummary("Register a device for pushes")
            .WithDescription("`fcm` and `apns` with `token`, `apns` also or only with `voipToken` for calls, `webPush` with `subscription`. At most 20 of a user. A token that another user's device had leaves that.").Refuses(Refusal.LimitReached);
        group.MapGet("/", ListAsync).WithName("ListDevices").WithSummary("List your devices").WithDescription("Without their tokens.");
        group.MapDelete("/{deviceId}", DeleteAsync).WithName("DeleteDevice").WithSummary("Forget a device").WithDescription("Before a user signs out on it.");

        v1.MapGroup("/push").WithTags("Notifications").AllowCallers(CallerKinds.Backend | CallerKinds.User, "users")
            .MapGet("/vapid-key", GetKeyAsync).WithName("GetVapidKey").WithSummary("Get what browsers subscribe with").WithDescription("The tenant's `applicationServerKey`. It stays the same.");
    }

    private static async Task<Ok<DeviceResponse>> PutAsync(string deviceId, PutDeviceRequest request, Caller caller, DeviceService devices, CancellationToken cancellationToken) =>
        TypedResults.Ok(await devices.PutAsync(caller, deviceId, request, cancellationToken));

    private static async Task<Ok<Page<DeviceResponse>>> ListAsync(Caller caller, DeviceService devices, CancellationToken cancellationToken) =>
        TypedResults.Ok(await devices.ListAsync(caller, cancellationToken));

    private static async Task<NoContent> DeleteAsync(string deviceId, Caller caller, DeviceService devices, CancellationToken cancellationToken)
    {
        await devices.DeleteAsync(caller, deviceId, cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<Ok<VapidKeyResponse>> GetKeyAsync(Caller caller, VapidKeys keys, CancellationToken cancellationToken) =>
        TypedResults.Ok(await keys.GetAsync(caller, cancellationToken));
}
