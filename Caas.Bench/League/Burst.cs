using System.Diagnostics;
using Caas.Bench.Reports;

namespace Caas.Bench.League;

/// <summary>One stretch of load at one rate.</summary>
/// <param name="Rate">Messages per second, over all clients.</param>
/// <param name="Warmup">Latencies of messages that are due earlier do not count.</param>
/// <param name="Duration">How long after that.</param>
/// <param name="Receivers">How many get each message: the size of a room.</param>
internal sealed record BurstPlan(double Rate, TimeSpan Warmup, TimeSpan Duration, int Receivers, int Seed);

/// <summary>What became of it.</summary>
/// <param name="Sent">Messages.</param>
/// <param name="Expected">Deliveries.</param>
/// <param name="Delivered">Those that came.</param>
/// <param name="P50">Of delivery from the planned send time, in milliseconds.</param>
/// <param name="Lateness">The p99 of the load generator's own lateness, in milliseconds.</param>
/// <param name="Bytes">What came over the sockets.</param>
/// <param name="Took">From its first planned send to its last delivery.</param>
/// <param name="Trouble">Why it can be no measurement; null: it is one.</param>
internal sealed record BurstResult(long Sent, long Expected, long Delivered, double P50, double P99, double Lateness, long Bytes, TimeSpan Took, string? Trouble)
{
    public bool Complete => Trouble is null && Delivered == Expected;

    /// <summary>For the report: what was wrong with it.</summary>
    public override string ToString() => FormattableString.Invariant($"{(Trouble is null ? "" : $"{Trouble}, ")}{Delivered:#,0} of {Expected:#,0} deliveries came, p99 {P99:0} ms");
}

/// <summary>A stretch of load while it runs: who sends when, and what has come. For one thread.</summary>
internal sealed class Burst
{
    /// <summary>A platform that is so far behind will not come back within the stretch.</summary>
    private static readonly TimeSpan MostBehind = TimeSpan.FromSeconds(1.5);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly BurstPlan _plan;
    private readonly Random _random;
    private readonly Latency _latency = new();
    private readonly Latency _lateness = new();
    private readonly long _began = Stopwatch.GetTimestamp();
    private readonly long _counted;
    private readonly long _end;
    private long _due;
    private long _sent;
    private long _delivered;
    private long _lastDelivery;
    private long _bytes;

#pragma warning disable CA5394 // Planned from a seed: it has to be guessable.
    public Burst(BurstPlan plan)
    {
        (_plan, _random) = (plan, new(plan.Seed));
        (_counted, _end) = (_began + Ticks(plan.Warmup), _began + Ticks(plan.Warmup + plan.Duration));
        (_due, _lastDelivery) = (_began, _began);
        Advance();
    }

    public TaskCompletionSource<BurstResult> Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What is due by now, one at a time.</summary>
    public bool TryTake(long now, int clients, out int client, out long due)
    {
        (client, due) = (0, _due);
        if (_due > now || _due >= _end)
        {
            return false;
        }

        client = _random.Next(clients);
        _sent++;
        if (_due >= _counted)
        {
            _lateness.Record(now - _due);
        }

        Advance();
        return true;
    }

    private void Advance() => _due += (long)(-Math.Log(1 - _random.NextDouble()) / _plan.Rate * Stopwatch.Frequency);
#pragma warning restore CA5394

    public void Received(int bytes) => _bytes += bytes;

    /// <summary>What an earlier stretch left behind does not count.</summary>
    public void Delivered(long due, long now)
    {
        if (due < _began)
        {
            return;
        }

        (_delivered, _lastDelivery) = (_delivered + 1, now);
        if (due >= _counted)
        {
            _latency.Record(now - due);
        }
    }

    /// <summary>Whether it is over: all has come, nothing more comes, or too much is missing.</summary>
    public bool IsOver(long now, string? trouble)
    {
        var (expected, behind) = (_sent * _plan.Receivers, (_sent * _plan.Receivers) - _delivered);
        if (trouble is null && now < _end && behind > MostBehind.TotalSeconds * _plan.Rate * _plan.Receivers && now > _began + Ticks(MostBehind))
        {
            trouble = "fell too far behind";
        }

        if (trouble is null && (now < _end || (behind > 0 && now - Math.Max(_lastDelivery, _end) < Ticks(Patience))))
        {
            return false;
        }

        Ended.TrySetResult(new(_sent, expected, _delivered, _latency.At(50), _latency.At(99), _lateness.At(99), _bytes, TimeSpan.FromSeconds((_lastDelivery - _began) / (double)Stopwatch.Frequency), trouble));
        return true;
    }

    private static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);
}
