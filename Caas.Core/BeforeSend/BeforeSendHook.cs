using Caas.Contracts;
using Caas.Core.Tenants;
using Caas.Core.Webhooks;

namespace Caas.Core.BeforeSend;

/// <summary>The place that a tenant has asked before a user's message is stored: part of the tenant.</summary>
/// <param name="TimeoutMs">Null: as long as the platform lets it.</param>
public sealed record BeforeSendHook(string Url, int? TimeoutMs, BeforeSendFallback OnFailure, DateTimeOffset CreatedAt, WebhookSecret Secret, WebhookSecret? PreviousSecret = null, DateTimeOffset? PreviousUntil = null)
{
    /// <summary>What its secrets are sealed for.</summary>
    internal static string Purpose(TenantId tenant) => $"before-send-hook/{tenant.Value}";
}

// What the entries of $tenant say about it.

/// <param name="Secret">Where there was no hook before: its first secret.</param>
internal sealed record BeforeSendHookChangedData(string By, string Url, int? TimeoutMs, BeforeSendFallback OnFailure, SealedSecret? Secret);

internal sealed record BeforeSendHookSecretRotatedData(string By, DateTimeOffset PreviousUntil, SealedSecret Secret);

internal sealed record BeforeSendHookDeletedData(string By);
