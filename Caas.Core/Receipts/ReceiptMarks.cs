using Caas.Core.Entries;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Caas.Core.Receipts;

/// <summary>
/// Gathers marks and writes them together: of each member the furthest, one write at a time, at the latest <see cref="ReceiptOptions.FlushAfter"/> after the first, at once where somebody waits
/// for it, and before the process ends. What moved is told once it is durable. A store that is gone is asked again; the marks wait meanwhile.
/// </summary>
public sealed partial class ReceiptMarks(IReceiptStore store, ReceiptTelling telling, IOptions<ReceiptOptions> options, ReceiptMetrics metrics, TimeProvider clock, ILogger<ReceiptMarks> logger) : IHostedService
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private Dictionary<(LogId Log, UserId User), Mark> _waiting = [];
    private TaskCompletionSource _written = New();
    private TaskCompletionSource _urgent = New();
    private Task _running = Task.CompletedTask;
    private Task _writing = Task.CompletedTask;
    private bool _stopping;
    private Func<IReadOnlyList<MovedCursors>, Task> _follower = _ => Task.CompletedTask;

    /// <summary>Tells of what moved, once it is durable. Who is told sees to its own failures.</summary>
    public ReceiptMarks FollowedBy(Func<IReadOnlyList<MovedCursors>, Task> follower)
    {
        _follower = follower;
        return this;
    }

    /// <summary>Notes a mark; it is written later. Cheap.</summary>
    /// <param name="pushed">Whether the conversation is small enough that others are told.</param>
    /// <exception cref="RefusedException"><c>unavailable</c>: too many wait.</exception>
    public void Add(LogId log, UserId user, long deliveredSeq, long readSeq, bool pushed)
    {
        metrics.Marked();
        lock (_gate)
        {
            var known = _waiting.TryGetValue((log, user), out var mark);
            if (!known && _waiting.Count >= options.Value.MaxWaiting)
            {
                throw Refusal.Unavailable.With("Too many marks wait to be written.");
            }

            _waiting[(log, user)] = new(Math.Max(mark.DeliveredSeq, Math.Max(deliveredSeq, readSeq)), Math.Max(mark.ReadSeq, readSeq), pushed);
            if (_running.IsCompleted)
            {
                _running = RunAsync();
            }
        }
    }

    /// <summary>Completes when everything that was noted before is durable. Costs nothing where nothing waits.</summary>
    /// <exception cref="StoreUnavailableException">Not yet: it is tried again.</exception>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        Task written;
        lock (_gate)
        {
            written = _waiting.Count == 0 ? _writing : _written.Task;
            if (_waiting.Count > 0)
            {
                _urgent.TrySetResult();
            }
        }

        await written.WaitAsync(cancellationToken);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Task running;
        lock (_gate)
        {
            _stopping = true;
            _urgent.TrySetResult();
            running = _running;
        }

        await running.WaitAsync(StopPatience, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_gate)
        {
            if (_waiting.Count > 0)
            {
                metrics.Lost(_waiting.Count);
                LogLost(_waiting.Count);
            }
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task RunAsync()
    {
        // Away from the lock.
        await Task.Yield();
        while (true)
        {
            Task urgent;
            lock (_gate)
            {
                urgent = _urgent.Task;
            }

            await Task.WhenAny(Task.Delay(options.Value.FlushAfter, clock), urgent);
            var failed = await WriteAsync();
            lock (_gate)
            {
                if (_waiting.Count == 0 || (failed && _stopping))
                {
                    // Whoever marks next begins anew.
                    _running = Task.CompletedTask;
                    return;
                }
            }

            if (failed)
            {
                await Task.Delay(RetryAfter, clock);
            }
        }
    }

    /// <returns>Whether it failed.</returns>
    private async Task<bool> WriteAsync()
    {
        Dictionary<(LogId Log, UserId User), Mark> marks;
        TaskCompletionSource written;
        lock (_gate)
        {
            (marks, _waiting) = (_waiting, []);
            (written, _written) = (_written, New());
            _writing = written.Task;
            _urgent = _stopping ? _urgent : New();
        }

        var started = clock.GetTimestamp();
        try
        {
            var moved = await store.MoveAsync([.. marks.Select(mark => new CursorMove(mark.Key.Log, mark.Key.User, mark.Value.DeliveredSeq, mark.Value.ReadSeq))], CancellationToken.None);
            metrics.Written(moved.Count, clock.GetElapsedTime(started));
            written.TrySetResult();
            await _follower(moved);
            await telling.TellAsync([.. moved.Select(cursors => (cursors, marks[(cursors.Log, cursors.User)].Pushed))]);
            return false;
        }
#pragma warning disable CA1031 // Whatever it is: those who wait hear it, the marks stay, and it is tried again.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogFailed(exception, marks.Count);
            PutBack(marks);
            written.TrySetException(exception);
            _ = written.Task.Exception;
            return true;
        }
    }

    private void PutBack(Dictionary<(LogId Log, UserId User), Mark> marks)
    {
        lock (_gate)
        {
            foreach (var (key, mark) in marks)
            {
                var newer = _waiting.GetValueOrDefault(key);
                _waiting[key] = new(Math.Max(mark.DeliveredSeq, newer.DeliveredSeq), Math.Max(mark.ReadSeq, newer.ReadSeq), mark.Pushed);
            }
        }
    }

    [LoggerMessage(1301, LogLevel.Warning, "Could not write the marks of {Count} members; trying again.")]
    private partial void LogFailed(Exception exception, int count);

    [LoggerMessage(1302, LogLevel.Error, "The marks of {Count} members could not be written before the process ended; their clients repeat them.")]
    private partial void LogLost(int count);

    private readonly record struct Mark(long DeliveredSeq, long ReadSeq, bool Pushed);
}
