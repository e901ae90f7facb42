using System.Text.Json;
using Caas.Core.Entries;
using Caas.Core.Json;

namespace Caas.Core.Webhooks;

/// <summary>What entries of <c>$tenant</c> make of webhooks. Every step may be repeated.</summary>
public sealed class WebhookFold(IWebhookStore webhooks)
{
    /// <summary>Whether it is about a webhook.</summary>
    public static bool Handles(string type) => type is SystemEntryTypes.WebhookCreated or SystemEntryTypes.WebhookChanged or SystemEntryTypes.WebhookSecretRotated or SystemEntryTypes.WebhookDisabled or SystemEntryTypes.WebhookDeleted;

    public async Task ApplyAsync(Entry entry, JsonElement data, CancellationToken cancellationToken)
    {
        var (tenant, id) = (entry.Log.Tenant, data.GetProperty("id").GetString()!);
        if (entry.Type == SystemEntryTypes.WebhookDeleted)
        {
            await webhooks.DeleteAsync(tenant, id, cancellationToken);
            return;
        }

        if (entry.Type == SystemEntryTypes.WebhookCreated)
        {
            var created = data.Deserialize(IdentityJsonContext.Default.WebhookCreatedData)!;
            await webhooks.SaveAsync(
                new() { Tenant = tenant, Id = id, Url = created.Url, Events = created.Events, Start = created.Start, Secret = Secret(entry, created.Secret.Sealed), CreatedAt = entry.At, Rev = entry.Seq },
                cancellationToken);
            return;
        }

        if (await webhooks.FindAsync(tenant, id, cancellationToken) is { } webhook && webhook.Rev < entry.Seq)
        {
            if (entry.Type == SystemEntryTypes.WebhookChanged && data.TryGetProperty("enabled", out var enabled) && enabled.GetBoolean())
            {
                await webhooks.SetFailingAsync(tenant, id, null, cancellationToken);
            }

            await webhooks.SaveAsync(Apply(webhook, entry, data) with { Rev = entry.Seq }, cancellationToken);
        }
    }

    private static Webhook Apply(Webhook webhook, Entry entry, JsonElement data)
    {
        switch (entry.Type)
        {
            case SystemEntryTypes.WebhookSecretRotated:
                var rotated = data.Deserialize(IdentityJsonContext.Default.WebhookSecretRotatedData)!;
                return webhook with { PreviousSecret = webhook.Secret, PreviousUntil = rotated.PreviousUntil, Secret = Secret(entry, rotated.Secret.Sealed) };
            case SystemEntryTypes.WebhookDisabled:
                return webhook with { DisabledAt = webhook.DisabledAt ?? entry.At, DisabledReason = webhook.DisabledReason ?? data.Deserialize(IdentityJsonContext.Default.WebhookDisabledData)!.Reason };
            default:
                var changed = data.Deserialize(IdentityJsonContext.Default.WebhookChangedData)!;
                webhook = webhook with { Url = changed.Url ?? webhook.Url, Events = changed.Events ?? webhook.Events };
                return changed.Enabled switch
                {
                    true => webhook with { DisabledAt = null, DisabledReason = null },
                    false => webhook with { DisabledAt = webhook.DisabledAt ?? entry.At, DisabledReason = webhook.DisabledReason ?? "request" },
                    null => webhook,
                };
        }
    }

    /// <summary>The first secret and each later one has a purpose of its own: none can stand in for another.</summary>
    private static WebhookSecret Secret(Entry entry, string sealedSecret) => new(sealedSecret, Purpose(entry.Log.Tenant, entry.Data!.Value.GetProperty("id").GetString()!));

    internal static string Purpose(TenantId tenant, string id) => $"webhook/{tenant}/{id}";
}
