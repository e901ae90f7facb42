using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Caas.Core.Webhooks;

/// <summary>Forgets what became of deliveries when its time is over, whether their webhooks are told at the moment or quiet, disabled, deleted: in the one process that tells webhooks.</summary>
public sealed partial class WebhookSweep(IWebhookDeliveryStore deliveries, IOptions<WebhookOptions> options, TimeProvider clock, ILogger<WebhookSweep> logger)
{
    private const int Batch = 500;
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);

    /// <summary>One round.</summary>
    /// <returns>How many were forgotten.</returns>
    public async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        for (var forgotten = 0; ;)
        {
            var some = await deliveries.ForgetAsync(clock.GetUtcNow() - options.Value.KeepFor, Batch, cancellationToken);
            forgotten += some;
            if (some < Batch)
            {
                return forgotten;
            }
        }
    }

    /// <summary>Round after round, until the token ends.</summary>
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        var pause = options.Value.KeepFor < LongestPause ? options.Value.KeepFor : LongestPause;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await SweepAsync(cancellationToken);
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                LogFailed(exception);
            }

            await Task.Delay(pause, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(8105, LogLevel.Warning, "What became of old deliveries could not be forgotten yet; the next round tries again.")]
    private partial void LogFailed(Exception exception);
}
