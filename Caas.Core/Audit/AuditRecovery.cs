using System.Text.Json;
using Caas.Core.Json;
using Caas.Core.Tenants;
using Caas.Core.Timed;
using Caas.Core.Users;
using Microsoft.Extensions.Logging;

namespace Caas.Core.Audit;

/// <summary>Records what was begun and of which nobody said what came of it, because the process died or the store was away: that it is not known.</summary>
public sealed partial class AuditRecovery(ITimedStore store, AuditLog audit, TenantDirectory tenants, IUserStore users, AuditMetrics metrics, ILogger<AuditRecovery> logger) : ITimedHandler
{
    public string Kind => AuditIntents.Kind;

    public async Task HandleAsync(TimedItem item, CancellationToken cancellationToken)
    {
        var (tenant, body) = (item.Place.Tenant, JsonSerializer.Deserialize(item.Body, IdentityJsonContext.Default.AuditIntentBody)!);

        // A tenant that was to be made and is not there has no log, and must not get one.
        if (await tenants.FindAsync(tenant, cancellationToken) is not null && await RecordAsync(tenant, new(item.Place, item.Id), body, cancellationToken))
        {
            metrics.Unknown();
            LogUnknown(body.Action, tenant, body.TraceId ?? "-");
        }

        await store.DeleteAsync(item.Place, item.Id, cancellationToken);
    }

    private async Task<bool> RecordAsync(TenantId tenant, AuditIntent intent, AuditIntentBody body, CancellationToken cancellationToken)
    {
        // Who was erased meanwhile is named nowhere anew.
        var target = new Dictionary<string, string>();
        foreach (var (name, value) in body.Target)
        {
            if (!name.EndsWith("userId", StringComparison.OrdinalIgnoreCase) || (PublicId.IsValid(value) && await users.FindAsync(tenant, new(value), cancellationToken) is not null))
            {
                target[name] = value;
            }
        }

        if (body.UserId is { } user && await users.FindAsync(tenant, new(user), cancellationToken) is null)
        {
            body = body with { By = AuditLog.Anonymous, UserId = null, IpAddress = null };
        }

        try
        {
            await audit.RecordUnknownAsync(tenant, intent, body with { Target = target }, cancellationToken);
            return true;
        }
        catch (RefusedException refused) when (refused.Refusal == Refusal.ClientMessageIdReused)
        {
            // It was recorded; only the note was left.
            return false;
        }
    }

    [LoggerMessage(4011, LogLevel.Warning, "It is not known what came of {Action} of tenant {Tenant}, trace {TraceId}: the process that did it died, or the store was away. The audit log says so.")]
    private partial void LogUnknown(string action, TenantId tenant, string traceId);
}
