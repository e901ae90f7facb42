using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Tenants;

namespace Caas.Core.ApiKeys;

/// <summary>What an API key may be made of, and by whom.</summary>
internal static class ApiKeyRules
{
    /// <summary>Keys of a tenant that are neither revoked nor expired.</summary>
    public const int MaxActive = 1_000;

    private const int MaxAllowedIps = 100;

    /// <exception cref="RefusedException"><c>validation_failed</c> with everything that is wrong.</exception>
    public static void Require(CreateApiKeyRequest request, DateTimeOffset now)
    {
        var validation = TenantRules.Name(new(), request.Name)
            .Check(request.ExpiresAt is null || request.ExpiresAt > now, "expiresAt", "must be in the future")
            .Check(request.AllowedIps is null || request.AllowedIps.Count <= MaxAllowedIps, "allowedIps", $"must be at most {MaxAllowedIps}")
            .Check(request.Scopes is null || request.Scopes.Count <= Scopes.All.Count, "scopes", $"must be at most {Scopes.All.Count}");
        foreach (var unknown in (request.Scopes ?? []).Where(scope => !Scopes.All.Contains(scope)).Take(Scopes.All.Count))
        {
            validation.Check(false, "scopes", $"holds an unknown scope, {Short(unknown)}; known are {string.Join(", ", Scopes.All)}");
        }

        foreach (var wrong in (request.AllowedIps ?? []).Where(entry => !IpAllowList.IsValid(entry)).Take(MaxAllowedIps))
        {
            validation.Check(false, "allowedIps", $"holds {Short(wrong)}, which is neither an address nor a CIDR range");
        }

        validation.ThrowIfAny();
    }

    /// <summary>A key may not make, or take over, one that may do more than itself.</summary>
    /// <exception cref="RefusedException"><c>insufficient_scope</c>.</exception>
    public static void RequireCovers(Caller caller, IReadOnlyList<string> scopes)
    {
        if (caller.Kind == CallerKind.Backend && caller.Scopes.Count > 0 && (scopes.Count == 0 || !scopes.All(caller.HasScope)))
        {
            throw Refusal.InsufficientScope.With("The API key may not give scopes that it lacks itself.");
        }
    }

    private static string Short(string? text) => text is null ? "null" : text.Length <= 60 ? $"\"{text}\"" : $"\"{text[..60]}…\"";
}
