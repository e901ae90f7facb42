namespace Caas.Adapters.Sqlite;

/// <summary>Wakes those who follow a file whenever this process has committed to it.</summary>
public sealed class CommitSignal
{
    private TaskCompletionSource? _waiting;

    /// <summary>A task that ends with the next commit. Take it before reading, wait on it after: then no commit is missed.</summary>
    public Task NextCommit
    {
        get
        {
            while (true)
            {
                if (Volatile.Read(ref _waiting) is { } waiting)
                {
                    return waiting.Task;
                }

                Interlocked.CompareExchange(ref _waiting, new(TaskCreationOptions.RunContinuationsAsynchronously), null);
            }
        }
    }

    internal void Raise() => Interlocked.Exchange(ref _waiting, null)?.TrySetResult();
}
