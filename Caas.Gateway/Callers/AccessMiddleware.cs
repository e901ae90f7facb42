namespace Caas.Gateway.Callers;

/// <summary>Refuses callers that the endpoint does not serve, and API keys without its scope: before anything of the request is read.</summary>
internal sealed class AccessMiddleware(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext context, CurrentCaller current)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<CallerPolicy>() is { } policy && (current.Caller is not null || !policy.Optional))
        {
            Check(context, policy, current.Require());
        }

        await next(context);
    }

    private static void Check(HttpContext context, CallerPolicy policy, Caller caller)
    {
        if (!policy.Allows(caller.Kind))
        {
            // A tenant that asks for another one by id learns no more than for an id that never was.
            throw policy.Kinds == CallerKinds.Admin && context.GetRouteValue("tenantId") is string tenant && tenant != caller.Tenant.Value
                ? Refusal.TenantNotFound.AsException()
                : Refusal.NotAllowed.With($"This route serves {Name(policy.Kinds)} only.");
        }

        if (caller is { Kind: CallerKind.Backend, User: not null } && !policy.Kinds.HasFlag(CallerKinds.User))
        {
            // What is done here is the backend's own: it must not believe that a user's rights were asked.
            throw Refusal.ValidationFailed.With(CallerMiddleware.OnBehalfOfHeader, "does not go with this route, which serves no users");
        }

        if (policy.ScopeFor(context.Request.Method) is { } scope && !caller.HasScope(scope))
        {
            throw Refusal.InsufficientScope.With($"The API key lacks the scope {scope}.");
        }
    }

    private static string Name(CallerKinds kinds) => kinds switch
    {
        CallerKinds.Admin => "the platform admin",
        CallerKinds.Backend => "the tenant's backend (X-Api-Key)",
        CallerKinds.User => "end users (Authorization: Bearer)",
        _ => "the tenant's backend and end users",
    };
}
