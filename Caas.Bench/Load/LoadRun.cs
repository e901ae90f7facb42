using System.Diagnostics;
using Caas.Bench.Checking;
using Caas.Bench.Clusters;
using Caas.Contracts;

namespace Caas.Bench.Load;

/// <summary>A load that runs: its platform, world, clients, and what was measured.</summary>
internal sealed class LoadRun : IAsyncDisposable
{
    /// <summary>The timer wakes about this often; what is due by then goes.</summary>
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    private readonly List<Task> _sending = [];
    private readonly List<Task> _repeating = [];
    private readonly Dictionary<int, Task<SendOutcome>> _lastOverRest = [];
    private readonly Sequels _sequels = new();
    private readonly Lock _gate = new();

    private LoadRun(ICluster cluster, LoadPlan plan, World world, Fleet fleet, Measurements measurements) =>
        (Cluster, Plan, World, Fleet, Measured) = (cluster, plan, world, fleet, measurements);

    public ICluster Cluster { get; }

    public LoadPlan Plan { get; }

    public World World { get; }

    public Fleet Fleet { get; }

    public Measurements Measured { get; }

    /// <summary>When the load began, in stopwatch ticks.</summary>
    public long Began { get; private set; }

    /// <summary>Sends go to REST instead of the hub.</summary>
    public bool OverRest { get; init; }

    /// <summary>Whether every client had everything at the end.</summary>
    public bool CaughtUp { get; private set; }

    /// <summary>How far the load has come.</summary>
    public TimeSpan Elapsed => Began == 0 ? TimeSpan.Zero : Stopwatch.GetElapsedTime(Began);

    /// <summary>A moment of the load, from its beginning on.</summary>
    /// <param name="stopwatchTicks">At or after <see cref="Began"/>.</param>
    public TimeSpan Since(long stopwatchTicks) => Stopwatch.GetElapsedTime(Began, stopwatchTicks);

    /// <summary>Makes the tenants and connects the clients.</summary>
    /// <param name="progress">Gets how many of the clients are connected.</param>
    public static async Task<LoadRun> PrepareAsync(ICluster cluster, LoadPlan plan, LoadOptions options, Action<double> progress, CancellationToken cancellationToken)
    {
        var measurements = new Measurements(plan);
        var world = await World.MakeAsync(cluster, plan.Shape, cancellationToken, [.. options.FurtherUsers]);
        try
        {
            var connected = 0;
            var fleet = await Fleet.ConnectAsync(cluster, world, plan.Shape, measurements, options.Pinned, () => progress(Interlocked.Increment(ref connected)), cancellationToken);
            return new(cluster, plan, world, fleet, measurements) { OverRest = options.OverRest };
        }
        catch
        {
            world.Dispose();
            throw;
        }
    }

    /// <summary>Sends everything at its time, whatever the platform does.</summary>
    public async Task DriveAsync(CancellationToken cancellationToken)
    {
        Began = Stopwatch.GetTimestamp();
        Measured.Begin(Began);
        using var timer = new PeriodicTimer(Tick);
        for (var next = 0; next < Plan.Sends.Count;)
        {
            var now = Stopwatch.GetTimestamp();
            for (; next < Plan.Sends.Count && Measured.DueAt(Plan.Sends[next]) <= now; next++)
            {
                var index = next;
                _sending.Add(SendAsync(index, Plan.Sends[index], cancellationToken));
            }

            await timer.WaitForNextTickAsync(cancellationToken);
        }

        // The load lasts as long as was asked for, also when nothing happens to be due at its end.
        var left = Plan.Shape.Warmup + Plan.Shape.Duration - Elapsed;
        if (left > TimeSpan.Zero)
        {
            await Task.Delay(left, cancellationToken);
        }
    }

    /// <summary>Sends a message besides the plan over REST, as that client's user; it is logged like the others.</summary>
    /// <param name="id">Its client id; not one of the plan's.</param>
    public Task<SendOutcome> SendMoreAsync(BenchClient client, string id, CancellationToken cancellationToken)
    {
        var (seat, message) = (client.Seat, client.Message(id));
        return client.LogAsync(client.RecordOf(message, again: true), async () => (await World.As(seat).Messages.SendAsync(seat.Conversation, message, cancellationToken: cancellationToken)).Seq);
    }

