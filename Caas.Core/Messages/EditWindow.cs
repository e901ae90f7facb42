using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Tenants;
using Microsoft.Extensions.Options;

namespace Caas.Core.Messages;

/// <summary>How long a sender may edit a message: the tenant's setting, else the platform's. The backend may always.</summary>
public sealed class EditWindow(TenantDirectory tenants, IOptions<MessageOptions> options, TimeProvider clock)
{
    /// <exception cref="RefusedException"><c>not_allowed</c> when it has closed.</exception>
    public async Task RequireOpenAsync(Caller caller, Entry message, CancellationToken cancellationToken)
    {
        if (caller.IsSystem)
        {
            return;
        }

        var tenant = await tenants.FindAsync(caller.Tenant, cancellationToken);
        var window = tenant?.Settings.EditWindowSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : options.Value.EditWindow;
        if (window is { } open && clock.GetUtcNow() - message.At > open)
        {
            throw Refusal.NotAllowed.With(open == TimeSpan.Zero ? "Messages cannot be edited here." : $"A message can be edited for {open.TotalSeconds:0} s.");
        }
    }
}
