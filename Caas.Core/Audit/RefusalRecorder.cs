using System.Threading.Channels;
using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Feed;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Caas.Core.Audit;

/// <summary>
/// Brings failed logins and refused administrative calls into their tenants' audit logs, off the path of the call: whoever notes one waits for nothing, whatever the store does. Bounded by
/// <see cref="RefusalWindows"/>, each process for itself.
/// </summary>
public sealed partial class RefusalRecorder(RefusalWriter writer, AuditMetrics metrics, IOptions<AuditOptions> options, TimeProvider clock, ILogger<RefusalRecorder> logger) : BackgroundService
{
    private const int MostWaiting = 1_000;

    /// <summary>A process that stops tells what it has counted, where that can be done soon.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly RefusalWindows _windows = new(options.Value.Window, options.Value.MostPerHour, clock);
    private readonly Channel<RefusedCalls> _due = Channel.CreateBounded<RefusedCalls>(new BoundedChannelOptions(MostWaiting));

    /// <summary>Credentials were refused.</summary>
    public void Note(CredentialAttempt attempt, AuditOrigin origin) => Note(RefusedCall.Of(attempt, origin));

    /// <summary>A caller was refused who lacks a right.</summary>
    /// <param name="operation">What was to be done, by its name in the API.</param>
    /// <param name="reason">The refusal's code.</param>
    /// <param name="scope">What the API key lacks.</param>
    public void Note(Caller caller, string operation, string reason, string? scope, AuditOrigin origin) => Note(RefusedCall.Of(caller, operation, reason, scope, origin));

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await EndAsync();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(WriteAsync(stoppingToken), TakeAsync(stoppingToken));

    private void Note(RefusedCall call)
    {
        if (!options.Value.Refusals)
        {
            return;
        }

        var fate = _windows.Note(call);
        metrics.Refused(call.Action, fate);
        if (fate == RefusalFate.Recorded)
        {
            Enqueue(new(call, 1, Since: null));
        }
    }

    private void Enqueue(RefusedCalls calls)
    {
        // The store is slow or away: what waits already is enough.
        if (!_due.Writer.TryWrite(calls))
        {
            _windows.GiveBack(calls);
        }
    }

    private async Task TakeAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.Window / 4, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            foreach (var calls in _windows.Take())
            {
                Enqueue(calls);
            }
        }
    }

    private async Task WriteAsync(CancellationToken stoppingToken)
    {
        var backoff = new Backoff(FirstPause, LongestPause, clock);
        await foreach (var calls in _due.Reader.ReadAllAsync(stoppingToken))
        {
            while (!await TryWriteAsync(calls, stoppingToken))
            {
                try
                {
                    await backoff.PauseAsync(stoppingToken);
                }
                catch (OperationCanceledException)
                {
                    _windows.GiveBack(calls);
                    throw;
                }
            }

            backoff.Reset();
        }
    }

    /// <returns>False: try again.</returns>
    private async Task<bool> TryWriteAsync(RefusedCalls calls, CancellationToken cancellationToken)
    {
        try
        {
            var there = await writer.WriteAsync(calls, cancellationToken);
            _windows.Found(calls.Call.Tenant, there);
            if (!there)
            {
                metrics.Unrecorded(calls.Count, "no_tenant");
            }

            return true;
        }
        catch (Exception unavailable) when (unavailable is StoreUnavailableException or RefusedException { Refusal.Status: 503 })
        {
            LogLater(unavailable);
            return false;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // It was not written: a write that has begun ends.
            _windows.GiveBack(calls);
            throw;
        }
#pragma warning disable CA1031 // One record that cannot be written must not end all that come after it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            metrics.Unrecorded(calls.Count, "failed");
            LogFailed(exception);
            return true;
        }
    }

    private async Task EndAsync()
    {
        using var patience = new CancellationTokenSource(LastWords, clock);
        try
        {
            while (Next() is { } calls)
            {
                if (!await TryWriteAsync(calls, patience.Token))
                {
                    _windows.GiveBack(calls);
                    break;
                }
            }
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            // What is left is counted below.
        }

        while (Next() is { } calls)
        {
            metrics.Unrecorded(calls.Count, "stopped");
        }
    }

    /// <summary>What waits, then what is counted.</summary>
    private RefusedCalls? Next()
    {
        if (_due.Reader.TryRead(out var waiting))
        {
            return waiting;
        }

        foreach (var counted in _windows.Take(all: true))
        {
            Enqueue(counted);
        }

        return _due.Reader.TryRead(out waiting) ? waiting : null;
    }

    [LoggerMessage(4311, LogLevel.Warning, "Refused calls could not be recorded in the audit log; it is tried again.")]
    private partial void LogLater(Exception exception);

    [LoggerMessage(4312, LogLevel.Error, "Refused calls could not be recorded in the audit log.")]
    private partial void LogFailed(Exception exception);
}
