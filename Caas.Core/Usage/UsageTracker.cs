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

    /// <summary>So many writes side by side: a store that commits in groups takes them together.</summary>
    private const int AtOnce = 16;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LastWrite = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<(TenantId Tenant, string Month), long> _messages = new();
    private readonly ConcurrentDictionary<(TenantId Tenant, string Month, string User), bool> _seen = new();
    private readonly ConcurrentQueue<(TenantId Tenant, string Month, string User)> _active = new();

    /// <summary>The calendar month, UTC. One text: it is remembered with every user.</summary>
    public static string MonthOf(DateTimeOffset at) => string.Intern(at.UtcDateTime.ToString("yyyy-MM", CultureInfo.InvariantCulture));

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

    /// <summary>Writes down what was counted, step by step: what was written is settled, and only what was not is left for the next time.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        var writes = new Queue<(Func<Task> Write, Action PutBack)>();
        foreach (var (key, count) in Take())
        {
            // Perhaps it was stored: a message counted twice is less harm than one that is not counted.
            writes.Enqueue((() => store.AddMessagesAsync(key.Tenant, key.Month, count, cancellationToken), () => _messages.AddOrUpdate(key, count, (_, now) => now + count)));
        }

        foreach (var month in TakeActive().GroupBy(one => (one.Tenant, one.Month)))
        {
            foreach (var some in month.Distinct().Chunk(IUsageStore.MostUsers))
            {
                writes.Enqueue((() => store.AddActiveAsync(month.Key.Tenant, month.Key.Month, [.. some.Select(one => one.User)], cancellationToken), () => PutBack(some)));
            }
        }

        try
        {
            while (writes.Count > 0)
            {
                var some = new List<Task>();
                while (some.Count < AtOnce && writes.TryDequeue(out var next))
                {
                    some.Add(SettleAsync(next.Write, next.PutBack));
                }

                await Task.WhenAll(some);
            }
        }
        finally
        {
            while (writes.TryDequeue(out var left))
            {
                left.PutBack();
            }
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

    private static async Task SettleAsync(Func<Task> write, Action putBack)
    {
        try
        {
            await write();
        }
        catch
        {
            putBack();
            throw;
        }
    }

    private void PutBack(IEnumerable<(TenantId Tenant, string Month, string User)> active)
    {
        foreach (var one in active)
        {
            _active.Enqueue(one);
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
