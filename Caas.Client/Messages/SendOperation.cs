namespace Caas.Client;

/// <summary>One call that changes a conversation, from when it is made until it is answered. Repeating it changes nothing, so it is sent until there is an answer.</summary>
internal abstract class SendOperation(string conversationId, string? clientMessageId, CancellationToken cancellationToken)
{
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _admitted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary><see cref="MayHaveHappened"/> before the last try.</summary>
    private bool _mightBefore;

    public string ConversationId { get; } = conversationId;

    public CancellationToken CancellationToken { get; } = cancellationToken;

    /// <summary>How often it was put on a wire.</summary>
    public int Attempts { get; private set; }

    /// <summary>Whether it may have taken effect: it is on a wire, or was on one, and no answer said otherwise.</summary>
    public bool MayHaveHappened { get; private set; }

    /// <summary>Whether it was on a wire that the server closed because of what was sent.</summary>
    public bool IsSuspect { get; set; }

    /// <summary>When the queue has room for it.</summary>
    public Task Admitted => _admitted.Task;

    /// <summary>When nobody waits for it any more.</summary>
    public abstract Task Over { get; }

    /// <summary>Listens to its caller from now on, also while it waits behind others.</summary>
    public void Watch()
    {
        if (CancellationToken.CanBeCanceled)
        {
            var watching = CancellationToken.UnsafeRegister(static operation => ((SendOperation)operation!).Cancel(), this);
            _ = Over.ContinueWith(static (_, watching) => ((CancellationTokenRegistration)watching!).Unregister(), watching, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    /// <summary>Notes that it is put on a wire now.</summary>
    /// <returns>False: nobody waits for it any more.</returns>
    public bool TryBegin()
    {
        lock (_gate)
        {
            if (Over.IsCompleted)
            {
                return false;
            }

            Attempts++;
            (_mightBefore, MayHaveHappened) = (MayHaveHappened, true);
            return true;
        }
    }

    /// <summary>Notes that the last try did nothing: an answer said so, or it never went. What an earlier one did, it does not say.</summary>
    public void NothingHappened()
    {
        lock (_gate)
        {
            MayHaveHappened = _mightBefore;
        }
    }

    public void Admit() => _admitted.TrySetResult();

    /// <summary>Sends it once, and notes its answer.</summary>
    public abstract Task TryAsync(Wire wire);

    public abstract void Fail(Exception reason);

    private void Cancel()
    {
        // Whoever hears that it was not sent can rely on it.
        lock (_gate)
        {
            Fail(MayHaveHappened ? new OutcomeUnknownException(clientMessageId, CancellationToken) : new OperationCanceledException(CancellationToken));
        }
    }
}

/// <inheritdoc/>
/// <param name="call">Sends it; gets how often it was sent before.</param>
internal sealed class SendOperation<T>(string conversationId, string? clientMessageId, Func<Wire, int, Task<T>> call, CancellationToken cancellationToken)
    : SendOperation(conversationId, clientMessageId, cancellationToken)
{
    private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Answer => _answer.Task;

    public override Task Over => _answer.Task;

    public override async Task TryAsync(Wire wire) => _answer.TrySetResult(await call(wire, Attempts));

    public override void Fail(Exception reason)
    {
        if (reason is OperationCanceledException and not OutcomeUnknownException)
        {
            _answer.TrySetCanceled(CancellationToken);
        }
        else if (_answer.TrySetException(reason))
        {
            // A caller that no longer looks is no fault.
            _ = _answer.Task.Exception;
        }
    }
}
