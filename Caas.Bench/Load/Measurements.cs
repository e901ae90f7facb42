using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Caas.Bench.Reports;

namespace Caas.Bench.Load;

/// <summary>One send that was acknowledged.</summary>
/// <param name="Due">When it was to be sent.</param>
/// <param name="Took">From then until it was acknowledged; both in stopwatch ticks.</param>
internal readonly record struct Answer(long Due, long Took);

/// <summary>One message, handled by one client.</summary>
/// <param name="Due">When it was to be sent.</param>
/// <param name="Took">From then until it was handled; both in stopwatch ticks.</param>
/// <param name="By">Who handled it.</param>
/// <param name="On">That client's replica.</param>
/// <param name="Across">Whether it was sent to another one.</param>
/// <param name="IsPlanned">Whether the plan has it.</param>
internal readonly record struct Handling(long Due, long Took, Seat By, Uri? On, bool Across, bool IsPlanned);

/// <summary>Latencies of a run, from the planned time of each send: what waits in the client, or in a client's queue, counts. Thread safe.</summary>
internal sealed class Measurements(LoadPlan plan)
{
    private const string IdPrefix = "m-";

    private readonly int[][] _sends = Index(plan);
    private readonly Uri?[] _sentOn = new Uri?[plan.Sends.Count];
    private readonly ConcurrentDictionary<(string Tenant, string Id), (long Due, Uri? On)> _beside = new();
    private long _start;
    private long _deliveries;

    /// <summary>From the planned send to its acknowledgement.</summary>
    public Latency Acknowledgement { get; } = new();

    /// <summary>From the planned send to a client of the same replica.</summary>
    public Latency Same { get; } = new();

    /// <summary>From the planned send to a client of another replica.</summary>
    public Latency AcrossReplicas { get; } = new();

    /// <summary>How late the load generator itself was: what of the latencies is its own.</summary>
    public Latency Lateness { get; } = new();

    /// <summary>Every delivery, in no order, for faults that look at when, where and to whom.</summary>
    public ConcurrentQueue<Handling> Handled { get; } = new();

    /// <summary>Every acknowledgement of a planned send, in no order.</summary>
    public ConcurrentQueue<Answer> Acknowledgements { get; } = new();

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

    /// <summary>A message besides the plan is sent, whose deliveries count for those who look at each.</summary>
    /// <param name="due">When it was to be, in stopwatch ticks.</param>
    public void SentBeside(string tenant, string clientMessageId, Uri? replica, long due) => _beside[(tenant, clientMessageId)] = (due, replica);

    /// <param name="by">The receiver.</param>
    /// <param name="on">Its replica.</param>
    public void Delivered(Seat by, string clientMessageId, Uri? on, long timestamp)
    {
        if (_beside.TryGetValue((by.Tenant, clientMessageId), out var beside))
        {
            Handled.Enqueue(new(beside.Due, timestamp - beside.Due, by, on, Across(beside.On, on), IsPlanned: false));
            return;
        }

        var sends = _sends[LoadShape.TenantNumber(by.Tenant)];
        if (!clientMessageId.StartsWith(IdPrefix, StringComparison.Ordinal)
            || !int.TryParse(clientMessageId.AsSpan(IdPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || number >= sends.Length)
        {
            return;
        }

        var index = sends[number];
        var due = DueAt(plan.Sends[index]);
        var across = Across(_sentOn[index], on);
        Handled.Enqueue(new(due, timestamp - due, by, on, across, IsPlanned: true));
        if (Counts(index))
        {
            Interlocked.Increment(ref _deliveries);
            (across ? AcrossReplicas : Same).Record(timestamp - due);
        }
    }

    public static long TicksOf(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);

    private static bool Across(Uri? from, Uri? to) => from is not null && to is not null && from != to;

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
