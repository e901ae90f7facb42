namespace Caas.Core.Webhooks;

/// <summary>Wakes a worker: its tenant's history goes on, or an attempt is over.</summary>
/// <param name="head">How far the history goes.</param>
internal sealed class WebhookWake(long head)
{
    private long _head = head;
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public long Head => Interlocked.Read(ref _head);

    /// <summary>Ends with the next news. Take it before looking for what there is to do.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    public void Raise(long newHead)
    {
        Interlocked.Exchange(ref _head, newHead);
        Raise();
    }

    public void Raise() => Interlocked.Exchange(ref _next, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
}
