using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Usage;
using Microsoft.Extensions.Options;

namespace Caas.Core.Attachments;

/// <summary>Files that messages refer to: where to upload them, and links to them.</summary>
public sealed class AttachmentService(IAttachmentStore store, IAttachmentFiles files, AttachmentIntake intake, AttachmentAccess access, AttachmentLinks links, Quotas quotas, AttachmentContext context)
{
    private const int MaxName = 255;

    /// <summary>How long the last upload to a place may take that begins as its link ends.</summary>
    internal static readonly TimeSpan LastUpload = TimeSpan.FromMinutes(15);

    /// <summary>Gives a place to upload a file to.</summary>
    /// <param name="gateway">The gateway's address, as the caller knows it.</param>
    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>limit_reached</c>, <c>quota_exceeded</c>, <c>unavailable</c>.</exception>
    public async Task<AttachmentUpload> CreateAsync(Caller caller, CreateAttachmentRequest request, Uri gateway, CancellationToken cancellationToken)
    {
        var (tenant, options, now) = (caller.RequireTenant(), context.Options.Value, context.Clock.GetUtcNow());
        Require(request, options);
        if (!files.IsConfigured)
        {
            throw NoAttachmentFiles.Refused();
        }

        await RequireRoomAsync(caller, request.Size, cancellationToken);
        await quotas.RequireAsync(tenant, Quota.StorageBytes, request.Size, cancellationToken);
        var id = context.Ids.Next();
        var attachment = new StoredAttachment
        {
            Tenant = tenant,
            Id = id,
            Uploader = caller.User,
            Name = request.Name,
            Type = request.Type.ToLowerInvariant(),
            Size = request.Size,
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds()),
            Url = AttachmentLinks.UrlOf(gateway, id),
        };
        var until = now + options.UploadExpiry;
        var upload = await PlaceAsync(attachment, gateway, until, cancellationToken);

