using Caas.Core.Calls;
using Caas.Core.Tokens;
using Microsoft.Extensions.Options;

namespace Caas.Realtime.Calls;

/// <summary>
/// Looks, on every replica, what is due in calls; how the calls of the devices here are; and, more rarely, whether devices are in calls that they do not know of, and whether a call is on record
/// and nowhere else.
/// </summary>
internal sealed partial class CallSweeper(CallSweep sweep, CallWatch watch, LocalCalls local, IOptions<CallOptions> options, RevocationList revocations, TimeProvider clock, ILogger<CallSweeper> logger) : BackgroundService
{
    private const int LostEvery = 10;
    private bool _failing;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        revocations.Revoked += local.Apply;
        return base.StartAsync(cancellationToken);
    }

    public override Task StopAsync(CancellationToken cancellationToken)
    {
        revocations.Revoked -= local.Apply;
        return base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.Period, clock);
        try
        {
            for (var round = 1; await timer.WaitForNextTickAsync(stoppingToken); round++)
            {
                await RoundAsync(round % LostEvery == 0, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // Normal shutdown.
        }
    }

    private async Task RoundAsync(bool lost, CancellationToken stoppingToken)
    {
        try
        {
            await sweep.SweepAsync(stoppingToken);
            await watch.LookAsync(stoppingToken);
            if (lost)
            {
                await watch.LoseStraysAsync(stoppingToken);
                await sweep.EndLostAsync(stoppingToken);
            }

            _failing = false;
        }
#pragma warning disable CA1031 // Whatever stands in the way: the next round tries again.
        catch (Exception exception) when (exception is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            if (!_failing)
            {
                _failing = true;
                LogNotSwept(exception);
            }
        }
    }

    [LoggerMessage(3204, LogLevel.Warning, "Could not look after calls; nothing in them ends by itself until that works again.")]
    private partial void LogNotSwept(Exception exception);
}
