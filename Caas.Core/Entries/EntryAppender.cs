using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Caas.Core.Entries;

/// <summary>
/// The append pipeline: the one way into every log. Group commit: at most one write per log is in flight, and what waits meanwhile goes together.
/// Several waiting entries of one log go in a call of their own; single entries of different logs share one. No timer delays a lone entry.
/// An unknown outcome is resolved by appending the same drafts again, never by guessing.
/// </summary>
public sealed partial class EntryAppender(IEntryStore store, TimeProvider clock, IOptions<AppendOptions> options, EntryMetrics metrics, ILogger<EntryAppender> logger)
{
    private readonly Lock _gate = new();
    private readonly AppendOptions _options = options.Value;
    private readonly int _mostWriting = options.Value.MaxConcurrentWrites ?? store.UsefulConcurrentAppends;
    private readonly Dictionary<LogId, Lane> _lanes = [];
    private readonly Queue<Lane> _ready = [];
    private int _waiting;
    private int _writing;

    /// <summary>Appends one draft; durable when it returns. Cancelling stops the waiting, not the write: its outcome is then unknown.</summary>
    /// <returns>The stored entry, and whether it was stored before.</returns>
    /// <exception cref="RefusedException"><c>client_message_id_reused</c>; <c>id_taken</c> for <see cref="EntryDraft.OnlyFirst"/>; <c>unavailable</c>: unknown, try again with the same client id.</exception>
    public async Task<(Entry Entry, bool Duplicate)> AppendAsync(EntryDraft draft, CancellationToken cancellationToken)
    {
        var pending = new Pending(draft);
        Enqueue([pending]);
        return await OutcomeAsync(pending, clock.GetTimestamp(), cancellationToken);
    }

    /// <summary>Appends drafts of one log behind each other, in one write unless that is full: what belongs together stands together. Each has its own outcome; the first refusal is thrown once all are known.</summary>
    /// <exception cref="RefusedException">As of one.</exception>
    public async Task<IReadOnlyList<(Entry Entry, bool Duplicate)>> AppendTogetherAsync(IReadOnlyList<EntryDraft> drafts, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        Pending[] pending = [.. drafts.Select(draft => new Pending(draft))];
        Enqueue(pending);
        return await Task.WhenAll(pending.Select(one => OutcomeAsync(one, started, cancellationToken)));
    }

    private async Task<(Entry Entry, bool Duplicate)> OutcomeAsync(Pending pending, long started, CancellationToken cancellationToken)
    {
        var outcome = await pending.Outcome.Task.WaitAsync(cancellationToken);
        metrics.Done(outcome.Status, clock.GetElapsedTime(started));
        return outcome.Status switch
        {
            AppendStatus.Appended => (outcome.Entry!, false),
            // A retried call may find its own first attempt: that is no duplicate.
            AppendStatus.Duplicate => (outcome.Entry!, outcome.Entry!.Id != pending.Draft.Id),
            AppendStatus.ClientIdReused => throw Refusal.ClientMessageIdReused.AsException(),
            _ => throw Refusal.IdTaken.AsException(),
        };
    }

    /// <param name="pending">All of one log.</param>
    private void Enqueue(Pending[] pending)
    {
        var log = pending[0].Draft.Log;
        lock (_gate)
        {
            if (_waiting >= _options.MaxWaiting)
            {
                throw Refusal.Unavailable.With("Too many entries wait to be stored.");
            }

            _waiting += pending.Length;
            if (!_lanes.TryGetValue(log, out var lane))
            {
                _lanes.Add(log, lane = new Lane(log));
            }

            foreach (var one in pending)
            {
                lane.Waiting.Enqueue(one);
            }

            if (!lane.Busy)
            {
                lane.Busy = true;
                _ready.Enqueue(lane);
            }
        }

        Dispatch();
    }

    /// <summary>Starts store calls while there are lanes with something to write and calls to be had.</summary>
    private void Dispatch()
    {
        while (NextCall() is { } call)
        {
            _ = WriteAsync(call);
        }
    }

