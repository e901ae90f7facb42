using Caas.Core.Entries;

namespace Caas.Adapters.MongoDb.Entries;

/// <summary>The lanes of all logs in use: each run by one writer at a time; idle ones are remembered for their tails, the least recently used forgotten first.</summary>
internal sealed class LogLanes(int remembered, TimeProvider clock)
{
    private const int MostEntries = 500;
    private const int MostBytes = 8 * 1024 * 1024;
    private readonly Lock _lock = new();
    private readonly Dictionary<LogId, LinkedListNode<LogLane>> _lanes = [];
    private readonly LinkedList<LogLane> _byUse = new();

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _lanes.Count;
            }
        }
    }

    /// <summary>Queues drafts in their lanes.</summary>
    /// <returns>The lanes that nobody ran: the caller must run them now.</returns>
    public List<LogLane> Enter(IReadOnlyList<PendingAppend> pendings)
    {
        var started = new List<LogLane>();
        lock (_lock)
        {
            foreach (var pending in pendings)
            {
                var lane = Use(pending.Draft.Log);
                lane.Waiting.Enqueue(pending);
                if (!lane.IsRunning)
                {
                    lane.IsRunning = true;
                    started.Add(lane);
                }
            }

            Forget();
        }

        return started;
    }

    /// <summary>Adds what waits in the lane to a batch, as far as one insert may hold it.</summary>
    public void TakeWaiting(LogLane lane, List<PendingAppend> batch)
    {
        lock (_lock)
        {
            var size = batch.Sum(pending => (long)pending.Size);
            while (batch.Count < MostEntries && lane.Waiting.TryPeek(out var next) && (batch.Count == 0 || size + next.Size <= MostBytes))
            {
                lane.Waiting.Dequeue();
                if (!next.IsAbandoned)
                {
                    batch.Add(next);
                    size += next.Size;
                }
            }
        }
    }

    /// <summary>Stops running the lane, unless something waits in it.</summary>
    public bool TryLeave(LogLane lane)
    {
        lock (_lock)
        {
            return lane.Waiting.Count == 0 && !(lane.IsRunning = false);
        }
    }

    private LogLane Use(LogId log)
    {
        if (_lanes.TryGetValue(log, out var node))
        {
            _byUse.Remove(node);
        }
        else
        {
            _lanes.Add(log, node = new LinkedListNode<LogLane>(new LogLane(log, clock)));
        }

        _byUse.AddLast(node);
        return node.Value;
    }

    private void Forget()
    {
        for (var node = _byUse.First; node is not null && _lanes.Count > remembered;)
        {
            var next = node.Next;
            if (!node.Value.IsRunning)
            {
                _byUse.Remove(node);
                _lanes.Remove(node.Value.Log);
            }

            node = next;
        }
    }
}
