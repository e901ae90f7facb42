using Caas.Contracts;
using Microsoft.Extensions.Options;

namespace Caas.Core.Attachments;

/// <summary>
/// Judges what was uploaded: as long as declared, what its type begins with, an image of bearable size. Only then it becomes the attachment's file. Whoever needs the attachment first does it
/// where clients upload by themselves; the gateway does it where they upload through it.
/// </summary>
public sealed class AttachmentIntake(IAttachmentStore store, IAttachmentFiles files, IImages images, IOptions<AttachmentOptions> options, AttachmentMetrics metrics, TimeProvider clock) : IDisposable
{
    /// <summary>Images are unpacked one at a time: that bounds the memory they take.</summary>
    private readonly SemaphoreSlim _unpacking = new(1);

    /// <summary>Takes an upload through the gateway. One that is complete stays as it is.</summary>
    /// <exception cref="RefusedException"><c>validation_failed</c>, naming <c>content</c>; <c>unavailable</c>.</exception>
    public async Task ReceiveAsync(StoredAttachment attachment, Stream content, CancellationToken cancellationToken)
    {
        if (attachment.Status == AttachmentStatus.Pending)
        {
            await AcceptAsync(attachment, await files.ReceiveAsync(attachment, content, attachment.Size, cancellationToken), cancellationToken);
        }
    }

    /// <summary>The attachment, ready where its file was uploaded.</summary>
    /// <exception cref="RefusedException"><c>validation_failed</c>: what was uploaded is not what was declared, and is removed; <c>unavailable</c>.</exception>
    public async Task<StoredAttachment> CompleteAsync(StoredAttachment attachment, CancellationToken cancellationToken) =>
        attachment.Status == AttachmentStatus.Pending && await files.FindReceivedAsync(attachment, cancellationToken) is { } received
            ? await AcceptAsync(attachment, received, cancellationToken)
            : attachment;

    public void Dispose() => _unpacking.Dispose();

    private async Task<StoredAttachment> AcceptAsync(StoredAttachment attachment, ReceivedFile received, CancellationToken cancellationToken)
    {
        try
        {
            var (facts, thumbnail) = await JudgeAsync(attachment, received, cancellationToken);
            await files.AcceptAsync(attachment, received, thumbnail, facts, cancellationToken);
            await store.CompleteAsync(attachment.Tenant, attachment.Id, facts, cancellationToken);
            metrics.Accepted(attachment.Size);
            return attachment with { Status = AttachmentStatus.Ready, Facts = facts };
        }
        catch (RefusedException refused)
        {
            metrics.Judged(refused.Refusal.Code);
            if (refused.Refusal == Refusal.ValidationFailed)
            {
                await files.DiscardAsync(received, CancellationToken.None);
            }

            throw;
        }
    }

    private async Task<(FileFacts Facts, byte[]? Thumbnail)> JudgeAsync(StoredAttachment attachment, ReceivedFile received, CancellationToken cancellationToken)
    {
        if (received.Size != attachment.Size)
        {
            throw Refusal.ValidationFailed.With("content", $"must have the {attachment.Size} bytes that were declared{(received.Size < attachment.Size ? $", not {received.Size}" : "")}");
        }

        var head = await files.ReadReceivedAsync(received, FileTypes.Head, cancellationToken);
        if (FileTypes.Contradiction(attachment.Type, head) is { } contradiction)
        {
            throw Refusal.ValidationFailed.With("content", contradiction);
        }

        if (!FileTypes.IsImage(attachment.Type))
        {
            return (FileFacts.None, null);
        }

        var found = await LookAsync(received, cancellationToken);
        return (new(found.Width, found.Height, found.ThumbnailType, found.Thumbnail?.Length ?? 0), found.Thumbnail);
    }

    private async Task<ImageFound> LookAsync(ReceivedFile received, CancellationToken cancellationToken)
    {
        await _unpacking.WaitAsync(cancellationToken);
        try
        {
            var file = await files.ReadReceivedAsync(received, first: null, cancellationToken);
            var started = clock.GetTimestamp();
            var found = images.Read(file, options.Value.MaxPixels, options.Value.ThumbnailSide);
            metrics.Looked(clock.GetElapsedTime(started));
            return found;
        }
        finally
        {
            _unpacking.Release();
        }
    }
}
