namespace Caas.Core.Callers;

/// <summary>What kind of credentials a call came with.</summary>
public enum CallerKind
{
    /// <summary>The platform's admin key: tenants and their keys.</summary>
    Admin,

    /// <summary>A tenant's API key, perhaps on behalf of a user.</summary>
    Backend,

    /// <summary>An end user's token.</summary>
    User,
}

/// <summary>Who is calling: proven, and bound to one tenant.</summary>
public sealed record Caller
{
    public required CallerKind Kind { get; init; }

    /// <summary>The tenant; unset only for the platform admin.</summary>
    public TenantId Tenant { get; init; }

    /// <summary>The end user, or the user on whose behalf the backend calls.</summary>
    public UserId? User { get; init; }

    /// <summary>The API key's id, for a backend.</summary>
    public string? KeyId { get; init; }

    /// <summary>The API key's scopes; empty: all.</summary>
    public IReadOnlyList<string> Scopes { get; init; } = [];

    /// <summary>The user's role in the directory is <c>admin</c>.</summary>
    public bool IsTenantAdmin { get; init; }

    /// <summary>The token's <c>jti</c>, for an end user.</summary>
    public string? TokenId { get; init; }

    /// <summary>What a token and its successors by refreshing have in common, for an end user with a token of the platform.</summary>
    public string? TokenFamily { get; init; }

    /// <summary>When the token was issued, for an end user. Of a token that tells whole seconds only, the end of that second: the latest it can have been.</summary>
    public DateTimeOffset? TokenIssuedAt { get; init; }

    /// <summary>When the token ends, for an end user.</summary>
    public DateTimeOffset? TokenExpiresAt { get; init; }

    /// <summary>The platform itself in a tenant's name: passes every right, so it never comes from a request.</summary>
    public static Caller Platform(TenantId tenant, string? keyId = null) => new() { Kind = CallerKind.Backend, Tenant = tenant, KeyId = keyId };

    /// <summary>A backend that speaks for the tenant itself, not for a user.</summary>
    public bool IsSystem => Kind == CallerKind.Backend && User is null;

    /// <summary>What one caller's idempotency keys and rate buckets are told apart by.</summary>
    public string Key => Kind switch
    {
        CallerKind.Admin => "admin",
        CallerKind.Backend => User is { } user ? $"{Tenant.Value}/key:{KeyId}/{user.Value}" : $"{Tenant.Value}/key:{KeyId}",
        _ => $"{Tenant.Value}/user:{User!.Value.Value}",
    };

    /// <summary>The user.</summary>
    /// <exception cref="RefusedException"><c>on_behalf_of_required</c> for a backend that names none.</exception>
    public UserId RequireUser() => User ?? throw Refusal.OnBehalfOfRequired.AsException();

    /// <summary>Who did it, for the record: <c>admin</c>, <c>key:{id}</c> or <c>user:{id}</c>.</summary>
    public string Actor => Kind switch
    {
        CallerKind.Admin => "admin",
        CallerKind.Backend => $"key:{KeyId}",
        _ => $"user:{User!.Value.Value}",
    };

    /// <summary>The tenant.</summary>
    /// <exception cref="RefusedException"><c>not_allowed</c> for the platform admin, who belongs to none.</exception>
    public TenantId RequireTenant() => Kind == CallerKind.Admin ? throw Refusal.NotAllowed.With("The admin key is for tenants and their keys; use an API key of the tenant.") : Tenant;

    /// <summary>Refuses an API key without the scope; see <see cref="HasScope"/>.</summary>
    /// <exception cref="RefusedException"><c>insufficient_scope</c>, naming it.</exception>
    public void RequireScope(string scope)
    {
        if (!HasScope(scope))
        {
            throw Refusal.InsufficientScope.With($"The API key lacks the scope {scope}.");
        }
    }

    /// <summary>Refuses everyone but a tenant's backend whose key has the scope.</summary>
    /// <exception cref="RefusedException"><c>not_allowed</c>, <c>insufficient_scope</c>.</exception>
    public TenantId RequireBackend(string scope)
    {
        var tenant = RequireTenant();
        if (Kind != CallerKind.Backend)
        {
            throw Refusal.NotAllowed.With("Only the tenant's backend may do this, with an API key.");
        }

        RequireScope(scope);
        return tenant;
    }

    /// <summary>Whether an API key's scopes allow <paramref name="scope"/> (<c>area:read</c> or <c>area:write</c>; write includes read). Others have no scopes and are judged by role.</summary>
    public bool HasScope(string scope) =>
        Kind != CallerKind.Backend || Scopes.Count == 0 || Scopes.Contains(scope)
        || (scope.EndsWith(":read", StringComparison.Ordinal) && Scopes.Contains(string.Concat(scope.AsSpan(0, scope.Length - 4), "write")));
}
