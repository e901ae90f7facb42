using Caas.Core.Tenants;

namespace Caas.Core.Calls;

/// <summary>A tenant's own STUN and TURN servers.</summary>
/// <param name="Sealed">The secret that it shares with them, sealed; null: there is none.</param>
/// <param name="CredentialSeconds">Null: as long as the platform's.</param>
public sealed record TurnServers(IReadOnlyList<string> StunUrls, IReadOnlyList<string> TurnUrls, string? Sealed = null, int? CredentialSeconds = null)
{
    public static readonly TurnServers None = new([], []);

    public bool IsEmpty => StunUrls.Count == 0 && TurnUrls.Count == 0 && Sealed is null && CredentialSeconds is null;

    /// <summary>What a tenant's secret is sealed for.</summary>
    internal static string Purpose(TenantId tenant) => $"turn-secret/{tenant.Value}";
}

/// <summary>The whole of them, of <c>turn_servers.changed</c>. The secret stands apart, see <see cref="Entries.ReservedData"/>.</summary>
internal sealed record TurnServersChangedData(string By, IReadOnlyList<string> StunUrls, IReadOnlyList<string> TurnUrls, int? CredentialSeconds, SealedSecret? Secret);
