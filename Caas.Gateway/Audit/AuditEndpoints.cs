using System.ComponentModel;
using Caas.Core.Audit;
using Caas.Gateway.Callers;
using Caas.Gateway.Json;
using Caas.Gateway.Problems;

namespace Caas.Gateway.Audit;

/// <summary><c>/v1/audit-log</c>; for the backend.</summary>
internal static class AuditEndpoints
{
    public static void MapAudit(this IEndpointRouteBuilder v1) =>
        v1.MapGet("/audit-log", ListAsync).WithTags("Audit").WithName("ListAuditLog").WithSummary("List administrative and security actions").AllowCallers(CallerKinds.Backend, "audit").Refuses(Refusal.InvalidCursor)
            .WithDescription("Who did what or was refused, when, and from where; the newest first. A page may have fewer items than its limit, also none, while `next` goes on.");

    private static async Task<Ok<Page<AuditEntryResponse>>> ListAsync(
        [Description("Only by `admin`, `key:{id}`, `user:{id}`, `platform` or `anonymous`.")] string? actor,
        [Description("Only this action, such as `api_key.created`, or `api_key.*`; `auth.failed` and `access.refused` for what was refused.")] string? action,
        [Description("A time (RFC 3339): not before it.")] QueryTime? from,
        [Description("A time (RFC 3339): not after it.")] QueryTime? to,
        int? limit,
        string? cursor,
        Caller caller,
        AuditLog audit,
        CancellationToken cancellationToken) =>
        TypedResults.Ok(await audit.ListAsync(caller, new(actor, action, from?.Value, to?.Value, limit, cursor), cancellationToken));
}
