using Caas.Core.Tenants;
using Caas.Core.Users;

namespace Caas.Core.Audit;

/// <summary>Writes one record of refused calls, where there is such a tenant.</summary>
public sealed class RefusalWriter(AuditLog audit, TenantDirectory tenants, IUserStore users)
{
    /// <returns>False: there is no such tenant, so nobody to tell it.</returns>
    /// <exception cref="Entries.StoreUnavailableException">Try again.</exception>
    /// <exception cref="RefusedException"><c>unavailable</c>: try again.</exception>
    internal async Task<bool> WriteAsync(RefusedCalls calls, CancellationToken cancellationToken)
    {
        var call = calls.Call;
        if (await tenants.FindAsync(call.Tenant, cancellationToken) is null)
        {
            return false;
        }

        // Who was erased is named nowhere anew, however long a device of theirs goes on asking.
        if (call.User is { } user && await users.FindAsync(call.Tenant, user, cancellationToken) is null)
        {
            call = call.WithoutUser();
        }

        await audit.RecordAsync(calls with { Call = call }, cancellationToken);
        return true;
    }
}
