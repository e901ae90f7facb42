using Caas.Core.Feed;
using Caas.Core.Tenants;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Caas.Core.Erasure;

/// <summary>
/// Erases users, in one process at a time. Everything is gone over twice, the second time when nobody can be at it any more who began before: what a call brought back in between is found then.
/// </summary>
public sealed partial class ErasureWorker(IErasureStore store, UserEraser eraser, ITenantStore tenants, ErasureContext context, Election election, ILogger<ErasureWorker> logger)
    : Elected("erasure", election, logger)
{
    private const int AtOnce = 50;

    /// <summary>One round.</summary>
    /// <returns>How many erasures were completed.</returns>
    public async Task<int> RoundAsync(CancellationToken cancellationToken)
    {
        var completed = 0;
        foreach (var erasure in await store.ListAsync(AtOnce, cancellationToken))
        {
            // Of a deleted tenant everything goes.
            if (erasure.PassedAt + context.Options.Value.Settle > Clock.GetUtcNow() || await tenants.FindAsync(erasure.Tenant, cancellationToken) is not { DeletedAt: null })
            {
                continue;
            }

            try
            {
                completed += await PassAsync(erasure, cancellationToken) ? 1 : 0;
            }
            catch (RefusedException refused)
            {
                context.Metrics.Failed();
                LogLeft(refused, erasure.Pseudonym, erasure.Tenant);
            }
        }

        return completed;
    }

    /// <inheritdoc/>
    protected override async Task WorkAsync(long epoch, CancellationToken cancellationToken)
    {
        while (true)
        {
            await RoundAsync(cancellationToken);
            await Task.Delay(context.Options.Value.Interval, Clock, cancellationToken);
        }
    }

    /// <returns>Whether it was the last.</returns>
    private async Task<bool> PassAsync(UserErasure erasure, CancellationToken cancellationToken)
    {
        await eraser.PassAsync(erasure, cancellationToken);
        if (erasure.PassedAt is null)
        {
            await store.SaveAsync(erasure with { PassedAt = Clock.GetUtcNow() }, cancellationToken);
            return false;
        }

        await store.CompactAsync(cancellationToken);
        var now = Clock.GetUtcNow();
        await store.SaveAsync(erasure with { CompletedAt = now }, cancellationToken);
        context.Metrics.Completed(now - erasure.RequestedAt);
        LogErased(erasure.Pseudonym, erasure.Tenant);
        return true;
    }

    [LoggerMessage(9251, LogLevel.Information, "A user of tenant {Tenant} was erased, and is {Pseudonym} now.")]
    private partial void LogErased(string pseudonym, TenantId tenant);

    [LoggerMessage(9252, LogLevel.Warning, "{Pseudonym} of tenant {Tenant} could not be erased yet; the next round tries again.")]
    private partial void LogLeft(Exception exception, string pseudonym, TenantId tenant);
}

/// <summary>What erasing goes by, and where it tells what it does.</summary>
public sealed record ErasureContext(IOptions<ErasureOptions> Options, ErasureMetrics Metrics);