    private Call? NextCall()
    {
        lock (_gate)
        {
            if (_ready.Count == 0 || _writing >= _mostWriting)
            {
                return null;
            }

            _writing++;
            var call = new Call();
            var first = _ready.Dequeue();
            Take(call, first, _options.MaxBatch);
            if (call.Items.Count > 1)
            {
                return call;
            }

            // A single entry: it shares the call with those of other logs. Lanes with more than one keep their turn and go in a call of their own.
            for (var left = _ready.Count; left > 0 && call.Items.Count < _options.MaxBatch; left--)
            {
                var lane = _ready.Dequeue();
                if (lane.Waiting.Count == 1)
                {
                    Take(call, lane, most: 1);
                }
                else
                {
                    _ready.Enqueue(lane);
                }
            }

            return call;
        }
    }

    private void Take(Call call, Lane lane, int most)
    {
        call.Lanes.Add(lane);
        for (; most > 0 && lane.Waiting.TryDequeue(out var pending); most--)
        {
            call.Items.Add(pending);
            _waiting--;
        }
    }

    private async Task WriteAsync(Call call)
    {
        try
        {
            metrics.Batch(call.Items.Count);
            var outcomes = await AppendUntilKnownAsync([.. call.Items.Select(item => item.Draft)]);
            for (var i = 0; i < outcomes.Count; i++)
            {
                call.Items[i].Outcome.TrySetResult(outcomes[i]);
            }
        }
#pragma warning disable CA1031 // Whatever went wrong goes to those who wait for it; the lanes must go on.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            foreach (var item in call.Items)
            {
                item.Outcome.TrySetException(exception);
            }
        }
        finally
        {
            Release(call);
            Dispatch();
        }
    }

    private async Task<IReadOnlyList<AppendOutcome>> AppendUntilKnownAsync(IReadOnlyList<EntryDraft> drafts)
    {
        var started = clock.GetTimestamp();
        var pause = TimeSpan.FromMilliseconds(20);
        while (true)
        {
            try
            {
                return await store.AppendInTurnAsync(drafts);
            }
            catch (StoreUnavailableException exception)
            {
                if (clock.GetElapsedTime(started) + pause > _options.GiveUpAfter)
                {
                    LogGaveUp(exception, drafts.Count);
                    throw new RefusedException(Refusal.Unavailable, "The store did not confirm the write; try again with the same id.", innerException: exception);
                }

                metrics.Retry();
                LogRetry(drafts.Count, pause, exception.Message);
                await Task.Delay(pause, clock);
                pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, TimeSpan.TicksPerSecond));
            }
        }
    }

    private void Release(Call call)
    {
        lock (_gate)
        {
            _writing--;
            foreach (var lane in call.Lanes)
            {
                if (lane.Waiting.Count > 0)
                {
                    _ready.Enqueue(lane);
                }
                else
                {
                    lane.Busy = false;
                    _lanes.Remove(lane.Log);
                }
            }
        }
    }

    [LoggerMessage(1101, LogLevel.Warning, "The outcome of a write of {Count} entries is unknown; trying again in {Pause}: {Reason}")]
    private partial void LogRetry(int count, TimeSpan pause, string reason);

    [LoggerMessage(1102, LogLevel.Error, "Gave up on a write of {Count} entries; its callers are told that it is unknown.")]
    private partial void LogGaveUp(Exception exception, int count);

    private sealed class Pending(EntryDraft draft)
    {
        public EntryDraft Draft { get; } = draft;

        public TaskCompletionSource<AppendOutcome> Outcome { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>What waits for one log. Busy from its first entry until a call leaves nothing behind.</summary>
    private sealed class Lane(LogId log)
    {
        public LogId Log { get; } = log;

        public Queue<Pending> Waiting { get; } = [];

        public bool Busy { get; set; }
    }

    private sealed class Call
    {
        public List<Lane> Lanes { get; } = [];

        public List<Pending> Items { get; } = [];
    }
}
