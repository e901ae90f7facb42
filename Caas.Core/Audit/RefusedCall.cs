using Caas.Core.Callers;

namespace Caas.Core.Audit;

/// <summary>A call that was refused and is of interest to the tenant: credentials that do not hold, or a right that the caller lacks.</summary>
/// <param name="By">Who, as far as it is proven: <c>key:{id}</c>, <c>user:{id}</c>, or <c>anonymous</c>.</param>
/// <param name="User">Whom <paramref name="By"/> and <paramref name="Target"/> name.</param>
internal sealed record RefusedCall(TenantId Tenant, string By, string Action, string Reason, bool Proven, IReadOnlyDictionary<string, string> Target, UserId? User, AuditOrigin Origin)
{
    public const string AuthFailed = "auth.failed";
    public const string AccessRefused = "access.refused";
    private const string Anonymous = "anonymous";

    /// <summary>What is counted as one.</summary>
    public RefusedKind Kind => CredentialFaults.IsCommon(Reason)
        ? new(Action, Reason, "", null)
        : new(Action, Reason, $"{By} {string.Join(' ', Target.Select(named => named.Value))}", Origin.IpAddress);

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
        return new(attempt.Tenant, by, AuthFailed, attempt.Reason, attempt.Proven, target, attempt.User, origin);
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

        return new(caller.Tenant, caller.Actor, AccessRefused, reason, Proven: true, target, caller.Kind == CallerKind.User ? caller.User : null, origin);
    }

    /// <summary>Of everybody together: what was too much to be told one by one.</summary>
    public RefusedCall OfAll() => this with { By = Anonymous, Reason = "various", Target = new Dictionary<string, string>(), User = null, Origin = new(null, Origin.TraceId) };

    /// <summary>Of all whom it happened to alike.</summary>
    public RefusedCall OfKind() => CredentialFaults.IsCommon(Reason) ? OfAll() with { Reason = Reason } : this;

    /// <summary>Without the user, who was erased.</summary>
    public RefusedCall WithoutUser() =>
        this with { By = User is { } user && By == $"user:{user}" ? Anonymous : By, Target = Target.Where(named => named.Key != "userId").ToDictionary(), User = null };
}

/// <summary>Calls of one kind are counted together.</summary>
internal readonly record struct RefusedKind(string Action, string Reason, string Who, string? Address);

/// <summary>One record of the audit log.</summary>
/// <param name="Count">How many calls it stands for.</param>
/// <param name="Since">When the first of several came.</param>
internal sealed record RefusedCalls(RefusedCall Call, int Count, DateTimeOffset? Since);
