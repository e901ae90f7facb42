using Caas.Core.Entries;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Caas.Core.Feed;

/// <summary>What an elected service needs to be elected.</summary>
public sealed record Election(ILeaseStore Leases, IOptions<FeedOptions> Options, TimeProvider Clock)
{
    /// <summary>Unique per service container: a process may run several hosts.</summary>
    public string Holder { get; } = $"{Environment.MachineName}/{Environment.ProcessId}/{Guid.CreateVersion7(Clock.GetUtcNow())}";
}

/// <summary>A background service that works in one process at a time: the one that holds its lease. Whatever happens to it, it tries again; it never ends before the host does.</summary>
public abstract partial class Elected(string name, Election election, ILogger logger) : BackgroundService
{
    /// <summary>How often a process that was not elected asks again, at least: a lease that was given back is free at once.</summary>
    private static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(2);

    /// <summary>What all elected services share.</summary>
    protected FeedOptions Options { get; } = election.Options.Value;

    protected TimeProvider Clock { get; } = election.Clock;

    /// <summary>Works until <paramref name="cancellationToken"/> ends: the lease is lost, or the host stops.</summary>
    /// <param name="epoch">What every write is conditional on.</param>
    protected abstract Task WorkAsync(long epoch, CancellationToken cancellationToken);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Other services need not wait for a store that answers at once.
        await Task.Yield();
        var backoff = new Backoff(Options.InitialBackoff, Options.MaxBackoff, Clock);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (await HoldAndWorkAsync(stoppingToken))
                {
                    backoff.Reset();
                }
                else
                {
                    await Task.Delay(Options.LeaseDuration / 4 < AskEvery ? Options.LeaseDuration / 4 : AskEvery, Clock, stoppingToken);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // A background service that ended would stop the whole platform's history, silently: whatever it is, it is logged and tried again.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                LogFailed(exception, exception is StoreUnavailableException ? LogLevel.Warning : LogLevel.Error, name);
                try
                {
                    await backoff.PauseAsync(stoppingToken);
                }
                catch (OperationCanceledException)
                {
                    return;
                }
            }
        }
    }

    /// <returns>Whether the lease was got.</returns>
    private async Task<bool> HoldAndWorkAsync(CancellationToken stoppingToken)
    {
        await using var lease = await HeldLease.TryAcquireAsync(election.Leases, Clock, name, election.Holder, Options.LeaseDuration, stoppingToken);
        if (lease is null)
        {
            return false;
        }

        using var tenure = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, lease.Lost);
        LogElected(name, lease.Epoch);
        try
        {
            await WorkAsync(lease.Epoch, tenure.Token);
        }
        catch (OperationCanceledException) when (!stoppingToken.IsCancellationRequested && lease.Lost.IsCancellationRequested)
        {
            LogLost(name, lease.Epoch);
        }
        catch (FencedException exception)
        {
            LogFenced(exception, name, lease.Epoch);
            return false;
        }

        return true;
    }

    [LoggerMessage(8001, LogLevel.Information, "This process now runs the {Name}, with epoch {Epoch}.")]
    private partial void LogElected(string name, long epoch);

    [LoggerMessage(8002, LogLevel.Warning, "The lease of the {Name} with epoch {Epoch} was lost; another process goes on.")]
    private partial void LogLost(string name, long epoch);

    [LoggerMessage(8003, LogLevel.Warning, "The {Name} with epoch {Epoch} was fenced: another process goes on.")]
    private partial void LogFenced(Exception exception, string name, long epoch);

    [LoggerMessage(EventId = 8004, Message = "The {Name} failed and tries again.")]
    private partial void LogFailed(Exception exception, LogLevel level, string name);
}
