using System.Runtime.CompilerServices;
using Caas.Contracts;
using Microsoft.Extensions.Logging;

namespace Caas.Client;

/// <summary>
/// A joined conversation: its log from where the join began, in the order of <c>seq</c>, each entry once, without holes, across every reconnect. One consumer at a time. Thread safe.
/// </summary>
/// <remarks>
/// A consumer that does not keep up has <see cref="CaasConnectionOptions.EntryBuffer"/> entries waiting for it; what comes beyond is let go and read from the log when it gets there:
/// nothing is lost, and memory is bounded.
/// </remarks>
public sealed partial class Conversation : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly CaasConnection _connection;
    private readonly CaasConnectionOptions _options;
    private readonly EntryOrder _order;
    private readonly TaskCompletionSource _joined = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Wire? _wire;
    private CaasException? _endedBy;
    private bool _left;
    private bool _consumed;

    internal Conversation(CaasConnection connection, CaasConnectionOptions options, string id, long? afterSeq)
    {
        (_connection, _options, _logger, Id) = (connection, options, options.LoggerFactory.CreateLogger<Conversation>(), id);
        _order = new(options.EntryBuffer, afterSeq);
        _typing = Nobody;
    }

    public string Id { get; }

    /// <summary>The seq of the last entry that was handed to the consumer. Stored once that entry is dealt with and given to the next join, it continues there, also in another process.</summary>
    public long LastSeq => Locked(static self => self._order.Handed ?? 0);

    /// <summary>The newest seq that the log is known to have.</summary>
    public long KnownSeq => Locked(static self => self._order.Known);

    /// <summary>What was seen on the wire, before it was put in order.</summary>
    public FeedCounters Counters => Locked(static self => self._order.Counters);

    /// <summary>Why no more comes: <c>removed</c>, <c>conversation_deleted</c>, <c>not_a_member</c>, … Null while it goes on.</summary>
    public string? EndedBy => Locked(static self => self._endedBy?.Code);

    /// <summary>
    /// The entries, as they come. Ends by itself only when the conversation was left or the connection disposed. It may be stopped and begun again: it goes on behind the last entry handed out.
    /// </summary>
    /// <exception cref="CaasException">After the last entry, when no more will come: the user was removed, the conversation deleted, the connection ended for good.</exception>
    /// <exception cref="InvalidOperationException">Somebody else consumes them.</exception>
    public async IAsyncEnumerable<EntryResponse> Entries([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        Claim();
        try
        {
            while (true)
            {
                Task changed;
                EntryResponse? entry;
                lock (_gate)
                {
                    changed = _changed.Task;
                    if (!_order.TryHand(out entry))
                    {
                        if (_endedBy is { } reason)
                        {
                            if (_left || reason.Code == ClientCodes.Closed)
                            {
                                yield break;
                            }

                            throw reason;
                        }
                    }
                    else
                    {
                        EnsureFilling();
                    }
                }

                if (entry is not null)
                {
                    yield return entry;
                }
                else
                {
                    await changed.WaitAsync(cancellationToken);
                }
            }
        }
        finally
        {
            lock (_gate)
            {
                _consumed = false;
            }
        }
    }

    /// <summary>Calls <paramref name="handle"/> with one entry after the other; the next waits until it has ended. What it throws ends this.</summary>
    /// <inheritdoc cref="Entries" path="/exception"/>
    public async Task ForEachAsync(Func<EntryResponse, CancellationToken, ValueTask> handle, CancellationToken cancellationToken = default)
    {
        await foreach (var entry in Entries(cancellationToken))
        {
            await handle(entry, cancellationToken);
        }
    }

    /// <inheritdoc cref="CaasConnection.SendAsync(string, SendMessageRequest, CancellationToken)"/>
    public Task<SendResult> SendAsync(string text, string? clientMessageId = null, CancellationToken cancellationToken = default) =>
        _connection.SendAsync(Id, new(text, clientMessageId), cancellationToken);

    /// <inheritdoc cref="CaasConnection.SendAsync(string, SendMessageRequest, CancellationToken)"/>
    public Task<SendResult> SendAsync(SendMessageRequest message, CancellationToken cancellationToken = default) => _connection.SendAsync(Id, message, cancellationToken);

    /// <inheritdoc cref="CaasConnection.QueueAsync"/>
    public ValueTask<Task<SendResult>> QueueAsync(SendMessageRequest message, CancellationToken cancellationToken = default) => _connection.QueueAsync(Id, message, cancellationToken);

    /// <inheritdoc cref="CaasConnection.EditAsync"/>
    public Task<ChangeResult> EditAsync(string messageId, EditMessageRequest edit, CancellationToken cancellationToken = default) => _connection.EditAsync(Id, messageId, edit, cancellationToken);

    /// <inheritdoc cref="CaasConnection.DeleteAsync"/>
    public Task<ChangeResult> DeleteAsync(string messageId, CancellationToken cancellationToken = default) => _connection.DeleteAsync(Id, messageId, cancellationToken);

    /// <inheritdoc cref="CaasConnection.AddReactionAsync"/>
    public Task<ChangeResult> AddReactionAsync(string messageId, string emoji, CancellationToken cancellationToken = default) => _connection.AddReactionAsync(Id, messageId, emoji, cancellationToken);

    /// <inheritdoc cref="CaasConnection.RemoveReactionAsync"/>
    public Task<ChangeResult> RemoveReactionAsync(string messageId, string emoji, CancellationToken cancellationToken = default) => _connection.RemoveReactionAsync(Id, messageId, emoji, cancellationToken);

    /// <inheritdoc cref="CaasConnection.PinAsync"/>
    public Task<ChangeResult> PinAsync(string messageId, CancellationToken cancellationToken = default) => _connection.PinAsync(Id, messageId, cancellationToken);

    /// <inheritdoc cref="CaasConnection.VotePollAsync"/>
    public Task<ChangeResult> VotePollAsync(string messageId, IReadOnlyList<string> optionIds, CancellationToken cancellationToken = default) => _connection.VotePollAsync(Id, messageId, optionIds, cancellationToken);

    /// <inheritdoc cref="CaasConnection.ClosePollAsync"/>
    public Task<ChangeResult> ClosePollAsync(string messageId, CancellationToken cancellationToken = default) => _connection.ClosePollAsync(Id, messageId, cancellationToken);

    /// <inheritdoc cref="CaasConnection.UnpinAsync"/>
    public Task<ChangeResult> UnpinAsync(string messageId, CancellationToken cancellationToken = default) => _connection.UnpinAsync(Id, messageId, cancellationToken);

    /// <inheritdoc cref="CaasConnection.MarkDelivered"/>
    public void MarkDelivered(long seq) => _connection.MarkDelivered(Id, seq);

    /// <inheritdoc cref="CaasConnection.MarkRead"/>
    public void MarkRead(long seq) => _connection.MarkRead(Id, seq);

    /// <summary>Watches no more: <see cref="Entries"/> ends once what is here was handed out. The user stays a member.</summary>
    public async ValueTask DisposeAsync()
    {
        Wire? wire;
        lock (_gate)
        {
            wire = _wire;
            _left = true;
        }

        End(new(ClientCodes.Closed, "The conversation was left."));
        if (_connection.Forget(this) && wire is not null)
        {
            await wire.TryCallAsync("LeaveConversation", Id);
        }
    }

    /// <summary>Completes when it is joined for the first time.</summary>
    internal Task Joined => _joined.Task;

    internal bool HasEnded => Locked(static self => self._endedBy is not null);

    /// <summary>What to ask of the next join.</summary>
    internal JoinRequest NextJoin() => Locked(static self =>
    {
        self._wire = null;
        self._typing = self.Nobody;
        return new JoinRequest(self.Id, self._order.Position);
    });

    /// <returns>False: nobody wants it any more.</returns>
    internal bool OnJoined(Wire wire, JoinResult answer)
    {
        lock (_gate)
        {
            if (_endedBy is not null)
            {
                return false;
            }

            _wire = wire;
            _order.Joined(answer);
            Changed();
        }

        _joined.TrySetResult();
        return true;
    }

    internal void OnEntry(EntryResponse entry)
    {
        lock (_gate)
        {
            if (_endedBy is null)
            {
                _order.Push(entry, joined: _wire is not null);
                Changed();
            }
        }
    }

    /// <summary>No more will come.</summary>
    internal void End(CaasException reason)
    {
        lock (_gate)
        {
            _wire = null;
            _typing = Nobody;
            _endedBy ??= reason;
            Changed();
        }

        if (_joined.TrySetException(reason))
        {
            // Somebody waits for it, or nobody: then it is no fault either.
            _ = _joined.Task.Exception;
        }
    }

    private void Claim()
    {
        lock (_gate)
        {
            _consumed = !_consumed ? true : throw new InvalidOperationException($"The entries of {Id} are consumed already.");
        }
    }

    private void Changed()
    {
        EnsureFilling();
        var changed = _changed;
        _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.TrySetResult();
    }

    private T Locked<T>(Func<Conversation, T> read)
    {
        lock (_gate)
        {
            return read(this);
        }
    }
}
