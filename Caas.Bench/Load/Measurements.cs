using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Caas.Bench.Reports;

namespace Caas.Bench.Load;

/// <summary>One delivery across replicas.</summary>
/// <param name="Due">When the message was to be sent.</param>
/// <param name="Took">From then until it was handled; both in stopwatch ticks.</param>
internal readonly record struct Delivery(long Due, long Took);

/// <summary>Latencies of a run, from the planned time of each send: what waits in the client, or in a client's queue, counts. Thread safe.</summary>
internal sealed class Measurements(LoadPlan plan)
{
    private const string IdPrefix = "m-";

    private readonly int[][] _sends = Index(plan);
    private readonly Uri?[] _sentOn = new Uri?[plan.Sends.Count];
    private long _start;
    private long _deliveries;

    /// <summary>From the planned send to its acknowledgement.</summary>
    public Latency Acknowledgement { get; } = new();

    /// <summary>From the planned send to a client of the same replica.</summary>
    public Latency Same { get; } = new();

    /// <summary>From the planned send to a client of another replica.</summary>
    public Latency Across { get; } = new();

    /// <summary>How late the load generator itself was: what of the latencies is its own.</summary>
    public Latency Lateness { get; } = new();

    /// <summary>Every delivery across replicas, in no order, for faults that look at when.</summary>
    public ConcurrentQueue<Delivery> Crossings { get; } = new();

    /// <summary>Acknowledgements by the planned time of their sends; both in stopwatch ticks.</summary>
    public ConcurrentQueue<Delivery> Acknowledgements { get; } = new();

    /// <summary>Messages handled by clients, after the warm-up.</summary>
    public long Deliveries => Interlocked.Read(ref _deliveries);

    public static string IdOf(int number) => IdPrefix + number.ToString(CultureInfo.InvariantCulture);

    /// <summary>The load begins now.</summary>
    public void Begin(long timestamp) => Interlocked.Exchange(ref _start, timestamp);

    /// <summary>When a send is due, in stopwatch ticks.</summary>
    public long DueAt(PlannedSend send) => _start + TicksOf(send.At);

    public void Sent(int index, Uri? replica, long timestamp)
    {
        _sentOn[index] = replica;
        if (Counts(index))
        {
            Lateness.Record(timestamp - DueAt(plan.Sends[index]));
        }
    }

    public void Acknowledged(int index, long timestamp)
    {
        var due = DueAt(plan.Sends[index]);
        Acknowledgements.Enqueue(new(due, timestamp - due));
        if (Counts(index))
        {
            Acknowledgement.Record(timestamp - due);
        }
    }

    /// <param name="tenant">Which of the two.</param>
    /// <param name="on">The receiver's replica.</param>
    public void Delivered(int tenant, string clientMessageId, Uri? on, long timestamp)
    {
        if (!clientMessageId.StartsWith(IdPrefix, StringComparison.Ordinal)
            || !int.TryParse(clientMessageId.AsSpan(IdPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || number >= _sends[tenant].Length)
        {
            return;
        }

        var index = _sends[tenant][number];
        var due = DueAt(plan.Sends[index]);
        var across = _sentOn[index] is { } from && on is not null && from != on;
        if (across)
        {
            Crossings.Enqueue(new(due, timestamp - due));
        }

        if (Counts(index))
        {
            Interlocked.Increment(ref _deliveries);
            (across ? Across : Same).Record(timestamp - due);
        }
    }

    public static long TicksOf(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);

    private bool Counts(int index) => plan.Sends[index].At >= plan.Shape.Warmup;

    /// <summary>Per tenant: which planned send has which number.</summary>
    private static int[][] Index(LoadPlan plan)
    {
        var tenants = LoadShape.Tenants.Count;
        var byNumber = new List<int>[tenants];
        for (var tenant = 0; tenant < tenants; tenant++)
        {
            byNumber[tenant] = [];
        }

        for (var i = 0; i < plan.Sends.Count; i++)
        {
            byNumber[plan.Sends[i].Client % tenants].Add(i);
        }

        return [.. byNumber.Select(list => list.ToArray())];
    }
}
