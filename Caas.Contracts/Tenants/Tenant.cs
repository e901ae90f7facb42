using System.Diagnostics.CodeAnalysis;

namespace Caas.Contracts;

/// <summary>Creates a tenant.</summary>
/// <param name="Name">What people call it, 1 to 200 characters.</param>
/// <param name="Id">1 to 40 of <c>a-z 0-9 -</c>; made from a UUID when absent.</param>
public sealed record CreateTenantRequest(string Name, string? Id = null);

/// <summary>A tenant: one isolated customer application.</summary>
public sealed record TenantResponse(string Id, string Name, TenantSettings Settings, DateTimeOffset CreatedAt, TenantQuotas? Quotas = null);

/// <summary>What a tenant decides for itself. An absent field takes the platform's default.</summary>
/// <remarks>Generated JSON readers set every <c>init</c> property, absent ones to null: hence the setters.</remarks>
public sealed record TenantSettings
{
    /// <summary>Origins that browsers may call the API from, such as <c>https://app.example.com</c>; <c>*</c> for any. Default: none.</summary>
    [AllowNull]
    public IReadOnlyList<string> CorsOrigins { get; init => field = value ?? []; } = [];

    /// <summary>Rate limits of this tenant; absent values are the platform's.</summary>
    [AllowNull]
    public TenantRateLimits RateLimits { get; init => field = value ?? new(); } = new();

    /// <summary>Longest life of a user token, in seconds, 60 to 604,800. Default 86,400.</summary>
    public int? MaxTokenLifetimeSeconds { get; init; }

    /// <summary>How long a sender may edit a message, in seconds. 0 forbids edits; null: the platform's default (no limit).</summary>
    public int? EditWindowSeconds { get; init; }

    /// <summary>Messages that are older are erased, in days, 1 to 36,500. Null: they are kept.</summary>
    public int? RetentionDays { get; init; }

    /// <summary>Whether the platform looks at the links in messages. False: never; null: as the platform does by default.</summary>
    public bool? LinkPreviews { get; init; }

    /// <summary>What counts as spam; null: nothing does.</summary>
    public TenantSpamLimits? Spam { get; init; }

    /// <summary>What roles may do otherwise than by the platform's table; null: all as there.</summary>
    public TenantPermissions? Permissions { get; init; }

    /// <summary>What notifications say; null: as the platform says it.</summary>
    public TenantNotifications? Notifications { get; init; }
}

/// <summary>A tenant's own rate limits. Null: the platform's; 0: off.</summary>
public sealed record TenantRateLimits(int? PerKeyPerMinute = null, int? PerUserPerMinute = null, int? HubMessagesPerSecond = null, int? HubTypingPerSecond = null, int? HubJoinsPerSecond = null);

/// <summary>What a tenant has, and has used in this calendar month (UTC).</summary>
/// <param name="Users">Users who are not deactivated.</param>
/// <param name="Conversations">Conversations that are not deleted.</param>
/// <param name="Messages">Messages in them, deleted ones included.</param>
/// <param name="Month">Such as <c>2026-11</c>.</param>
/// <param name="MonthlyActiveUsers">Users who sent a message or had a realtime connection in the month, each once.</param>
/// <param name="MonthlyMessages">Messages sent in the month, whatever became of them.</param>
/// <param name="Connections">Realtime connections now, as far as replicas said (every 5 s).</param>
/// <param name="PeakConnections">The most at a time in the month.</param>
/// <param name="Attachments">Uploaded files, and those that are announced.</param>
/// <param name="StorageBytes">Their bytes, thumbnails included.</param>
/// <param name="Quotas">What the tenant may have; null: everything.</param>
public sealed record TenantUsageResponse(
    long Users, long ActiveApiKeys, long Conversations, long Messages, string Month = "", long MonthlyActiveUsers = 0, long MonthlyMessages = 0, long Connections = 0, long PeakConnections = 0,
    long Attachments = 0, long StorageBytes = 0, TenantQuotas? Quotas = null);

/// <summary>What counts as spam of one user, over all conversations. Null: nothing; who moderates a conversation, and the backend, may send there as they like.</summary>
/// <param name="MessagesPerMinute">The most messages. 0: as many as one likes.</param>
/// <param name="RepeatsPerMinute">The most messages of the same words, whatever their case, accents and signs. 0: as many as one likes.</param>
/// <param name="LinksPerMessage">The most links in one message. 0: none.</param>
/// <param name="LinkMessagesPerMinute">The most messages with links. 0: as many as one likes.</param>
public sealed record TenantSpamLimits(int? MessagesPerMinute = null, int? RepeatsPerMinute = null, int? LinksPerMessage = null, int? LinkMessagesPerMinute = null);

/// <summary>The tenant's own HS256 secret, with which it may mint user tokens itself. Shown once.</summary>
/// <param name="Kid">What to put into the token's <c>kid</c> header.</param>
/// <param name="Secret">The shared secret: 43 characters with 256 random bits. The HMAC's key is this text as it stands, not what it decodes to.</param>
public sealed record TokenSecretResponse(string Kid, string Secret, DateTimeOffset CreatedAt);
