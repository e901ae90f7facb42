using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.EventLog;
using Caas.Core.Feed;
using Caas.Core.Json;
using Caas.Core.Outbound;
using Caas.Core.Secrets;
using Caas.Core.Tenants;
using Caas.Core.Timed;
using Microsoft.Extensions.Options;

namespace Caas.Core.Webhooks;

/// <summary>The places that a tenant's backend has told what happens. They stand in the tenant's log, their secrets sealed.</summary>
public sealed class WebhookService(TenantWriter writer, IWebhookStore webhooks, IFeedStore feed, SecretSealer sealer, IdGenerator ids, WebhookServiceSettings settings)
{
    public const int MaxUrl = 2_048;
    public const int DefaultGraceSeconds = 24 * 3600;
    public const int MaxGraceSeconds = 7 * 24 * 3600;

    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>not_allowed</c>, <c>insufficient_scope</c>, <c>limit_reached</c>.</exception>
    public async Task<CreatedWebhookResponse> CreateAsync(Caller caller, CreateWebhookRequest request, CancellationToken cancellationToken)
    {
        var tenant = caller.RequireBackend(Scopes.WebhooksWrite);
        Secret(Url(new(), request.Url), request.Secret).ThrowIfAny();
        EventTypeFilter.ParseKnown(request.Events, "events");
        await writer.RequireAsync(tenant, cancellationToken);
        var most = settings.Options.Value.MaxPerTenant;
        if ((await webhooks.ListAsync(tenant, cancellationToken)).Count >= most)
        {
            throw TooMany(most);
        }

        var (id, secret, start) = (ids.Next(), request.Secret ?? WebhookSignature.NewSecret(), await feed.ReadHeadAsync(tenant, cancellationToken));
        var data = new WebhookCreatedData(caller.Actor, id, request.Url, Events(request.Events), start, await SealAsync(tenant, id, secret, cancellationToken));
        await writer.AppendAsync(caller, tenant, SystemEntryTypes.WebhookCreated, data, IdentityJsonContext.Default.WebhookCreatedData, cancellationToken);
        if (await webhooks.FindAsync(tenant, id, cancellationToken) is { } webhook)
        {
            return Created(await ViewAsync(webhook, cancellationToken), secret);
        }

        // Others came first in the same moment (WebhookFold), or it was deleted already: either way it is not there, and the history says so.
        await writer.AppendAsync(caller, tenant, SystemEntryTypes.WebhookDeleted, new(caller.Actor, id), IdentityJsonContext.Default.WebhookDeletedData, CancellationToken.None);
        throw TooMany(most);
    }

    /// <summary>By id ascending, which is by age. All are on one page: there are few.</summary>
    /// <exception cref="RefusedException"><c>not_allowed</c>, <c>insufficient_scope</c>.</exception>
    public async Task<Page<WebhookResponse>> ListAsync(Caller caller, CancellationToken cancellationToken)
    {
        var views = new List<WebhookResponse>();
        foreach (var webhook in await webhooks.ListAsync(caller.RequireBackend(Scopes.WebhooksRead), cancellationToken))
        {
            views.Add(await ViewAsync(webhook, cancellationToken));
        }

        return new(views, null);
    }

    /// <exception cref="RefusedException"><c>not_allowed</c>, <c>insufficient_scope</c>; <c>webhook_not_found</c>, also for another tenant's.</exception>
    public async Task<WebhookResponse> GetAsync(Caller caller, string id, CancellationToken cancellationToken) =>
        await ViewAsync(await RequireAsync(caller.RequireBackend(Scopes.WebhooksRead), id, cancellationToken), cancellationToken);

    /// <summary>Changes what is set; the same once more changes nothing.</summary>
    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>not_allowed</c>, <c>insufficient_scope</c>, <c>webhook_not_found</c>.</exception>
    public async Task<WebhookResponse> UpdateAsync(Caller caller, string id, UpdateWebhookRequest request, CancellationToken cancellationToken)
    {
        var tenant = caller.RequireBackend(Scopes.WebhooksWrite);
        var validation = new Validation();
        if (request.Url.IsSet)
        {
            Url(validation, request.Url.Value);
        }

        validation.Check(!request.Enabled.IsSet || request.Enabled.Value is not null, "enabled", "must be true or false").ThrowIfAny();
        EventTypeFilter.ParseKnown(request.Events.IsSet ? request.Events.Value : null, "events");
        var webhook = await RequireAsync(tenant, id, cancellationToken);
        var url = request.Url.IsSet && request.Url.Value != webhook.Url ? request.Url.Value : null;
        var events = request.Events.IsSet && !Events(request.Events.Value).SequenceEqual(webhook.Events) ? Events(request.Events.Value) : null;
        var enabled = request.Enabled.IsSet && request.Enabled.Value != (webhook.DisabledAt is null) ? request.Enabled.Value : null;
        if (url is not null || events is not null || enabled is not null)
        {
            var data = new WebhookChangedData(caller.Actor, id, url, events, enabled);
            await writer.AppendAsync(caller, tenant, SystemEntryTypes.WebhookChanged, data, IdentityJsonContext.Default.WebhookChangedData, cancellationToken);
            webhook = await RequireAsync(tenant, id, cancellationToken);
        }

        return await ViewAsync(webhook, cancellationToken);
    }

