using Caas.Core.Entries;

namespace Caas.Core.Messages;

/// <summary>
/// Lets the folds of one message go together that are asked for at once in this process: whoever comes while one runs waits for the next, which begins after that call and so sees all that was
/// appended before it. Without it a thread that many reply to at once would be folded as often as there are replies, most of the times against each other.
/// </summary>
internal sealed class SharedFolds
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(LogId Log, long Seq), Turn> _turns = [];

    /// <param name="fold">Called once for all who wait; not with the cancellation of any of them.</param>
    public Task<Entry?> RunAsync(LogId log, long messageSeq, Func<Task<Entry?>> fold)
    {
        var turn = new Turn((log, messageSeq), fold);
        lock (_gate)
        {
            if (_turns.TryGetValue(turn.Key, out var running))
            {
                return (running.Next ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            _turns.Add(turn.Key, turn);
        }

        return LeadAsync(turn);
    }

    private async Task<Entry?> LeadAsync(Turn turn)
    {
        try
        {
            return await turn.Fold();
        }
        finally
        {
            GoOn(turn);
        }
    }

    private void GoOn(Turn turn)
    {
        TaskCompletionSource<Entry?>? next;
        lock (_gate)
        {
            (next, turn.Next) = (turn.Next, null);
            if (next is null)
            {
                _turns.Remove(turn.Key);
            }
        }

        if (next is not null)
        {
            _ = ServeAsync(turn, next);
        }
    }

    private async Task ServeAsync(Turn turn, TaskCompletionSource<Entry?> waiting)
    {
        try
        {
            waiting.SetResult(await turn.Fold());
        }
#pragma warning disable CA1031 // Whatever went wrong goes to those who wait for it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            waiting.SetException(exception);
        }
        finally
        {
            GoOn(turn);
        }
    }

    private sealed class Turn((LogId Log, long Seq) key, Func<Task<Entry?>> fold)
    {
        public (LogId Log, long Seq) Key { get; } = key;

        public Func<Task<Entry?>> Fold { get; } = fold;

        /// <summary>Those who came while a fold ran.</summary>
        public TaskCompletionSource<Entry?>? Next { get; set; }
    }
}
