using System.Diagnostics;

namespace Caas.Bench.League;

/// <summary>
/// Many light clients on one thread: it looks at every socket in turn, at most every 2 ms under load, and sends what is due. Reading what has gathered costs less than waking for each
/// message, and the processors are the servers'. The time that a message waits for its turn counts as latency, of every peer alike.
/// </summary>
internal sealed class Swarm : IAsyncDisposable
{
    private const int AtOnce = 32;
    private const int BufferSize = 256 * 1024;

    private static readonly TimeSpan BusyTurn = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan IdleTurn = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan PingEvery = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly List<LightClient> _clients = [];
    private readonly ManualResetEventSlim _stop = new();
    private readonly ManualResetEventSlim _wake = new();
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly byte[] _buffer = new byte[BufferSize];
    private readonly HubStream.Take _take;
    private volatile Burst? _burst;
    private long _now;
    private long _ids = Stopwatch.GetTimestamp(); // not those of another swarm in the same conversations
    private long _refusals;

    public Swarm()
    {
        _take = Take;
        new Thread(Turn) { IsBackground = true, Name = "swarm" }.Start();
    }

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _clients.Count(client => !client.IsGone);
            }
        }
    }

    /// <summary>Connects more clients.</summary>
    /// <param name="join">Whether they join their conversations, or are merely connected.</param>
    public async Task AddAsync(IEnumerable<LightSeat> seats, bool join, CancellationToken cancellationToken) =>
        await Parallel.ForEachAsync(seats, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (seat, token) =>
        {
            var client = await LightClient.ConnectAsync(seat, join, token);
            lock (_gate)
            {
                _clients.Add(client);
            }
        });

    /// <summary>Who was cut off comes back.</summary>
    public async Task RepairAsync(CancellationToken cancellationToken)
    {
        LightClient[] gone;
        lock (_gate)
        {
            gone = [.. _clients.Where(client => client.IsGone)];
            _clients.RemoveAll(client => client.IsGone);
        }

        foreach (var client in gone)
        {
            client.Dispose();
        }

        await AddAsync(gone.Select(client => client.Seat), join: true, cancellationToken);
    }

    public async Task<BurstResult> RunAsync(BurstPlan plan, CancellationToken cancellationToken)
    {
        var burst = new Burst(plan);
        _burst = burst;
        _wake.Set();
        try
        {
            return await burst.Ended.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            _burst = null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _stop.Set();
        _wake.Set();
        await _stopped.Task;
        foreach (var client in _clients)
        {
            client.Dispose();
        }

        _stop.Dispose();
        _wake.Dispose();
    }

    private void Turn()
    {
        var pinged = Stopwatch.GetTimestamp();
        while (!_stop.IsSet)
        {
            _wake.Reset();
            var burst = _burst;
            _now = Stopwatch.GetTimestamp();
            lock (_gate)
            {
                var isPing = Stopwatch.GetElapsedTime(pinged, _now) > PingEvery;
                pinged = isPing ? _now : pinged;
                Look(burst, isPing);
            }

            _ = burst is null ? _wake.Wait(IdleTurn) : _stop.Wait(Rest());
        }

        _stopped.SetResult();
    }

    private TimeSpan Rest()
    {
        var rest = BusyTurn - Stopwatch.GetElapsedTime(_now);
        return rest > TimeSpan.Zero ? rest : TimeSpan.Zero;
    }

    private void Look(Burst? burst, bool isPing)
    {
        _refusals = 0;
        var gone = 0;
        foreach (var client in _clients)
        {
            if (isPing)
            {
                client.Ping();
            }

            client.Flush();
            var bytes = client.Receive(_buffer, _take);
            burst?.Received(bytes);
            gone += client.IsGone ? 1 : 0;
        }

        if (burst is null)
        {
            return;
        }

        _now = Stopwatch.GetTimestamp();
        while (burst.TryTake(_now, _clients.Count, out var client, out var due))
        {
            _clients[client].Send(++_ids, due);
        }

        burst.IsOver(_now, gone > 0 ? $"{gone} clients were cut off" : _refusals > 0 ? "messages were refused" : null);
    }

    private void Take(ReadOnlySpan<byte> message)
    {
        switch (HubLines.Read(message, out var due))
        {
            case HubLineKind.Delivery:
                _burst?.Delivered(due, Stopwatch.GetTimestamp());
                break;
            case HubLineKind.Refusal:
                _refusals++;
                break;
            default:
                break;
        }
    }
}
