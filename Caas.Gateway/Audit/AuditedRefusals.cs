using System.Diagnostics;
using Caas.Core.Audit;
using Caas.Gateway.Callers;
using Microsoft.AspNetCore.Diagnostics;

namespace Caas.Gateway.Audit;

/// <summary>Has refused credentials and refused administrative calls recorded in the tenant's audit log. The answer does not wait for it.</summary>
internal sealed class AuditedRefusals(RefusalRecorder recorder)
{
    public void Note(HttpContext context, RefusedException refused)
    {
        if (refused.Attempt is { } attempt)
        {
            recorder.Note(attempt, OriginOf(context));
            return;
        }

        var endpoint = context.GetEndpoint() ?? context.Features.Get<IExceptionHandlerFeature>()?.Endpoint;
        if (endpoint?.Metadata.GetMetadata<CallerPolicy>() is { } policy && endpoint.Metadata.GetMetadata<IEndpointNameMetadata>()?.EndpointName is { } operation
            && context.RequestServices.GetService<CurrentCaller>()?.Caller is { Kind: not CallerKind.Admin } caller && LacksARight(refused.Refusal, endpoint, policy, caller))
        {
            var scope = refused.Refusal == Refusal.InsufficientScope && policy.ScopeFor(context.Request.Method) is { } needed && !caller.HasScope(needed) ? needed : null;
            recorder.Note(caller, operation, refused.Refusal.Code, scope, OriginOf(context));
        }
    }

    /// <summary>Where a call came from.</summary>
    public static AuditOrigin OriginOf(HttpContext context) => AuditOrigin.Of(context.Connection.RemoteIpAddress, Activity.Current?.TraceId.ToHexString());

    /// <summary>What users may do in conversations is theirs: that one is not a member, say, is no matter of administration.</summary>
    private static bool LacksARight(Refusal refusal, Endpoint endpoint, CallerPolicy policy, Caller caller) =>
        refusal == Refusal.InsufficientScope || !policy.Allows(caller.Kind) || (refusal == Refusal.NotAllowed && endpoint.Metadata.GetMetadata<AuditMetadata>() is not null);
}
