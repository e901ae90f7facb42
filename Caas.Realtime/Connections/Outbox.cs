using Caas.Realtime.Delivery;
using Microsoft.AspNetCore.SignalR;

namespace Caas.Realtime.Connections;

/// <summary>One message for one connection.</summary>
/// <param name="Size">About how many bytes it has.</param>
/// <param name="At">When what it tells of was stored; null: not measured.</param>
/// <param name="Watch">The watch it belongs to; it is left out when that no longer wants it.</param>
internal readonly record struct Outgoing(SerializedHubMessage Message, int Size, DateTimeOffset? At = null, Watch? Watch = null, int Generation = 0, long Seq = 0)
{
    public bool IsWanted => Watch is null || Watch.Wants(Generation, Seq);
}

/// <summary>
/// What waits to be written to one connection, in order, with a pump of its own: a connection that does not read holds up nobody else. It is bounded; overflow cuts the connection off
/// (the client comes back and resumes by seq).
/// </summary>
internal sealed class Outbox(IConnectionCarrier carrier, int maxMessages, int maxBytes, RealtimeMetrics metrics, TimeProvider clock) : IThreadPoolWorkItem
{
    /// <summary>After so many messages without a wait it lets others go first: one that is filled as fast as it is written would hold up those behind it for ever.</summary>
    internal const int MessagesPerTurn = 64;

    private readonly Lock _gate = new();

    /// <summary>Null while nothing waits, or not for long: an idle connection has none.</summary>
    private Queue<Outgoing>? _queue;

    private Action? _afterLast;
    private TaskCompletionSource? _flushed;
    private long _bytes;
    private long _writingSince;
    private bool _pumping;
    private bool _closed;

    /// <summary>Queues a message; never blocks.</summary>
    /// <param name="round">What begins to write, together with other outboxes; null: it does so by itself.</param>
    /// <returns>False when the connection is, or now was, closed.</returns>
    public bool Add(Outgoing message, PumpRound? round = null)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return false;
            }

            var waiting = _queue?.Count ?? 0;
            if (waiting < maxMessages && (waiting == 0 || _bytes + message.Size <= maxBytes))
            {
                Enqueue(message, round);
                return true;
            }

            Close();
        }

        carrier.CutOff();
        return false;
    }

    /// <summary>Drops what waits, writes this one message (if any) and calls <paramref name="afterwards"/> when the transport has taken it. Nothing is added later.</summary>
    /// <returns>False when it was closed before; then nothing is called.</returns>
    public bool Finish(Outgoing? last, Action afterwards)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return false;
            }

            Close();
            _afterLast = afterwards;
            if (last is { } message)
            {
                Enqueue(message);
                return true;
            }

            if (_pumping)
            {
                return true;
            }

            _afterLast = null;
        }

        afterwards();
        return true;
    }

    /// <summary>Ends when everything that waits now is written.</summary>
    public Task WhenFlushed()
    {
        lock (_gate)
        {
            return _pumping ? (_flushed ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task : Task.CompletedTask;
        }
    }

    /// <summary>How long the current write has been waiting for the client to read; zero when none waits.</summary>
    public TimeSpan Stalled()
    {
        var since = Interlocked.Read(ref _writingSince);
        return since == 0 ? TimeSpan.Zero : clock.GetElapsedTime(since);
    }

    /// <summary>Gives back the room that what waited once had, when nothing does.</summary>
    public void Rest()
    {
        if (Volatile.Read(ref _queue) is not null)
        {
            lock (_gate)
            {
                _queue = _pumping ? _queue : null;
            }
        }
    }

    /// <summary>Writes what waits: for the round that it was added to.</summary>
    public void Pump() => _ = PumpAsync();

    void IThreadPoolWorkItem.Execute() => Pump();

    private void Enqueue(Outgoing message, PumpRound? round = null)
    {
        (_queue ??= new()).Enqueue(message);
        _bytes += message.Size;
        if (!_pumping)
        {
            _pumping = true;
            if (round is null)
            {
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            }
            else
            {
                round.Add(this);
            }
        }
    }

    private void Close()
    {
        _closed = true;
        _queue = null;
        _bytes = 0;
    }

    private async Task PumpAsync()
    {
        for (var taken = 0; taken < MessagesPerTurn; taken++)
        {
            if (!TryTake(out var next))
            {
                return;
            }

            if (!next.IsWanted)
            {
                continue;
            }

            var writing = carrier.WriteAsync(next.Message);
            if (!writing.IsCompletedSuccessfully)
            {
                Interlocked.Exchange(ref _writingSince, Math.Max(1, clock.GetTimestamp()));
                await ((Task)writing.AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                Interlocked.Exchange(ref _writingSince, 0);
            }

            if (next.At is { } at)
            {
                metrics.Delivered(clock.GetUtcNow() - at);
            }
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private bool TryTake(out Outgoing next)
    {
        Action? afterwards;
        lock (_gate)
        {
            next = default;
            if (_queue?.TryDequeue(out next) == true)
            {
                _bytes -= next.Size;
                return true;
            }

            _pumping = false;
            _flushed?.TrySetResult();
            _flushed = null;
            afterwards = _afterLast;
            _afterLast = null;
        }

        afterwards?.Invoke();
        return false;
    }
}
