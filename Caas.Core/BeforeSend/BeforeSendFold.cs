using System.Text.Json;
using Caas.Core.Entries;
using Caas.Core.Json;
using Caas.Core.Webhooks;

namespace Caas.Core.BeforeSend;

/// <summary>What entries of <c>$tenant</c> make of the hook.</summary>
internal static class BeforeSendFold
{
    public static bool Handles(string type) => type is SystemEntryTypes.BeforeSendHookChanged or SystemEntryTypes.BeforeSendHookSecretRotated or SystemEntryTypes.BeforeSendHookDeleted;

    public static BeforeSendHook? Apply(BeforeSendHook? hook, Entry entry, JsonElement data)
    {
        switch (entry.Type)
        {
            case SystemEntryTypes.BeforeSendHookSecretRotated:
                var rotated = data.Deserialize(IdentityJsonContext.Default.BeforeSendHookSecretRotatedData)!;
                return hook is null ? null : hook with { PreviousSecret = hook.Secret, PreviousUntil = rotated.PreviousUntil, Secret = Secret(entry, rotated.Secret.Sealed) };
            case SystemEntryTypes.BeforeSendHookChanged:
                var changed = data.Deserialize(IdentityJsonContext.Default.BeforeSendHookChangedData)!;
                return hook is not null
                    ? hook with { Url = changed.Url, TimeoutMs = changed.TimeoutMs, OnFailure = changed.OnFailure }
                    : changed.Secret is { } secret ? new(changed.Url, changed.TimeoutMs, changed.OnFailure, entry.At, Secret(entry, secret.Sealed)) : null; // Deleted at the moment when it was changed: it stays deleted.
            default:
                return null;
        }
    }

    private static WebhookSecret Secret(Entry entry, string text) => new(text, BeforeSendHook.Purpose(entry.Log.Tenant));
}
