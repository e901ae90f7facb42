using Caas.Contracts;
using Microsoft.Extensions.Options;

namespace Caas.Core.Attachments;

/// <summary>
/// Judges what was uploaded: as long as declared, what its type begins with, an image of bearable size. Only then it becomes the attachment's file. Whoever needs the attachment first does it
/// where clients upload by themselves; the gateway does it where they upload through it.
/// </summary>
public sealed class AttachmentIntake(IAttachmentStore store, IAttachmentFiles files, IImages images, UploadGate gate, IOptions<AttachmentOptions> options, AttachmentMetrics metrics, TimeProvider clock) : IDisposable
{
    /// <summary>Images are unpacked one at a time: that bounds the memory they take.</summary>
    private readonly SemaphoreSlim _unpacking = new(1);

    /// <summary>Takes an upload through the gateway. One that is complete stays as it is.</summary>
    /// <exception cref="RefusedException"><c>validation_failed</c>, naming <c>content</c>; <c>rate_limited</c>; <c>attachment_not_found</c>: its time was over; <c>unavailable</c>.</exception>
    public async Task ReceiveAsync(StoredAttachment attachment, Stream content, CancellationToken cancellationToken)
    {
        if (attachment.Status != AttachmentStatus.Pending)
        {
            return;
        }

        using var entered = await gate.EnterAsync(attachment, cancellationToken);
        var received = await files.ReceiveAsync(attachment, content, attachment.Size, cancellationToken);
        try
        {
            // It is here: what becomes of it does not hang on a client that waits for the answer. Another upload to the same place may have been faster.
            if (await FindReadyAsync(attachment) is null)
            {
                await AcceptAsync(attachment, received, CancellationToken.None);
            }
        }
        finally
        {
            await DiscardAsync(received);
        }
    }

    /// <summary>The attachment, ready where its file was uploaded.</summary>
    /// <exception cref="RefusedException"><c>validation_failed</c>: what was uploaded is not what was declared, and is removed; <c>unavailable</c>.</exception>
    public async Task<StoredAttachment> CompleteAsync(StoredAttachment attachment, CancellationToken cancellationToken)
    {
        if (attachment.Status != AttachmentStatus.Pending)
        {
            return attachment;
        }

        if (await files.FindReceivedAsync(attachment, cancellationToken) is not { } received)
        {
            return await FindReadyAsync(attachment) ?? await RecoverAsync(attachment, cancellationToken);
        }

        try
        {
            var ready = await AcceptAsync(attachment, received, cancellationToken);
            await DiscardAsync(received);
            return ready;
        }
        catch (RefusedException refused)
        {
            // Two calls may look at it at the same moment, and one takes it away from under the other.
            if (await FindReadyAsync(attachment) is { } ready)
            {
                return ready;
            }

            if (refused.Refusal == Refusal.ValidationFailed)
            {
                await DiscardAsync(received);
            }

            throw;
        }
    }

    public void Dispose() => _unpacking.Dispose();

    /// <param name="judging">Ends the judgement. What is found good becomes the attachment's file, and the attachment ready, whoever goes away meanwhile.</param>
    private async Task<StoredAttachment> AcceptAsync(StoredAttachment attachment, ReceivedFile received, CancellationToken judging)
    {
        try
        {
            var (facts, thumbnail) = await JudgeAsync(attachment, received, judging);
            await files.AcceptAsync(attachment, received, thumbnail, facts, CancellationToken.None);
            var ready = await MakeReadyAsync(attachment, facts);
            metrics.Accepted(attachment.Size);
            return ready;
        }
        catch (RefusedException refused)
        {
            metrics.Judged(refused.Refusal.Code);
            throw;
        }
    }

    /// <summary>A process may have died between taking the file and saying so.</summary>
    private async Task<StoredAttachment> RecoverAsync(StoredAttachment attachment, CancellationToken cancellationToken)
    {
        if (await files.FindAcceptedAsync(attachment, cancellationToken) is not { } accepted)
        {
            return attachment;
        }

        var (facts, _) = await JudgeAsync(attachment, accepted, cancellationToken);
        return await MakeReadyAsync(attachment, facts);
    }

    private async Task<StoredAttachment> MakeReadyAsync(StoredAttachment attachment, FileFacts facts)
    {
        if (await store.CompleteAsync(attachment.Tenant, attachment.Id, facts, clock.GetUtcNow() + options.Value.KeepUnreferenced, CancellationToken.None))
        {
            return attachment with { Status = AttachmentStatus.Ready, Facts = facts };
        }

        if (await FindReadyAsync(attachment) is { } ready)
        {
            return ready;
        }

        // It was swept meanwhile: nobody would ever look for the file again.
        await files.DeleteAsync(attachment.Tenant, attachment.Id, CancellationToken.None);
        throw Refusal.AttachmentNotFound.AsException();
    }

    /// <summary>The attachment where it has become ready since it was read; null: it has not.</summary>
    private async Task<StoredAttachment?> FindReadyAsync(StoredAttachment attachment) =>
        await store.FindManyAsync(attachment.Tenant, [attachment.Id], CancellationToken.None) is [{ Status: AttachmentStatus.Ready } ready] ? ready : null;

    /// <summary>Removes what is not needed any more. Where that fails the answer is the same; the attachment takes it along when it goes.</summary>
    private async Task DiscardAsync(ReceivedFile received)
    {
        try
        {
            await files.DiscardAsync(received, CancellationToken.None);
        }
        catch (RefusedException)
        {
            // The place of the files has logged it.
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
