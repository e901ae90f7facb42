using Caas.Core.Callers;

namespace Caas.Core.Audit;

/// <summary>A call that was refused and is of interest to the tenant: credentials that do not hold, or a right that the caller lacks.</summary>
/// <param name="By">Who, as far as it is proven: <c>key:{id}</c>, <c>user:{id}</c>, or <c>anonymous</c>.</param>
/// <param name="Sort">With whom it is counted where there are too many.</param>
/// <param name="User">Whom <paramref name="By"/> and <paramref name="Target"/> name.</param>
internal sealed record RefusedCall(TenantId Tenant, string By, string Action, string Reason, RefusedBy Sort, IReadOnlyDictionary<string, string> Target, UserId? User, AuditOrigin Origin)
{
    public const string AuthFailed = "auth.failed";
    public const string AccessRefused = "access.refused";
    private const string Anonymous = "anonymous";

    /// <summary>What is counted as one.</summary>
    public RefusedKind Kind => CredentialFaults.IsCommon(Reason)
        ? new(Action, Reason, "", null)
        : new(Action, Reason, $"{By} {string.Join(' ', Target.Select(named => named.Value))}", Origin.IpAddress);

    /// <summary>Whether who calls is who they say, so that the tenant is there.</summary>
    public bool Proven => Sort != RefusedBy.Anybody;

    public static RefusedCall Of(CredentialAttempt attempt, AuditOrigin origin)
    {
        var target = new Dictionary<string, string>();
        if (attempt.KeyId is { } key)
        {
            target["keyId"] = key;
        }

        if (attempt.User is { } user)
        {
            target["userId"] = user.Value;
        }

        var by = !attempt.Proven ? Anonymous : attempt.KeyId is { } proven ? $"key:{proven}" : attempt.User is { } who ? $"user:{who}" : Anonymous;
        var sort = !attempt.Proven ? RefusedBy.Anybody : attempt.User is null ? RefusedBy.Keys : RefusedBy.Users;
        return new(attempt.Tenant, by, AuthFailed, attempt.Reason, sort, target, attempt.User, origin);
    }

    /// <param name="operation">What was to be done, by its name in the API.</param>
    /// <param name="scope">What the API key lacks.</param>
    public static RefusedCall Of(Caller caller, string operation, string reason, string? scope, AuditOrigin origin)
    {
        var target = new Dictionary<string, string> { ["operation"] = operation };
        if (scope is not null)
        {
            target["scope"] = scope;
        }

        var user = caller.Kind == CallerKind.User ? caller.User : null;
        return new(caller.Tenant, caller.Actor, AccessRefused, reason, user is null ? RefusedBy.Keys : RefusedBy.Users, target, user, origin);
    }

    /// <summary>Of everybody of a <see cref="Sort"/> together: what was too much to be told one by one.</summary>
    public RefusedCall OfAll() => this with { By = Anonymous, Reason = "various", Target = new Dictionary<string, string>(), User = null, Origin = new(null, Origin.TraceId) };

    /// <summary>Of all whom it happened to alike.</summary>
    public RefusedCall OfKind() => CredentialFaults.IsCommon(Reason) ? OfAll() with { Reason = Reason } : this;

    /// <summary>Without the user, who was erased, and without where the user is.</summary>
    public RefusedCall WithoutUser() =>
        this with { Origin = Origin with { IpAddress = null }, By = User is { } user && By == $"user:{user}" ? Anonymous : By, Target = Target.Where(named => named.Key != "userId").ToDictionary(), User = null };
}

/// <summary>Who is refused, as far as it matters for how much is recorded: each of them has a number of records of its own.</summary>
internal enum RefusedBy
{
    /// <summary>Who proves nothing: anybody can make up as many of these as they like.</summary>
    Anybody,

    /// <summary>The tenant's users.</summary>
    Users,

    /// <summary>Who has one of the tenant's secrets, or had.</summary>
    Keys,
}

/// <summary>Calls of one kind are counted together.</summary>
internal readonly record struct RefusedKind(string Action, string Reason, string Who, string? Address);

/// <summary>One record of the audit log.</summary>
/// <param name="Count">How many calls it stands for.</param>
/// <param name="Since">When the first of several came.</param>
internal sealed record RefusedCalls(RefusedCall Call, int Count, DateTimeOffset? Since);
