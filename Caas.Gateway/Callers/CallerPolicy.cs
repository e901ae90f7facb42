namespace Caas.Gateway.Callers;

/// <summary>Kinds of callers that an endpoint serves.</summary>
[Flags]
internal enum CallerKinds
{
    Admin = 1,
    Backend = 2,
    User = 4,
}

/// <summary>Endpoint metadata: who may call. An endpoint without it is open to everyone.</summary>
/// <param name="Area">What an API key needs a scope for: <c>area:read</c> on GET, <c>area:write</c> on all else. Null: no scope.</param>
/// <param name="Optional">Whether it serves those without credentials too.</param>
/// <param name="TokenInQuery">Whether <c>?access_token=</c> is as good as the header.</param>
internal sealed record CallerPolicy(CallerKinds Kinds, string? Area = null, bool TokenInQuery = false, bool Optional = false)
{
    /// <summary>The scope that an API key needs for this method; null: none.</summary>
    public string? ScopeFor(string method) => Area is null ? null : HttpMethods.IsGet(method) ? $"{Area}:read" : $"{Area}:write";

    public bool Allows(CallerKind kind) => Kinds.HasFlag(kind switch
    {
        CallerKind.Admin => CallerKinds.Admin,
        CallerKind.Backend => CallerKinds.Backend,
        _ => CallerKinds.User,
    });
}

internal static class CallerPolicyExtensions
{
    /// <summary>Says who may call; the last one said wins.</summary>
    public static TBuilder AllowCallers<TBuilder>(this TBuilder builder, CallerKinds kinds, string? area = null, bool tokenInQuery = false)
        where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new CallerPolicy(kinds, area, tokenInQuery));

    /// <summary>Serves everyone; who sends credentials is known by them, and counted.</summary>
    public static TBuilder AllowAnyone<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new CallerPolicy(CallerKinds.Admin | CallerKinds.Backend | CallerKinds.User, Optional: true));
}
