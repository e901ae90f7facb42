using System.Collections.Concurrent;
using System.Globalization;
using Caas.Core.Entries;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Caas.Core.Usage;

/// <summary>Counts what passes through this process, and writes it down every 2 s, off the path of the calls. A process that is killed takes along what it has not written yet.</summary>
public sealed partial class UsageTracker(IUsageStore store, TimeProvider clock, ILogger<UsageTracker> logger) : BackgroundService
{
    private const int MostRemembered = 200_000;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LastWrite = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<(TenantId Tenant, string Month), long> _messages = new();
    private readonly ConcurrentDictionary<(TenantId Tenant, string Month, string User), bool> _seen = new();
    private readonly ConcurrentQueue<(TenantId Tenant, string Month, string User)> _active = new();

    /// <summary>The calendar month, UTC.</summary>
    public static string MonthOf(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM", CultureInfo.InvariantCulture);

    /// <summary>A message was stored.</summary>
    public void Sent(TenantId tenant, UserId? sender)
    {
        _messages.AddOrUpdate((tenant, MonthOf(clock.GetUtcNow())), 1, static (_, count) => count + 1);
        if (sender is { } user)
        {
            Active(tenant, user);
        }
    }

    /// <summary>A user was there.</summary>
    public void Active(TenantId tenant, UserId user)
    {
        var one = (tenant, MonthOf(clock.GetUtcNow()), user.Value);
        if (_seen.TryAdd(one, true))
        {
            _active.Enqueue(one);
            if (_seen.Count > MostRemembered)
            {
                // Whoever comes again is written once more, which changes nothing.
                _seen.Clear();
            }
        }
    }

    /// <summary>Writes down what was counted.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        var (messages, active) = (Take(), TakeActive());
        UsageDelta[] deltas =
        [
            .. messages.Keys.Union(active.Select(one => (one.Tenant, one.Month))).Select(key =>
                new UsageDelta(key.Tenant, key.Month, messages.GetValueOrDefault(key), [.. active.Where(one => one.Tenant == key.Tenant && one.Month == key.Month).Select(one => one.User).Distinct()])),
        ];
        if (deltas.Length == 0)
        {
            return;
        }

        try
        {
            await store.AddAsync(deltas, cancellationToken);
        }
        catch
        {
            // Perhaps it was stored: a message counted twice is less harm than one that is not counted.
            foreach (var (key, count) in messages)
            {
                _messages.AddOrUpdate(key, count, (_, now) => now + count);
            }

            foreach (var one in active)
            {
                _active.Enqueue(one);
            }

            throw;
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        using var bounded = new CancellationTokenSource(LastWrite, clock);
        await TryFlushAsync(bounded.Token);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await TryFlushAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The rest is written when the host stops.
        }
    }

    private async Task TryFlushAsync(CancellationToken cancellationToken)
    {
        try
        {
            await FlushAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is StoreUnavailableException or OperationCanceledException or ObjectDisposedException)
        {
            LogNotWritten(exception);
        }
    }

    private Dictionary<(TenantId Tenant, string Month), long> Take()
    {
        var taken = new Dictionary<(TenantId, string), long>();
        foreach (var key in _messages.Keys)
        {
            if (_messages.TryRemove(key, out var count))
            {
                taken[key] = count;
            }
        }

        return taken;
    }

    private List<(TenantId Tenant, string Month, string User)> TakeActive()
    {
        var taken = new List<(TenantId, string, string)>();
        while (_active.TryDequeue(out var one))
        {
            taken.Add(one);
        }

        return taken;
    }

    [LoggerMessage(9221, LogLevel.Warning, "What tenants use could not be written down yet.")]
    private partial void LogNotWritten(Exception exception);
}
