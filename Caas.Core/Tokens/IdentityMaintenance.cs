using Caas.Core.Entries;
using Caas.Core.Idempotency;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Caas.Core.Tokens;

/// <summary>
/// Makes or reads the signing keys before the host serves (so that a wrong <c>Caas:MasterKey</c> stops it with a sentence), and removes every hour what has run out:
/// refresh tokens, revocations, idempotency keys. Every process does it; doing it twice changes nothing.
/// </summary>
public sealed partial class IdentityMaintenance(
    SigningKeyRing ring, IRefreshTokenStore refreshTokens, IRevocationStore revocations, IIdempotencyStore idempotency, TimeProvider clock, ILogger<IdentityMaintenance> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    /// <summary>A refresh token's reuse is still told apart for so long after it has ended.</summary>
    private static readonly TimeSpan KeepEnded = TimeSpan.FromDays(1);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ring.CurrentAsync(cancellationToken);
        }
        catch (StoreUnavailableException exception)
        {
            LogNoKeys(exception);
        }

        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await PruneAsync(stoppingToken);
            }
#pragma warning disable CA1031 // A cleanup that fails must not end the host; the next one comes.
            catch (Exception exception) when (exception is not OperationCanceledException)
#pragma warning restore CA1031
            {
                LogNotPruned(exception);
            }
        }
    }

    internal async Task PruneAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await refreshTokens.PruneAsync(now - KeepEnded, cancellationToken);
        await revocations.PruneAsync(now, cancellationToken);
        await idempotency.PruneAsync(now, cancellationToken);
    }

    [LoggerMessage(4401, LogLevel.Warning, "The signing keys cannot be read yet; the first token reads them.")]
    private partial void LogNoKeys(Exception exception);

    [LoggerMessage(4402, LogLevel.Warning, "What has run out could not be removed; the next hour tries again.")]
    private partial void LogNotPruned(Exception exception);
}
