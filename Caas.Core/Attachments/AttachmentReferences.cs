using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Entries;

namespace Caas.Core.Attachments;

/// <summary>
/// What messages refer to. Of files that were uploaded here a message says what the server knows of them, and refers to them from before it is stored, so that none is swept from under it.
/// One may refer to what one has: one's own uploads, and what was sent where one reads (forwarding); the backend to all of its tenant's.
/// </summary>
public sealed class AttachmentReferences(IAttachmentStore store, IAttachmentUseStore uses, AttachmentIntake intake, AttachmentAccess access, TimeProvider clock)
{
    /// <summary>When it is looked at again whether the message came to be.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromHours(1);

    /// <summary>The attachments of a message that is to be stored. Those that lie elsewhere stay as they are.</summary>
    /// <exception cref="RefusedException"><c>attachment_not_found</c>, also for another tenant's and those that the caller may not have; <c>attachment_not_ready</c>; <c>validation_failed</c>, <c>unavailable</c>.</exception>
    public async Task<IReadOnlyList<Attachment>> ResolveAsync(Caller caller, IReadOnlyList<Attachment>? wanted, CancellationToken cancellationToken)
    {
        string[] ids = [.. (wanted ?? []).Select(IdOf).OfType<string>().Distinct()];
        if (ids.Length == 0)
        {
            return wanted ?? [];
        }

        var found = new Dictionary<string, StoredAttachment>();
        foreach (var attachment in await store.FindManyAsync(caller.Tenant, ids, cancellationToken))
        {
            found[attachment.Id] = await RequireAsync(caller, attachment, cancellationToken);
        }

        return [.. wanted!.Select(one => IdOf(one) is not { } id ? one : found.TryGetValue(id, out var here) ? Describe(one, here) : one.AttachmentId is null ? one : throw Missing(id))];
    }

    /// <summary>Notes what a message refers to: before the message, or its change, is stored.</summary>
    /// <exception cref="RefusedException"><c>attachment_not_found</c>: one was swept at this very moment; <c>limit_reached</c>; <c>unavailable</c>.</exception>
    public async Task ClaimAsync(LogId log, string messageId, IReadOnlyList<Attachment> attachments, CancellationToken cancellationToken)
    {
        string[] ids = [.. attachments.Select(attachment => attachment.AttachmentId).OfType<string>().Distinct()];
        if (ids.Length == 0)
        {
            return;
        }

        var use = new AttachmentUse(new(log.Name), messageId);
        foreach (var id in ids)
        {
            if (await uses.ListAsync(log.Tenant, id, IAttachmentUseStore.Most, cancellationToken) is { Count: >= IAttachmentUseStore.Most } many && !many.Contains(use))
            {
                throw Refusal.LimitReached.With($"At most {IAttachmentUseStore.Most} messages may refer to one attachment: upload it again.");
            }
        }

        if (!await uses.UseAsync(log.Tenant, ids, use, clock.GetUtcNow() + LookAgain, cancellationToken))
        {
            throw Refusal.AttachmentNotFound.AsException();
        }
    }

    /// <summary>The message did not come to be: it was a repeated call.</summary>
    public async Task ReleaseAsync(LogId log, string messageId, IReadOnlyList<Attachment> attachments, CancellationToken cancellationToken)
    {
        if (attachments.Any(attachment => attachment.AttachmentId is not null))
        {
            await uses.ReleaseAsync(log.Tenant, new(log.Name), messageId, clock.GetUtcNow(), cancellationToken);
        }
    }

    private async Task<StoredAttachment> RequireAsync(Caller caller, StoredAttachment attachment, CancellationToken cancellationToken)
    {
        if (!await access.AllowsAsync(caller, attachment, cancellationToken))
        {
            throw Missing(attachment.Id);
        }

        var complete = await intake.CompleteAsync(attachment, cancellationToken);
        return complete.Status == AttachmentStatus.Ready ? complete : throw Refusal.AttachmentNotReady.With($"Nothing was uploaded to the attachment {attachment.Id} yet.");
    }

    private static Attachment Describe(Attachment wanted, StoredAttachment here) =>
        new(here.Url, here.Type, wanted.Name ?? here.Name, here.Size, wanted.Custom, here.Id, here.Facts.Width, here.Facts.Height);

    private static string? IdOf(Attachment attachment) => attachment.AttachmentId ?? (attachment.Url is { } url ? AttachmentLinks.IdIn(url) : null);

    private static RefusedException Missing(string id) => Refusal.AttachmentNotFound.With($"There is no attachment {id}.");
}