        // What is uploaded to a bucket is looked at when it is first needed; what comes through the gateway at once: after its time there is nothing.
        await store.AddAsync(attachment, until + (files.PresignUpload(attachment, until) is null ? LastUpload : options.KeepUnreferenced), cancellationToken);
        context.Metrics.Created();
        return upload;
    }

    /// <summary>The attachment with fresh links; for whoever <see cref="AttachmentAccess"/> allows.</summary>
    /// <exception cref="RefusedException"><c>attachment_not_found</c>, also where it is not allowed; <c>validation_failed</c> when what was uploaded is not what was declared; <c>unavailable</c>.</exception>
    public async Task<AttachmentResponse> GetAsync(Caller caller, string id, Uri gateway, CancellationToken cancellationToken)
    {
        var found = await FindAsync(caller.RequireTenant(), id, cancellationToken);
        if (found is null || !await access.AllowsAsync(caller, found, cancellationToken))
        {
            throw Refusal.AttachmentNotFound.AsException();
        }

        var attachment = await intake.CompleteAsync(found, cancellationToken);
        var ready = attachment.Status == AttachmentStatus.Ready;
        var until = context.Clock.GetUtcNow() + context.Options.Value.DownloadExpiry;
        return new(
            attachment.Id,
            attachment.Name,
            attachment.Type,
            attachment.Size,
            attachment.Status,
            attachment.Facts.Width,
            attachment.Facts.Height,
            attachment.Uploader?.Value,
            attachment.CreatedAt,
            attachment.Url,
            ready ? await LinkAsync(attachment, FileVariant.Original, gateway, until, cancellationToken) : null,
            ready && attachment.Facts.ThumbnailType is not null ? await LinkAsync(attachment, FileVariant.Thumbnail, gateway, until, cancellationToken) : null,
            ready ? DateTimeOffset.FromUnixTimeSeconds(until.ToUnixTimeSeconds()) : null,
            ready || !AttachmentAccess.IsMaker(caller, attachment) ? null : await PlaceAgainAsync(attachment, gateway, cancellationToken));
    }

    /// <summary>The attachment of a link that was found good.</summary>
    /// <exception cref="RefusedException"><c>attachment_not_found</c>.</exception>
    public async Task<StoredAttachment> RequireAsync(TenantId tenant, string id, CancellationToken cancellationToken) =>
        await FindAsync(tenant, id, cancellationToken) ?? throw Refusal.AttachmentNotFound.AsException();

    private async Task<StoredAttachment?> FindAsync(TenantId tenant, string id, CancellationToken cancellationToken) =>
        Guid.TryParseExact(id, "D", out _) && await store.FindManyAsync(tenant, [id], cancellationToken) is [var found] ? found : null;

    /// <summary>What users announce counts into the tenant's quota: one of them must not use it up by that alone.</summary>
    private async Task RequireRoomAsync(Caller caller, long size, CancellationToken cancellationToken)
    {
        if (caller.User is not { } user)
        {
            return;
        }

        var (options, pending) = (context.Options.Value, await store.CountPendingAsync(caller.Tenant, user, cancellationToken));
        if (pending.Count >= options.PendingPerUser || (pending.Count > 0 && pending.Bytes + size > options.PendingBytesPerUser))
        {
            throw Refusal.LimitReached.With($"At most {options.PendingPerUser} files of {options.PendingBytesPerUser} bytes together may wait for their upload: upload what was announced, or wait until it ends.");
        }
    }

    /// <summary>Where the first answer was lost. Null: the time for it is over.</summary>
    private async Task<AttachmentUpload?> PlaceAgainAsync(StoredAttachment attachment, Uri gateway, CancellationToken cancellationToken)
    {
        var (now, expiry) = (context.Clock.GetUtcNow(), context.Options.Value.UploadExpiry);
        var until = files.PresignUpload(attachment, now + expiry) is null ? attachment.CreatedAt + expiry : now + expiry;
        return until <= now ? null : await PlaceAsync(attachment, gateway, until, cancellationToken);
    }

    private async Task<AttachmentUpload> PlaceAsync(StoredAttachment attachment, Uri gateway, DateTimeOffset end, CancellationToken cancellationToken)
    {
        var until = DateTimeOffset.FromUnixTimeSeconds(end.ToUnixTimeSeconds());
        return files.PresignUpload(attachment, until) is { } place
            ? new(attachment.Id, place.Url.AbsoluteUri, place.Method, place.Headers, until, attachment.Url)
            : new(attachment.Id, await links.MakeAsync(gateway, LinkUse.Upload, attachment.Tenant, attachment.Id, until, cancellationToken), "PUT", new Dictionary<string, string> { ["Content-Type"] = attachment.Type }, until, attachment.Url);
    }

    private async Task<string> LinkAsync(StoredAttachment attachment, FileVariant variant, Uri gateway, DateTimeOffset until, CancellationToken cancellationToken) =>
        files.PresignDownload(attachment, variant, until) is { } place
            ? place.AbsoluteUri
            : await links.MakeAsync(gateway, variant == FileVariant.Thumbnail ? LinkUse.Thumbnail : LinkUse.Download, attachment.Tenant, attachment.Id, until, cancellationToken);

    private static void Require(CreateAttachmentRequest request, AttachmentOptions options)
    {
        var validation = new Validation()
            .Check(IsName(request.Name), "name", $"must be 1 to {MaxName} printable characters without slashes")
            .Check(FileTypes.IsType(request.Type), "type", "must be a media type such as image/png, without parameters")
            .Check(!FileTypes.IsType(request.Type) || FileTypes.IsAllowed(request.Type, options.Types), "type", "is not allowed here")
            .Check(request.Size >= 1 && request.Size <= options.MaxBytes, "size", $"must be 1 to {options.MaxBytes}");
        validation.ThrowIfAny();
    }

    private static bool IsName(string? name) =>
        name is { Length: > 0 and <= MaxName } && !string.IsNullOrWhiteSpace(name) && Tenants.TenantRules.IsWellFormed(name) && !name.Any(character => char.IsControl(character) || character is '/' or '\\');
}

/// <summary>What goes along: settings, ids, time, counters.</summary>
public sealed record AttachmentContext(IOptions<AttachmentOptions> Options, IdGenerator Ids, TimeProvider Clock, AttachmentMetrics Metrics);
