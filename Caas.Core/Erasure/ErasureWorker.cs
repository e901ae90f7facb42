using Caas.Core.Entries;
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
    private const int AtOnce = 200;

    /// <summary>One round: over everyone whose turn it is. Of those one may fail and none holds up another.</summary>
    /// <returns>How many erasures were completed.</returns>
    public async Task<int> RoundAsync(CancellationToken cancellationToken)
    {
        var (completed, passedBy, deleted) = (0, Clock.GetUtcNow() - context.Options.Value.Settle, new Dictionary<TenantId, bool>());
        for (UserErasure? last = null; await store.ListAsync(passedBy, last, AtOnce, cancellationToken) is { Count: > 0 } page; last = page[^1])
        {
            foreach (var erasure in page)
            {
                if (!deleted.TryGetValue(erasure.Tenant, out var gone))
                {
                    deleted[erasure.Tenant] = gone = await tenants.FindAsync(erasure.Tenant, cancellationToken) is not { DeletedAt: null };
                }

                // Of a deleted tenant everything goes.
                completed += !gone && await TryPassAsync(erasure, cancellationToken) ? 1 : 0;
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

    private async Task<bool> TryPassAsync(UserErasure erasure, CancellationToken cancellationToken)
    {
        try
        {
            return await PassAsync(erasure, cancellationToken);
        }
#pragma warning disable CA1031 // One user who cannot be erased must not hold up all others; the next round tries again, loudly.
        catch (Exception exception) when (exception is not OperationCanceledException)
#pragma warning restore CA1031
        {
            context.Metrics.Failed();
            LogLeft(exception, exception is StoreUnavailableException or RefusedException ? LogLevel.Warning : LogLevel.Error, erasure.Pseudonym, erasure.Tenant);
            return false;
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

    [LoggerMessage(EventId = 9252, Message = "{Pseudonym} of tenant {Tenant} could not be erased yet; the next round tries again.")]
    private partial void LogLeft(Exception exception, LogLevel level, string pseudonym, TenantId tenant);
}

/// <summary>What erasing goes by, and where it tells what it does.</summary>
public sealed record ErasureContext(IOptions<ErasureOptions> Options, ErasureMetrics Metrics);