    /// <summary>Gives it a new secret; until the grace is over everything is signed with the one before too.</summary>
    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>not_allowed</c>, <c>insufficient_scope</c>, <c>webhook_not_found</c>.</exception>
    public async Task<CreatedWebhookResponse> RotateSecretAsync(Caller caller, string id, RotateWebhookSecretRequest request, CancellationToken cancellationToken)
    {
        var tenant = caller.RequireBackend(Scopes.WebhooksWrite);
        Secret(new Validation().Check(request.GraceSeconds is null or (>= 0 and <= MaxGraceSeconds), "graceSeconds", $"must be 0 to {MaxGraceSeconds}"), request.Secret).ThrowIfAny();
        await RequireAsync(tenant, id, cancellationToken);
        var (secret, until) = (request.Secret ?? WebhookSignature.NewSecret(), TimedRules.Whole(settings.Clock.GetUtcNow() + TimeSpan.FromSeconds(request.GraceSeconds ?? DefaultGraceSeconds)));
        var data = new WebhookSecretRotatedData(caller.Actor, id, until, await SealAsync(tenant, id, secret, cancellationToken));
        await writer.AppendAsync(caller, tenant, SystemEntryTypes.WebhookSecretRotated, data, IdentityJsonContext.Default.WebhookSecretRotatedData, cancellationToken);
        return Created(await ViewAsync(await RequireAsync(tenant, id, cancellationToken), cancellationToken), secret);
    }

    /// <summary>Removes it and what is kept of its deliveries.</summary>
    /// <exception cref="RefusedException"><c>not_allowed</c>, <c>insufficient_scope</c>, <c>webhook_not_found</c>.</exception>
    public async Task DeleteAsync(Caller caller, string id, CancellationToken cancellationToken)
    {
        var tenant = caller.RequireBackend(Scopes.WebhooksWrite);
        await RequireAsync(tenant, id, cancellationToken);
        await writer.AppendAsync(caller, tenant, SystemEntryTypes.WebhookDeleted, new(caller.Actor, id), IdentityJsonContext.Default.WebhookDeletedData, cancellationToken);
    }

    private async Task<Webhook> RequireAsync(TenantId tenant, string id, CancellationToken cancellationToken) =>
        await webhooks.FindAsync(tenant, id, cancellationToken) ?? throw Refusal.WebhookNotFound.AsException();

    private async Task<SealedSecret> SealAsync(TenantId tenant, string id, string secret, CancellationToken cancellationToken) =>
        new(await sealer.SealAsync(WebhookSignature.KeyOf(secret)!, WebhookFold.Purpose(tenant, id), cancellationToken));

    private async Task<WebhookResponse> ViewAsync(Webhook webhook, CancellationToken cancellationToken) => new(
        webhook.Id,
        webhook.Url,
        webhook.Events.Count == 0 ? ["*"] : webhook.Events,
        webhook.DisabledAt is null,
        webhook.CreatedAt,
        webhook.DisabledAt,
        webhook.DisabledReason,
        await webhooks.ReadFailingAsync(webhook.Tenant, webhook.Id, cancellationToken),
        webhook.PreviousUntil > settings.Clock.GetUtcNow() ? webhook.PreviousUntil : null);

    private static RefusedException TooMany(int most) => Refusal.LimitReached.With($"A tenant has at most {most} webhooks.");

    private static CreatedWebhookResponse Created(WebhookResponse view, string secret) =>
        new(view.Id, secret, view.Url, view.Events, view.Enabled, view.CreatedAt, view.DisabledAt, view.DisabledReason, view.FailingSince, view.PreviousSecretUntil);

    private static string[] Events(IReadOnlyList<string>? events) => events is null || events.Contains("*") ? [] : [.. events.Distinct(StringComparer.Ordinal)];

    private static Validation Secret(Validation validation, string? secret) =>
        validation.Check(secret is null || WebhookSignature.KeyOf(secret) is not null, "secret", "must be whsec_ and the base64 of 24 to 64 bytes");

    /// <summary>Where a name leads to is judged at each delivery; an address that can never be told is refused here.</summary>
    private Validation Url(Validation validation, string? url)
    {
        var isUrl = url is { Length: > 0 and <= MaxUrl } && TenantRules.IsWellFormed(url) && !url.Any(char.IsControl) && Uri.TryCreate(url, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps) && uri.UserInfo.Length == 0 && uri.Fragment.Length == 0;
        validation.Check(isUrl, "url", $"must be an absolute http or https address of up to {MaxUrl} characters, without a user and a fragment");
        return validation.Check(!isUrl || settings.Options.Value.AllowPrivateAddresses || PublicAddress.MayBe(new Uri(url!).DnsSafeHost), "url", "must not lie in a private network");
    }
}

/// <summary>What decides about webhooks besides the call.</summary>
public sealed record WebhookServiceSettings(IOptions<WebhookOptions> Options, TimeProvider Clock);
