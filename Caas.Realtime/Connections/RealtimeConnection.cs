using Caas.Core.Blocks;
using Caas.Core.Callers;
using Caas.Realtime.Delivery;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace Caas.Realtime.Connections;

/// <summary>One live connection of this replica: who it is, what it watches, and its outbox.</summary>
internal sealed class RealtimeConnection(string id, Caller caller, IConnectionCarrier carrier, Outbox outbox, TimeProvider clock)
{
    private readonly Lock _gate = new();
    private Caller _caller = caller;
    private BlockSet _blocks = BlockSet.None;
    private int _blocksAsked;
    private volatile int _blocksRead;
    private int _invocations;
    private TaskCompletionSource? _idle;
    private bool _draining;

    public string Id { get; } = id;

    public TenantId Tenant { get; } = caller.Tenant;

    public UserId User { get; } = caller.RequireUser();

    /// <summary>Who the connection is now: <c>Authenticate</c> replaces its token.</summary>
    public Caller Caller
    {
        get => Volatile.Read(ref _caller);
        set => Volatile.Write(ref _caller, value);
    }

    public Outbox Outbox { get; } = outbox;

    /// <summary>Whom the user blocks, and who blocks the user; none until it is known.</summary>
    public BlockSet Blocks => Volatile.Read(ref _blocks);

    public bool KnowsBlocks => _blocksRead > 0;

    /// <summary>The blocks are about to be read: what was begun later is not older.</summary>
    public int BeginReadingBlocks() => Interlocked.Increment(ref _blocksAsked);

    /// <summary>What a reading found, unless a later one was faster.</summary>
    public bool TrySetBlocks(BlockSet blocks, int reading)
    {
        lock (_gate)
        {
            if (reading < _blocksRead)
            {
                return false;
            }

            Volatile.Write(ref _blocks, blocks);
            _blocksRead = reading;
            return true;
        }
    }

    /// <summary>What it watches, by log.</summary>
    public WatchTable Watches { get; } = new();

    /// <summary>Queues an event for this connection.</summary>
    /// <param name="size">About how many bytes it has.</param>
    public void Send(string method, object argument, int size = 200) => Outbox.Add(new(Message(method, argument), size));

    /// <summary>Queues an event that goes to several connections, serialised once.</summary>
    public void Send(SerializedHubMessage message, int size = 200) => Outbox.Add(new(message, size));

    /// <summary>An event to be sent to several connections.</summary>
    public static SerializedHubMessage Serialized(string method, object argument) => Message(method, argument);

    /// <summary>Delivers nothing more, tells why, and closes the connection once that is written; a client that does not read has 2 s.</summary>
    /// <returns>False when it was being closed already.</returns>
    public bool Evict(string reason)
    {
        var last = new Outgoing(Message(nameof(IRealtimeClient.Evicted), new Evicted(null, reason)), 100);
        var closing = new TaskCompletionSource();
        void Close()
        {
            closing.TrySetResult();
            carrier.Close();
        }

        if (!Outbox.Finish(last, Close))
        {
            return false;
        }

        _ = CutOffUnlessAsync(closing.Task, TimeSpan.FromSeconds(2));
        return true;
    }

    /// <summary>Ends the connection because its client does not read; it may come back and resume.</summary>
    public void CutOff() => carrier.CutOff();

    /// <summary>Notes a call that begins; dispose when it has ended.</summary>
    /// <exception cref="RefusedException"><c>unavailable</c> when the connection is being drained.</exception>
    public Invocation Begin()
    {
        lock (_gate)
        {
            if (_draining)
            {
                throw Refusal.Unavailable.With("This replica is going; reconnect and try again.");
            }

            _invocations++;
        }

        return new(this);
    }

    /// <summary>Lets the calls that run end, begins no more, and closes so that the client reconnects.</summary>
    public async Task DrainAsync(TimeSpan patience)
    {
        Task idle;
        lock (_gate)
        {
            _draining = true;
            _idle ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_invocations == 0)
            {
                _idle.TrySetResult();
            }

            idle = _idle.Task;
        }

        // The farewell too must be written before the socket closes.
        await Task.WhenAny(Task.WhenAll(idle, Outbox.WhenFlushed()), Task.Delay(patience, clock));
        carrier.CloseToReconnect();
    }

    private async Task CutOffUnlessAsync(Task closing, TimeSpan patience)
    {
        await Task.WhenAny(closing, Task.Delay(patience, clock));
        if (!closing.IsCompleted)
        {
            carrier.CutOff();
        }
    }

    private static SerializedHubMessage Message(string method, object argument) => new(new InvocationMessage(method, [argument]));

    /// <summary>A call that runs.</summary>
    internal readonly struct Invocation(RealtimeConnection connection) : IDisposable
    {
        public void Dispose()
        {
            lock (connection._gate)
            {
                connection._invocations--;
                if (connection._invocations == 0)
                {
                    connection._idle?.TrySetResult();
                }
            }
        }
    }
}
