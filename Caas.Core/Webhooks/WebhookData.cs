using Caas.Core.Tenants;

namespace Caas.Core.Webhooks;

// What the entries of $tenant say about webhooks.

/// <param name="Events">Empty: everything.</param>
/// <param name="Start">The position of the history behind which it begins.</param>
internal sealed record WebhookCreatedData(string By, string Id, string Url, IReadOnlyList<string> Events, long Start, SealedSecret Secret);

/// <summary>Only what was changed.</summary>
/// <param name="Enabled">Whether it is told from now on.</param>
internal sealed record WebhookChangedData(string By, string Id, string? Url, IReadOnlyList<string>? Events, bool? Enabled);

internal sealed record WebhookSecretRotatedData(string By, string Id, DateTimeOffset PreviousUntil, SealedSecret Secret);

/// <param name="Reason"><c>failing</c> or <c>gone</c>.</param>
/// <param name="FailingSince">Since when every attempt had failed.</param>
/// <param name="Rev">The webhook that was judged: one that was changed since is not disabled. Null in older entries, which are taken as they are.</param>
internal sealed record WebhookDisabledData(string By, string Id, string Url, string Reason, DateTimeOffset? FailingSince, long? Rev = null);

internal sealed record WebhookDeletedData(string By, string Id);
