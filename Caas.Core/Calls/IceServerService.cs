using System.Text;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Secrets;
using Caas.Core.Tenants;
using Microsoft.Extensions.Options;

namespace Caas.Core.Calls;

/// <summary>Which STUN and TURN servers a user's devices use: the tenant's own where it has any, otherwise the platform's; with credentials for this user alone.</summary>
public sealed class IceServerService(TenantDirectory tenants, SecretSealer sealer, IOptions<CallOptions> options, CallMetrics metrics, TimeProvider clock)
{
    /// <exception cref="RefusedException"><c>on_behalf_of_required</c>, <c>not_allowed</c>, <c>insufficient_scope</c>, <c>unavailable</c>.</exception>
    public async Task<IceServersResponse> GetAsync(Caller caller, CancellationToken cancellationToken)
    {
        var tenant = caller.RequireTenant();
        caller.RequireScope(Scopes.ConversationsRead);
        var user = caller.RequireUser();
        var platform = options.Value;
        var own = (await tenants.FindAsync(tenant, cancellationToken))?.TurnServers is { } set && (set.StunUrls.Count > 0 || set.TurnUrls.Count > 0) ? set : null;
        metrics.AskedForServers(own is not null ? "tenant" : platform.StunUrls.Count + platform.TurnUrls.Count > 0 ? "platform" : "none");
        if (own is null)
        {
            return Shape(tenant, user, platform.StunUrls, platform.TurnUrls, Encoding.UTF8.GetBytes(platform.TurnSecret ?? ""), platform.TurnLifetime);
        }

        var secret = own.Sealed is { } text ? await sealer.UnsealAsync(text, TurnServers.Purpose(tenant), cancellationToken) : [];
        return Shape(tenant, user, own.StunUrls, own.TurnUrls, secret, own.CredentialSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : platform.TurnLifetime);
    }

    private IceServersResponse Shape(TenantId tenant, UserId user, IReadOnlyList<string> stun, IReadOnlyList<string> turn, byte[] secret, TimeSpan lifetime)
    {
        var servers = new List<IceServer>();
        if (stun.Count > 0)
        {
            servers.Add(new(stun));
        }

        if (turn.Count == 0)
        {
            return new(servers);
        }

        var end = DateTimeOffset.FromUnixTimeSeconds((clock.GetUtcNow() + lifetime).ToUnixTimeSeconds());
        var (username, password) = TurnCredentials.Create(secret, tenant, user, end);
        servers.Add(new(turn, username, password));
        return new(servers, end);
    }
}
