using System.Text.Json;
using Caas.Core.Entries;
using Caas.Core.Json;
using Microsoft.Extensions.Options;

namespace Caas.Core.Webhooks;

/// <summary>What entries of <c>$tenant</c> make of webhooks. Every step may be repeated.</summary>
public sealed class WebhookFold(IWebhookStore webhooks, IOptions<WebhookOptions> options)
{
    /// <summary>Whether it is about a webhook.</summary>
    public static bool Handles(string type) => type is SystemEntryTypes.WebhookCreated or SystemEntryTypes.WebhookChanged or SystemEntryTypes.WebhookSecretRotated or SystemEntryTypes.WebhookDisabled or SystemEntryTypes.WebhookDeleted;

    public async Task ApplyAsync(Entry entry, JsonElement data, CancellationToken cancellationToken)
    {
        var (tenant, id) = (entry.Log.Tenant, data.GetProperty("id").GetString()!);
        if (entry.Type == SystemEntryTypes.WebhookDeleted)
        {
            await webhooks.DeleteAsync(tenant, id, entry.Seq, cancellationToken);
            return;
        }

        if (entry.Type == SystemEntryTypes.WebhookCreated)
        {
            await CreateAsync(entry, id, data.Deserialize(IdentityJsonContext.Default.WebhookCreatedData)!, cancellationToken);
            return;
        }

        if (await webhooks.FindAsync(tenant, id, cancellationToken) is { } webhook && webhook.Rev < entry.Seq)
        {
            var changed = Apply(webhook, entry, data);
            if (changed.Url != webhook.Url || (changed.DisabledAt is null && webhook.DisabledAt is not null))
            {
                await webhooks.SetFailingAsync(tenant, id, webhook.Rev, null, cancellationToken);
                changed = changed with { RenewedAt = entry.At };
            }

            await webhooks.SaveAsync(changed with { Rev = entry.Seq }, cancellationToken);
        }
    }

    /// <summary>
    /// Of calls that come at the same moment those win whose entries come first, as long as there is room. Whoever folds the entry first decides it for all, for what was made before it is folded
    /// before it, and later there can only be fewer of those.
    /// </summary>
    private async Task CreateAsync(Entry entry, string id, WebhookCreatedData created, CancellationToken cancellationToken)
    {
        var tenant = entry.Log.Tenant;
        if ((await webhooks.ListAsync(tenant, cancellationToken)).Count(webhook => webhook.Made < entry.Seq) >= options.Value.MaxPerTenant)
        {
            await webhooks.RefuseAsync(tenant, id, entry.Seq, cancellationToken);
            return;
        }

        await webhooks.SaveAsync(
            new() { Tenant = tenant, Id = id, Url = created.Url, Events = created.Events, Start = created.Start, Secret = Secret(entry, created.Secret.Sealed), CreatedAt = entry.At, Made = entry.Seq, Rev = entry.Seq },
            cancellationToken);
    }

    private static Webhook Apply(Webhook webhook, Entry entry, JsonElement data)
    {
        switch (entry.Type)
        {
            case SystemEntryTypes.WebhookSecretRotated:
                var rotated = data.Deserialize(IdentityJsonContext.Default.WebhookSecretRotatedData)!;
                return webhook with { PreviousSecret = webhook.Secret, PreviousUntil = rotated.PreviousUntil, Secret = Secret(entry, rotated.Secret.Sealed) };
            case SystemEntryTypes.WebhookDisabled:
                var disabled = data.Deserialize(IdentityJsonContext.Default.WebhookDisabledData)!;
                return disabled.Rev < webhook.Rev
                    ? webhook // What a former address answered says nothing of this one.
                    : webhook with { DisabledAt = webhook.DisabledAt ?? entry.At, DisabledReason = webhook.DisabledReason ?? disabled.Reason };
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

    /// <summary>A secret is sealed for its webhook: another webhook's cannot stand in for it. An earlier one of the same webhook could, for whoever writes to the store.</summary>
    private static WebhookSecret Secret(Entry entry, string sealedSecret) => new(sealedSecret, Purpose(entry.Log.Tenant, entry.Data!.Value.GetProperty("id").GetString()!));

    internal static string Purpose(TenantId tenant, string id) => $"webhook/{tenant}/{id}";
}
