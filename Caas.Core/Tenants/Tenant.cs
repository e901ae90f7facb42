using Caas.Contracts;
using Caas.Core.BeforeSend;
using Caas.Core.Blocklists;
using Caas.Core.Calls;
using Caas.Core.Push;
using Caas.Core.Tokens;

namespace Caas.Core.Tenants;

/// <summary>A tenant's projection.</summary>
public sealed record Tenant
{
    public required TenantId Id { get; init; }
    public required string Name { get; init; }
    public required TenantSettings Settings { get; init; }

    /// <summary>What the platform admin lets it have; null: everything.</summary>
    public TenantQuotas? Quotas { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Set once it is deleted: a tombstone, its id is never given again.</summary>
    public DateTimeOffset? DeletedAt { get; init; }

    /// <summary>The secret with which the tenant signs user tokens itself, sealed where a master key is set; null: none.</summary>
    public TenantTokenSecret? TokenSecret { get; init; }

    /// <summary>What its users may not write.</summary>
    public Blocklist Blocklist { get; init; } = Blocklist.Empty;

    /// <summary>Its own accounts for pushes and mails; at most one of a channel.</summary>
    public IReadOnlyList<DeliveryAccount> Delivery { get; init; } = [];

    /// <summary>Its own STUN and TURN servers.</summary>
    public TurnServers TurnServers { get; init; } = TurnServers.None;

    /// <summary>The place that is asked before a user's message is stored; null: none.</summary>
    public BeforeSendHook? BeforeSend { get; init; }

    /// <summary>The seq of the last entry of <c>$tenant</c> that is folded in.</summary>
    public required long Rev { get; init; }

    /// <summary>How long a user token of this tenant may live.</summary>
    public TimeSpan MostTokenLifetime => Settings.MaxTokenLifetimeSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : TokenOptions.DefaultMostLifetime;
}

/// <param name="Kid"><c>{tenant}/HS256/{n}</c>: names the tenant and the algorithm.</param>
/// <param name="Sealed">The secret sealed with the master key where one is set.</param>
public sealed record TenantTokenSecret(string Kid, string Sealed, DateTimeOffset CreatedAt)
{
    /// <summary>What the secret is sealed for.</summary>
    internal static string Purpose(string kid) => $"token-secret/{kid}";
}
