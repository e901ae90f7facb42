using Caas.Core.Entries;
using Caas.Core.Feed;
using Microsoft.Extensions.Logging;

namespace Caas.Core.Attachments;

/// <summary>Removes files that no message refers to, in one gateway at a time: those that were never sent, and those whose messages were deleted or did not come to be.</summary>
public sealed partial class AttachmentSweep(IAttachmentStore store, IAttachmentUseStore uses, IAttachmentFiles files, IEntryStore entries, AttachmentContext context, Election election, ILogger<AttachmentSweep> logger)
    : Elected("attachments", election, logger)
{
    private const int Batch = 200;

    /// <summary>One round.</summary>
    /// <returns>How many were removed.</returns>
    public async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        var removed = 0;
        while (true)
        {
            var now = Clock.GetUtcNow();
            var expired = await store.ListExpiredAsync(now, Batch, cancellationToken);
            var (before, failed) = (removed, 0);
            foreach (var (attachment, at) in expired)
            {
                try
                {
                    removed += await SweepAsync(attachment, at, now, cancellationToken) ? 1 : 0;
                }
                catch (RefusedException refused)
                {
                    // The files are out of reach: what is condemned stays so, and comes again.
                    LogFailed(refused, attachment.Tenant, attachment.Id);
                    failed++;
                }
            }

            if (expired.Count < Batch || failed == expired.Count || removed == before)
            {
                return removed;
            }
        }
    }

    /// <inheritdoc/>
    protected override async Task WorkAsync(long epoch, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (files.IsConfigured && await SweepAsync(cancellationToken) is > 0 and var removed)
            {
                LogSwept(removed);
            }

            await Task.Delay(context.Options.Value.SweepInterval, Clock, cancellationToken);
        }
    }

    private async Task<bool> SweepAsync(StoredAttachment attachment, DateTimeOffset at, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (await IsUsedAsync(attachment, now, cancellationToken))
        {
            await store.KeepAsync(attachment.Tenant, attachment.Id, at, cancellationToken);
            return false;
        }

        // Once more when nobody can refer to it any longer: a message may have done so in between.
        if (!await store.TryCondemnAsync(attachment.Tenant, attachment.Id, now, cancellationToken))
        {
            return false;
        }

        if (await IsUsedAsync(attachment, now, cancellationToken))
        {
            await store.KeepAsync(attachment.Tenant, attachment.Id, at, cancellationToken);
            return false;
        }

        await files.DeleteAsync(attachment.Tenant, attachment.Id, cancellationToken);
        await store.RemoveAsync(attachment.Tenant, attachment.Id, cancellationToken);
        context.Metrics.Swept();
        return true;
    }

    /// <summary>Whether a message that stands refers to it. Those that do not stand are forgotten.</summary>
    private async Task<bool> IsUsedAsync(StoredAttachment attachment, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var used = false;
        foreach (var use in await uses.ListAsync(attachment.Tenant, attachment.Id, IAttachmentUseStore.Most * 2, cancellationToken))
        {
            if (await entries.FindAsync(LogId.Of(attachment.Tenant, use.Conversation), use.MessageId, cancellationToken) is { Message.DeletedAt: null })
            {
                used = true;
            }
            else
            {
                await uses.ReleaseAsync(attachment.Tenant, use.Conversation, use.MessageId, now, cancellationToken);
            }
        }

        return used;
    }

    [LoggerMessage(9201, LogLevel.Information, "Removed {Count} attachments that no message refers to.")]
    private partial void LogSwept(int count);

    [LoggerMessage(9202, LogLevel.Warning, "Attachment {Tenant}/{Id} could not be removed yet; the next round tries again.")]
    private partial void LogFailed(Exception exception, TenantId tenant, string id);
}
