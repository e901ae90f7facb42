namespace Caas.Core.Feed;

/// <summary>Tells the feed's readers of this process that it has grown. Those of other processes find out by looking every <see cref="FeedOptions.PollInterval"/>.</summary>
public sealed class FeedSignal
{
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when the feed grows. Take it before looking, so that nothing falls between.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    /// <summary>Told of what the feed has grown by, on the writer's own path: it must be quick, and must not throw.</summary>
    public event Action<IReadOnlyList<EntryHeader>>? Grown;

    /// <summary>The feed has grown.</summary>
    public void Raise(IReadOnlyList<EntryHeader> headers)
    {
        Raise();
        Grown?.Invoke(headers);
    }

    private void Raise() => Interlocked.Exchange(ref _next, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();

    /// <summary>Waits for <paramref name="next"/>, but not longer than <paramref name="most"/>.</summary>
    public static async Task WaitAsync(Task next, TimeSpan most, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var woken = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(next, Task.Delay(most, clock, woken.Token));
        await woken.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }
}