    /// <summary>Waits until all is answered and received, or nothing moves any more, and reads the logs back.</summary>
    /// <param name="patience">How long without any progress.</param>
    public async Task<History> FinishAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        await AnsweredAsync(patience, cancellationToken);
        var logs = await World.ReadLogsAsync(cancellationToken);
        var ends = logs.ToDictionary(log => (log.Tenant, log.Conversation), log => log.Entries.Count == 0 ? 0 : log.Entries.Max(entry => entry.Seq));
        CaughtUp = await Fleet.CaughtUpAsync(seat => ends[(seat.Tenant, seat.Conversation)], patience, cancellationToken);

        // Where something is missing, or somebody has more, the log may have moved on meanwhile.
        var records = Fleet.Clients.Select(client => client.Log()).ToArray();
        var agreed = CaughtUp && records.All(record => record.Received.Entries.Count == 0 || record.Received.Entries[^1].Seq <= ends[(record.Received.Tenant, record.Received.Conversation)]);
        return new([.. records.SelectMany(record => record.Sends)], [.. records.Select(record => record.Received)], agreed ? logs : await World.ReadLogsAsync(cancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        await Fleet.DisposeAsync();
        await Task.WhenAll(_sending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        World.Dispose();
    }

    private async Task SendAsync(int index, PlannedSend planned, CancellationToken cancellationToken)
    {
        var client = Fleet.Clients[planned.Client];
        var message = _sequels.Compose(client, planned);
        var (outcome, messageId) = OverRest ? (await InTurnAsync(index, message, planned.Client, client, cancellationToken), null) : await client.SendAsync(index, message);
        if (outcome == SendOutcome.Ok && planned.RepeatAfter is { } wait)
        {
            lock (_gate)
            {
                _repeating.Add(RepeatAsync(index, message, client, wait, cancellationToken));
            }
        }

        if (messageId is not null)
        {
            await _sequels.FollowAsync(client, planned.Sequel, messageId);
        }
    }

    /// <summary>Over REST too a client sends its next message when the one before is answered: otherwise there is no order to keep.</summary>
    private async Task<SendOutcome> InTurnAsync(int index, SendMessageRequest message, int place, BenchClient client, CancellationToken cancellationToken)
    {
        Task<SendOutcome> mine;
        lock (_gate)
        {
            var before = _lastOverRest.GetValueOrDefault(place, Task.FromResult(SendOutcome.Ok));
            _lastOverRest[place] = mine = AfterAsync(before);
        }

        return await mine;

        async Task<SendOutcome> AfterAsync(Task before)
        {
            await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return await SendOverRestAsync(index, message, client, again: false, cancellationToken);
        }
    }

    private async Task RepeatAsync(int index, SendMessageRequest message, BenchClient client, TimeSpan wait, CancellationToken cancellationToken)
    {
        await Task.Delay(wait, cancellationToken);
        await SendOverRestAsync(index, message, client, again: true, cancellationToken);
    }

    private Task<SendOutcome> SendOverRestAsync(int index, SendMessageRequest message, BenchClient client, bool again, CancellationToken cancellationToken)
    {
        var seat = client.Seat;
        if (!again)
        {
            Measured.Sent(index, null, Stopwatch.GetTimestamp());
        }

        return client.LogAsync(client.RecordOf(message, again), async () =>
        {
            var sent = await World.As(seat).Messages.SendAsync(seat.Conversation, message, cancellationToken: cancellationToken);
            if (!again)
            {
                Measured.Acknowledged(index, Stopwatch.GetTimestamp());
            }

            return sent.Seq;
        });
    }

    private async Task AnsweredAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        for (var (since, left) = (Stopwatch.GetTimestamp(), -1); ;)
        {
            Task[] open;
            lock (_gate)
            {
                open = [.. _sending.Concat(_repeating).Where(task => !task.IsCompleted)];
            }

            if (open.Length == 0)
            {
                return;
            }

            if (open.Length != left)
            {
                (since, left) = (Stopwatch.GetTimestamp(), open.Length);
            }
            else if (Stopwatch.GetElapsedTime(since) > patience)
            {
                return;
            }

            await Task.WhenAny(Task.WhenAny(open), Task.Delay(patience, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }
    }
}

/// <summary>How a load is put on.</summary>
internal sealed record LoadOptions
{
    /// <summary>Each client stays with one replica.</summary>
    public bool Pinned { get; init; }

    /// <summary>Sends go to REST instead of the hub.</summary>
    public bool OverRest { get; init; }

    /// <summary>Users beside those of the load, members of every conversation.</summary>
    public IReadOnlyList<string> FurtherUsers { get; init; } = [];
}
