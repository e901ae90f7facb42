using Caas.Contracts;

namespace Caas.Core.Tenants;

/// <summary>What a tenant may be made of.</summary>
internal static class TenantRules
{
    public const int MaxName = 200;
    private const int MaxOrigins = 50;
    private const int MaxRate = 1_000_000_000;
    private const int MaxRetentionDays = 36_500;
    private const int MaxSpam = 100_000;
    private const int MaxEditWindow = 366 * 24 * 3600;

    public static Validation Name(Validation validation, string? name, string field = "name") =>
        validation.Check(!string.IsNullOrWhiteSpace(name) && name.Length <= MaxName && !name.Any(char.IsControl) && IsWellFormed(name), field, $"must be 1 to {MaxName} printable characters");

    public static Validation Settings(Validation validation, TenantSettings settings, string prefix)
    {
        var limits = settings.RateLimits;
        validation
            .Check(settings.CorsOrigins.Count <= MaxOrigins, $"{prefix}corsOrigins", $"must be at most {MaxOrigins}")
            .Check(settings.CorsOrigins.All(IsOrigin), $"{prefix}corsOrigins", "must be * or origins such as https://app.example.com, without a path")
            .Check(settings.RetentionDays is null or (>= 1 and <= MaxRetentionDays), $"{prefix}retentionDays", $"must be 1 to {MaxRetentionDays}")
            .Check(settings.MaxTokenLifetimeSeconds is null or (>= 60 and <= 604_800), $"{prefix}maxTokenLifetimeSeconds", "must be 60 to 604800")
            .Check(settings.EditWindowSeconds is null or (>= 0 and <= MaxEditWindow), $"{prefix}editWindowSeconds", $"must be 0 to {MaxEditWindow}");
        PermissionRules.Check(validation, settings.Permissions, prefix);
        Notifications.NotificationTemplates.Check(validation, settings.Notifications, prefix);
        Rate(validation, settings.Spam?.MessagesPerMinute, $"{prefix}spam.messagesPerMinute", MaxSpam);
        Rate(validation, settings.Spam?.RepeatsPerMinute, $"{prefix}spam.repeatsPerMinute", MaxSpam);
        Rate(validation, settings.Spam?.LinkMessagesPerMinute, $"{prefix}spam.linkMessagesPerMinute", MaxSpam);
        validation.Check(settings.Spam?.LinksPerMessage is null or (>= 0 and <= MaxSpam), $"{prefix}spam.linksPerMessage", $"must be 0 (none) to {MaxSpam}");
        Rate(validation, limits.PerKeyPerMinute, $"{prefix}rateLimits.perKeyPerMinute");
        Rate(validation, limits.PerUserPerMinute, $"{prefix}rateLimits.perUserPerMinute");
        Rate(validation, limits.HubMessagesPerSecond, $"{prefix}rateLimits.hubMessagesPerSecond", 1_000_000);
        Rate(validation, limits.HubTypingPerSecond, $"{prefix}rateLimits.hubTypingPerSecond", 1_000_000);
        Rate(validation, limits.HubJoinsPerSecond, $"{prefix}rateLimits.hubJoinsPerSecond", 1_000_000);
        return validation;
    }

    public static Validation Quotas(Validation validation, TenantQuotas? quotas) => quotas is null ? validation : validation
        .Check(quotas.Users is null or >= 0, "quotas.users", "must not be negative")
        .Check(quotas.Conversations is null or >= 0, "quotas.conversations", "must not be negative")
        .Check(quotas.MessagesPerMonth is null or >= 0, "quotas.messagesPerMonth", "must not be negative")
        .Check(quotas.StorageBytes is null or >= 0, "quotas.storageBytes", "must not be negative")
        .Check(quotas.Connections is null or >= 0, "quotas.connections", "must not be negative");

    /// <summary>No lone surrogates: they cannot be stored as UTF-8.</summary>
    public static bool IsWellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]) && (i + 1 >= text.Length || !char.IsSurrogatePair(text[i], text[++i])))
            {
                return false;
            }
        }

        return true;
    }

    private static void Rate(Validation validation, int? rate, string field, int most = MaxRate) =>
        validation.Check(rate is null || (rate >= 0 && rate <= most), field, $"must be 0 (off) to {most}");

    private static bool IsOrigin(string? origin) =>
        origin == "*" || (origin is not null && CorsOrigin.IsWritable(origin) && Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.UserInfo.Length == 0
            && string.Equals(uri.GetLeftPart(UriPartial.Authority), origin, StringComparison.OrdinalIgnoreCase));
}
