using Caas.Core.Attachments;
using Caas.Core.Feed;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Caas.Core.Tenants;

/// <summary>Removes all that deleted tenants leave behind, files first, in one process at a time and in small steps, so that the others' calls go in between. One that breaks off is gone on with.</summary>
public sealed partial class TenantPurge(ITenantPurgeStore store, IAttachmentStore attachments, IAttachmentFiles files, IOptions<TenantPurgeOptions> options, Election election, ILogger<TenantPurge> logger)
    : Elected("tenant-purge", election, logger)
{
    private const int Tenants = 20;
    private const int Step = 500;

    /// <summary>One round.</summary>
    /// <returns>How many tenants were finished.</returns>
    public async Task<int> PurgeAsync(CancellationToken cancellationToken)
    {
        var finished = 0;
        foreach (var tenant in await store.ListDueAsync(Clock.GetUtcNow() - options.Value.After, Tenants, cancellationToken))
        {
            try
            {
                await RemoveFilesAsync(tenant, cancellationToken);
            }
            catch (RefusedException refused)
            {
                // The files are out of reach: rows that name them must not go before them.
                LogFilesLeft(refused, tenant);
                continue;
            }

            while (await store.PurgeAsync(tenant, Step, cancellationToken))
            {
                await Task.Yield();
            }

            await store.FinishAsync(tenant, Clock.GetUtcNow(), cancellationToken);
            LogPurged(tenant);
            finished++;
        }

        return finished;
    }

    /// <inheritdoc/>
    protected override async Task WorkAsync(long epoch, CancellationToken cancellationToken)
    {
        while (true)
        {
            await PurgeAsync(cancellationToken);
            await Task.Delay(options.Value.Interval, Clock, cancellationToken);
        }
    }

    private async Task RemoveFilesAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        while (await attachments.ListAsync(tenant, Step, cancellationToken) is { Count: > 0 } some)
        {
            foreach (var attachment in some)
            {
                await files.DeleteAsync(tenant, attachment.Id, cancellationToken);
                await attachments.RemoveAsync(tenant, attachment.Id, cancellationToken);
            }
        }
    }

    [LoggerMessage(9241, LogLevel.Information, "Tenant {Tenant} was deleted, and is purged now.")]
    private partial void LogPurged(TenantId tenant);

    [LoggerMessage(9242, LogLevel.Warning, "The files of the deleted tenant {Tenant} could not be removed; the next round tries again.")]
    private partial void LogFilesLeft(Exception exception, TenantId tenant);
}
