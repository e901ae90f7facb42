using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using Caas.Contracts;

namespace Caas.Core.Webhooks;

/// <summary>A place of a tenant's that is told what happens: projected from the tenant's log.</summary>
public sealed record Webhook
{
    /// <summary>Not in what is stored: it is where it is stored.</summary>
    [JsonIgnore]
    public TenantId Tenant { get; init; }
    public required string Id { get; init; }
    public required string Url { get; init; }

    /// <summary>As <see cref="EventLog.EventTypeFilter"/> reads them; empty: everything.</summary>
    public required IReadOnlyList<string> Events { get; init; }

    /// <summary>The position of the tenant's history behind which it begins.</summary>
    public required long Start { get; init; }

    public required WebhookSecret Secret { get; init; }

    public WebhookSecret? PreviousSecret { get; init; }

    public DateTimeOffset? PreviousUntil { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? DisabledAt { get; init; }

    public string? DisabledReason { get; init; }

    /// <summary>Since when it has this address, or was enabled again: what was answered before says nothing of it. Null: since it was made.</summary>
    public DateTimeOffset? RenewedAt { get; init; }

    /// <summary>The seq of the entry that made it: how many there may be is decided in this order. 0 in rows of earlier versions, which came before all others.</summary>
    public long Made { get; init; }

    /// <summary>The seq of the last entry of <c>$tenant</c> that is folded in.</summary>
    public required long Rev { get; init; }
}

/// <param name="Purpose">What it is sealed for.</param>
public sealed record WebhookSecret(string Sealed, string Purpose);

/// <summary>One event on its way to one webhook.</summary>
/// <param name="Id">The position as text, or <c>ping-…</c>.</param>
/// <param name="Position">In the tenant's history; 0: a test.</param>
/// <param name="Lane">Deliveries of the same lane go one behind the other: a digest of the log's name, which may be a user's.</param>
/// <param name="Type">The entry's type.</param>
/// <param name="At">When it was put in line.</param>
/// <param name="NextAt">While it is pending: when it is tried next.</param>
/// <param name="FirstTriedAt">From then on it is tried for a day.</param>
public sealed record WebhookDelivery(string Id, long Position, string Lane, string Type, WebhookDeliveryState State, DateTimeOffset At, DateTimeOffset? NextAt, DateTimeOffset? FirstTriedAt, int Attempts, IReadOnlyList<WebhookAttempt> Last)
{
    public const string PingType = "webhook.ping";
    private const int KeptAttempts = 5;

    /// <summary>How often it was changed since it was put in line. Absent in rows of earlier versions, which is 0.</summary>
    public long Rev { get; init; }

    [JsonIgnore]
    public bool IsPing => Position == 0;

    /// <summary>Sorts by time, then by position.</summary>
    [JsonIgnore]
    public string Place => string.Create(CultureInfo.InvariantCulture, $"{PlaceOf(At)}{Position:D19}{Id}");

    /// <summary>Before all deliveries of a time.</summary>
    public static string PlaceOf(DateTimeOffset at) => at.ToUnixTimeMilliseconds().ToString("D15", CultureInfo.InvariantCulture);

    public static WebhookDelivery Of(Feed.FeedItem item, DateTimeOffset at) => new(
        item.Position.ToString(CultureInfo.InvariantCulture),
        item.Position,
        Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(item.Entry.Log.ToString())), 0, 8),
        item.Entry.Type,
        WebhookDeliveryState.Pending,
        at,
        at,
        null,
        0,
        []);

    /// <summary>The header <c>webhook-id</c>: unique among all tenants, for several may tell the same receiver.</summary>
    public string MessageId(TenantId tenant) => $"evt_{tenant}_{Id}";

    /// <summary>What waits since before the webhook was renewed waits no longer.</summary>
    public WebhookDelivery Since(DateTimeOffset? renewed, DateTimeOffset now) => NextAt > now && Last is [{ At: var last }, ..] && last < renewed ? this with { NextAt = now } : this;

    /// <summary>The next rev of it, with one attempt more; whether that ends it is to be judged.</summary>
    public WebhookDelivery Tried(WebhookAttempt attempt) => this with { Rev = Rev + 1, Attempts = Attempts + 1, FirstTriedAt = FirstTriedAt ?? attempt.At, Last = [attempt, .. Last.Take(KeptAttempts - 1)] };
}
