using System.Text;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Json;
using Caas.Core.Secrets;
using Caas.Core.Tenants;

namespace Caas.Core.Calls;

/// <summary>The tenant's own STUN and TURN servers, for its backend. A change counts everywhere within 5 s, for credentials that are asked for from then on.</summary>
public sealed class TurnServerService(TenantWriter writer, SecretSealer sealer)
{
    private const int LeastSeconds = 60;
    private const int MostSeconds = 172_800;

    /// <exception cref="RefusedException"><c>not_allowed</c>, <c>insufficient_scope</c>.</exception>
    public async Task<TurnServersResponse> GetAsync(Caller caller, CancellationToken cancellationToken) =>
        View((await writer.RequireAsync(caller.RequireBackend(Scopes.TenantRead), cancellationToken)).TurnServers);

    /// <summary>Replaces them; without any the platform's count again. A secret that is not given stays.</summary>
    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>not_allowed</c>, <c>insufficient_scope</c>.</exception>
    public async Task<TurnServersResponse> PutAsync(Caller caller, PutTurnServersRequest request, CancellationToken cancellationToken)
    {
        var id = caller.RequireBackend(Scopes.TenantWrite);
        var (stun, turn) = (request.StunUrls ?? [], request.TurnUrls ?? []);
        var now = (await writer.RequireAsync(id, cancellationToken)).TurnServers;
        new Validation()
            .Check(stun.Count <= IceUrls.Most && stun.All(IceUrls.IsStun), "stunUrls", $"must be at most {IceUrls.Most} addresses such as stun:stun.example.com:3478")
            .Check(turn.Count <= IceUrls.Most && turn.All(IceUrls.IsTurn), "turnUrls", $"must be at most {IceUrls.Most} addresses such as turn:turn.example.com:3478?transport=udp")
            .Check(request.Secret is null || IsSecret(request.Secret), "secret", $"must be {IceUrls.LeastSecret} to {IceUrls.MostSecret} characters")
            .Check(turn.Count == 0 || request.Secret is not null || now.Sealed is not null, "secret", "is needed where there are turnUrls")
            .Check(request.CredentialSeconds is null or (>= LeastSeconds and <= MostSeconds), "credentialSeconds", $"must be {LeastSeconds} to {MostSeconds}")
            .ThrowIfAny();
        if (request.Secret is null && now.CredentialSeconds == request.CredentialSeconds && now.StunUrls.SequenceEqual(stun) && now.TurnUrls.SequenceEqual(turn))
        {
            return View(now);
        }

        var sealedSecret = request.Secret is { } secret ? await sealer.SealAsync(Encoding.UTF8.GetBytes(secret), TurnServers.Purpose(id), cancellationToken) : now.Sealed;
        return await SaveAsync(caller, id, new(stun, turn, sealedSecret, request.CredentialSeconds), cancellationToken);
    }

    /// <summary>Takes them and their secret away: the platform's count again. Of none nothing changes.</summary>
    /// <exception cref="RefusedException"><c>not_allowed</c>, <c>insufficient_scope</c>.</exception>
    public async Task DeleteAsync(Caller caller, CancellationToken cancellationToken)
    {
        var id = caller.RequireBackend(Scopes.TenantWrite);
        if (!(await writer.RequireAsync(id, cancellationToken)).TurnServers.IsEmpty)
        {
            await SaveAsync(caller, id, TurnServers.None, cancellationToken);
        }
    }

    private async Task<TurnServersResponse> SaveAsync(Caller caller, TenantId id, TurnServers servers, CancellationToken cancellationToken)
    {
        var data = new TurnServersChangedData(caller.Actor, servers.StunUrls, servers.TurnUrls, servers.CredentialSeconds, servers.Sealed is { } text ? new(text) : null);
        return View((await writer.AppendAsync(caller, id, SystemEntryTypes.TurnServersChanged, data, IdentityJsonContext.Default.TurnServersChangedData, cancellationToken)).TurnServers);
    }

    private static bool IsSecret(string text) => text.Length is >= IceUrls.LeastSecret and <= IceUrls.MostSecret && !text.Any(char.IsControl) && TenantRules.IsWellFormed(text);

    private static TurnServersResponse View(TurnServers servers) => new(servers.StunUrls, servers.TurnUrls, servers.Sealed is not null, servers.CredentialSeconds);
}
