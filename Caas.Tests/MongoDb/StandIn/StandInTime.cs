using System.Diagnostics;
using MongoDB.Bson;

namespace Caas.Tests.MongoDb.StandIn;

/// <summary>The replica set's logical time: when each write happened, and up to where a majority has them.</summary>
internal sealed class StandInTime(TimeProvider clock)
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private BsonTimestamp _now = new((int)clock.GetUtcNow().ToUnixTimeSeconds(), 1);
    private readonly Dictionary<BsonTimestamp, long> _writtenAt = [];
    private BsonTimestamp? _held;

    /// <summary>How long the other nodes take to have a write.</summary>
    public TimeSpan Lag { get; set; }

    /// <summary>The newest write.</summary>
    public BsonTimestamp Now
    {
        get
        {
            lock (_lock)
            {
                return _now;
            }
        }
    }

    /// <summary>Up to here a majority has everything.</summary>
    public BsonTimestamp Committed
    {
        get
        {
            lock (_lock)
            {
                return _held ?? _now;
            }
        }
    }

    public BsonDateTime Wall => new(clock.GetUtcNow().ToUnixTimeMilliseconds());

    /// <summary>A new moment, for a write.</summary>
    public BsonTimestamp Tick()
    {
        lock (_lock)
        {
            var seconds = Math.Max(_now.Timestamp, (int)clock.GetUtcNow().ToUnixTimeSeconds());
            _now = new BsonTimestamp(seconds, seconds == _now.Timestamp ? _now.Increment + 1 : 1);
            if (Lag > TimeSpan.Zero)
            {
                _writtenAt[_now] = Stopwatch.GetTimestamp();
            }

            Signal();
            return _now;
        }
    }

    /// <summary>From now on the other nodes do not answer: nothing more is committed.</summary>
    public void Hold()
    {
        lock (_lock)
        {
            _held ??= _now;
        }
    }

    /// <summary>The other nodes are back.</summary>
    public void Release()
    {
        lock (_lock)
        {
            _held = null;
            Signal();
        }
    }

    /// <summary>Ends when something was written or committed after this call.</summary>
    public Task ChangedAsync()
    {
        lock (_lock)
        {
            return _changed.Task;
        }
    }

    /// <returns>Whether a majority had it in time.</returns>
    public async Task<bool> WaitCommittedAsync(BsonTimestamp time, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(timeout ?? Timeout.InfiniteTimeSpan);
        while (true)
        {
            var changed = ChangedAsync();
            if (Committed >= time)
            {
                await ReplicatedAsync(time, cancellationToken);
                return true;
            }

            try
            {
                await changed.WaitAsync(deadline.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return false;
            }
        }
    }

    /// <summary>Adds the times that every answer carries.</summary>
    public BsonDocument Stamp(BsonDocument reply)
    {
        var now = Now;
        reply.Add("operationTime", now, !reply.Contains("operationTime"));
        reply["$clusterTime"] = new BsonDocument
        {
            { "clusterTime", now },
            { "signature", new BsonDocument { { "hash", new BsonBinaryData(new byte[20]) }, { "keyId", 0L } } },
        };
        return reply;
    }

    private async Task ReplicatedAsync(BsonTimestamp time, CancellationToken cancellationToken)
    {
        TimeSpan left;
        lock (_lock)
        {
            left = _writtenAt.TryGetValue(time, out var at) ? Lag - Stopwatch.GetElapsedTime(at) : TimeSpan.Zero;
        }

        if (left > TimeSpan.Zero)
        {
            await Task.Delay(left, cancellationToken);
        }
    }

    private void Signal()
    {
        var changed = _changed;
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.SetResult();
    }
}
