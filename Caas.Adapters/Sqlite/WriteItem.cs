using Microsoft.Data.Sqlite;

namespace Caas.Adapters.Sqlite;

/// <summary>One piece of work for the writer thread, and the task that tells how it went.</summary>
internal abstract class WriteItem
{
    private const int Waiting = 0;
    private const int Started = 1;
    private const int Withdrawn = 2;

    private int _state;

    /// <summary>Claims the item for the writer; false: its caller has withdrawn it.</summary>
    public bool TryStart() => Interlocked.CompareExchange(ref _state, Started, Waiting) == Waiting;

    public abstract void Run(SqliteConnection connection);

    /// <summary>Tells the caller, after the commit.</summary>
    public abstract void Complete();

    public abstract void Fail(Exception exception);

    protected bool TryWithdraw() => Interlocked.CompareExchange(ref _state, Withdrawn, Waiting) == Waiting;
}

/// <summary>Where the caller goes on after its work was committed.</summary>
internal enum WriteFollowUp
{
    /// <summary>On the thread pool.</summary>
    OnPool,

    /// <summary>On the writer's thread, before its next transaction begins: what the caller writes next goes into that one. Only for a caller that does little and never waits. After a failure on the thread pool.</summary>
    OnWriter,
}

internal sealed class WriteItem<T>(Func<SqliteConnection, T> work, WriteFollowUp followUp) : WriteItem
{
    private readonly TaskCompletionSource<T> _outcome = new(followUp == WriteFollowUp.OnWriter ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenRegistration _withdrawal;
    private T? _result;

    public Task<T> Task => _outcome.Task;

    /// <summary>Lets the caller withdraw the item until it is started.</summary>
    public void WithdrawOn(CancellationToken cancellationToken) =>
        _withdrawal = cancellationToken.UnsafeRegister(static (state, token) =>
        {
            var item = (WriteItem<T>)state!;
            if (item.TryWithdraw())
            {
                item._outcome.TrySetCanceled(token);
            }
        }, this);

    public override void Run(SqliteConnection connection) => _result = work(connection);

    public override void Complete()
    {
        _withdrawal.Unregister();
        _outcome.TrySetResult(_result!);
    }

    public override void Fail(Exception exception)
    {
        _withdrawal.Unregister();
        if (followUp == WriteFollowUp.OnWriter)
        {
            // What follows a failure (a log line, a wait, giving up) has no place before the next transaction.
            ThreadPool.UnsafeQueueUserWorkItem(static told => told.Outcome.TrySetException(told.Failure), (Outcome: _outcome, Failure: exception), preferLocal: false);
        }
        else
        {
            _outcome.TrySetException(exception);
        }
    }
}
