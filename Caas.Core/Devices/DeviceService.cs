using System.Diagnostics.Metrics;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Outbound;
using Caas.Core.Push;
using Caas.Core.Timed;
using Caas.Core.Users;
using Microsoft.Extensions.Options;

namespace Caas.Core.Devices;

/// <summary>The caller's own devices.</summary>
public sealed class DeviceService(IDeviceStore devices, IUserStore users, DeviceAccounts accounts, IOptions<OutboundOptions> outbound, DeviceMetrics metrics, TimeProvider clock)
{
    /// <summary>The most devices of one user. Calls at the same moment may go over it by as many as they are.</summary>
    public const int Most = 20;

    /// <summary>Registers a device, or replaces it.</summary>
    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>on_behalf_of_required</c>, <c>insufficient_scope</c>, <c>user_not_found</c>, <c>limit_reached</c>.</exception>
    public async Task<DeviceResponse> PutAsync(Caller caller, string id, PutDeviceRequest request, CancellationToken cancellationToken)
    {
        var (tenant, user) = Require(caller, Scopes.UsersWrite);
        var address = DeviceRules.Require(id, request, outbound.Value);
        if (await users.FindAsync(tenant, user, cancellationToken) is null)
        {
            throw Refusal.UserNotFound.AsException();
        }

        var known = await devices.ListAsync(tenant, [user], cancellationToken);
        var replaced = known.FirstOrDefault(device => device.Id == id);
        if (replaced is null && known.Count >= Most)
        {
            throw Refusal.LimitReached.With($"A user has at most {Most} devices.");
        }

        var now = TimedRules.Whole(clock.GetUtcNow());
        var account = await accounts.FindAsync(tenant, address.Platform, cancellationToken);
        var device = new Device(tenant, user, id, address.After(replaced?.Address, account), replaced?.CreatedAt ?? now, now);
        await devices.PutAsync(device, cancellationToken);
        metrics.Registered(address.Platform);
        return device.Shape(account);
    }

    /// <summary>The caller's, by id.</summary>
    /// <exception cref="RefusedException"><c>on_behalf_of_required</c>, <c>insufficient_scope</c>.</exception>
    public async Task<Page<DeviceResponse>> ListAsync(Caller caller, CancellationToken cancellationToken)
    {
        var (tenant, user) = Require(caller, Scopes.UsersRead);
        return new(await accounts.ShapeAsync(tenant, await devices.ListAsync(tenant, [user], cancellationToken), cancellationToken), Next: null);
    }

    /// <summary>Forgets a device; one that is not there changes nothing.</summary>
    /// <exception cref="RefusedException"><c>on_behalf_of_required</c>, <c>insufficient_scope</c>.</exception>
    public async Task DeleteAsync(Caller caller, string id, CancellationToken cancellationToken)
    {
        var (tenant, user) = Require(caller, Scopes.UsersWrite);
        if (PublicId.IsValid(id) && await devices.DeleteAsync(tenant, user, id, cancellationToken))
        {
            metrics.Removed("deleted");
        }
    }

    private static (TenantId Tenant, UserId User) Require(Caller caller, string scope)
    {
        var tenant = caller.RequireTenant();
        caller.RequireScope(scope);
        return (tenant, caller.RequireUser());
    }
}

/// <summary>What devices count, meter <c>Caas.Devices</c>.</summary>
public sealed class DeviceMetrics
{
    private readonly Counter<long> _registered;
    private readonly Counter<long> _removed;

    public DeviceMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Caas.Devices");
        _registered = meter.CreateCounter<long>("caas.devices.registered", "{device}", "Devices registered, anew or again, by platform.");
        _removed = meter.CreateCounter<long>("caas.devices.removed", "{device}", "Devices removed, by reason: deleted, or gone at their push service.");
    }

    internal void Registered(DevicePlatform platform) => _registered.Add(1, new KeyValuePair<string, object?>("platform", platform.ToString()));

    internal void Removed(string reason) => _removed.Add(1, new KeyValuePair<string, object?>("reason", reason));
}
