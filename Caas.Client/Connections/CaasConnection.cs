using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Threading.Channels;
using Caas.Contracts;
using Microsoft.Extensions.Logging;

namespace Caas.Client;

/// <summary>
/// One user's realtime connection. It reconnects for as long as that can help, then joins every conversation again where it was and sends again what was not answered; it ends for good
/// only for what trying again does not heal. Thread safe.
/// </summary>
public sealed partial class CaasConnection : IAsyncDisposable, IWireOwner
{
    /// <summary>The hub takes 256 KiB a call, with what SignalR puts around it.</summary>
    private const int MostBytes = (256 * 1024) - 512;

    private readonly Lock _gate = new();
    private readonly Lock _saying = new();
    private readonly CaasConnectionOptions _options;
    private readonly ILogger _logger;
    private readonly TokenKeeper _tokens;
    private readonly SendQueues _sends;
    private readonly Joins _joins;
    private readonly Marks _marks;
    private readonly Dictionary<string, Conversation> _conversations = new(StringComparer.Ordinal);
    private readonly List<Channel<StateChange>> _listeners = [];
    private readonly CancellationTokenSource _stopping = new();
    private TaskCompletionSource<Wire> _wire = NewWire();
    private Wire? _current;
    private StateChange _state = new(ConnectionState.Disconnected);
    private Task _running = Task.CompletedTask;
    private Task _closing = Task.CompletedTask;
    private bool _begun;

    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public CaasConnection(CaasConnectionOptions options)
    {
        _options = options;
        options.Require();
        _logger = options.LoggerFactory.CreateLogger<CaasConnection>();
        _tokens = new(options.Token, options.TimeProvider);
        _sends = new(WireAsync, options.SendQueue, options.TimeProvider, options.LoggerFactory.CreateLogger<SendQueues>());
        _joins = new(options.TimeProvider);
        _marks = new(WireAsync, options.TimeProvider, _logger);
    }

    /// <summary>How it stands.</summary>
    public StateChange State
    {
        get
        {
            lock (_gate)
            {
                return _state;
            }
        }
    }

    /// <summary>Its state changed. Called one after the other, in order; must be quick.</summary>
    public event Action<StateChange>? StateChanged;

    /// <summary>Something happened in a conversation of the user that is not joined here; at most once a second each. Must be quick.</summary>
    public event Action<ConversationUpdated>? ConversationUpdated;

    /// <summary>A member of a joined conversation has, or has read, more than before. What came while there was no connection is not told: read <see cref="ReceiptsApi.ListAsync"/>. Must be quick.</summary>
    public event Action<Receipt>? Receipt;

    /// <summary>A reminder of the user's is due; perhaps told twice. What came while there was no connection is not told: read <see cref="RemindersApi.ListAsync"/>. Must be quick.</summary>
    public event Action<ReminderResponse>? ReminderDue;

    /// <summary>The state now and every one that follows, ending with <see cref="ConnectionState.Ended"/>. Who is slow misses the oldest of more than 100.</summary>
    public async IAsyncEnumerable<StateChange> States([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var states = Channel.CreateBounded<StateChange>(new BoundedChannelOptions(100) { FullMode = BoundedChannelFullMode.DropOldest });
        lock (_gate)
        {
            states.Writer.TryWrite(_state);
            _listeners.Add(states);
        }

        try
        {
            await foreach (var state in states.Reader.ReadAllAsync(cancellationToken))
            {
                yield return state;
                if (state.State == ConnectionState.Ended)
                {
                    yield break;
                }
            }
        }
        finally
        {
            lock (_gate)
            {
                _listeners.Remove(states);
            }
        }
    }

    /// <summary>Begins to connect, and completes when it is connected for the first time. Joining and sending may begin before.</summary>
    /// <param name="cancellationToken">Ends the waiting, not the connecting: that ends with <see cref="DisposeAsync"/>.</param>
    /// <exception cref="CaasException">It ended for good: the token was refused, the user banned or deactivated, the tenant deleted; <c>client_closed</c>.</exception>
    public Task ConnectAsync(CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            if (!_begun && !_stopping.IsCancellationRequested)
            {
                _begun = true;
                _running = Task.Run(RunAsync, CancellationToken.None);
            }
        }

        return WireAsync().WaitAsync(cancellationToken);
    }

    /// <summary>Joins a conversation, and completes when that is answered. Many at once go in one call.</summary>
    /// <param name="afterSeq">The last seq that the caller has; 0: from the start; null: from now on, with the newest page (up to 50 entries) before it.</param>
    /// <exception cref="CaasException"><c>conversation_not_found</c>, <c>not_a_member</c>; <c>invalid_arguments</c> when the log does not reach <paramref name="afterSeq"/>; what ended the connection.</exception>
    /// <exception cref="InvalidOperationException">It is joined already.</exception>
    public async Task<Conversation> JoinAsync(string conversationId, long? afterSeq = null, CancellationToken cancellationToken = default)
    {
        var conversation = new Conversation(this, _options, conversationId, afterSeq);
        lock (_gate)
        {
            if (_state is { State: ConnectionState.Ended } ended)
            {
                throw new CaasException(ended.Code!, ended.Detail ?? "");
            }

            // One that has ended (its user was removed, perhaps, and is a member again) makes room.
            if (_conversations.TryGetValue(conversationId, out var known) && !known.HasEnded)
            {
                throw new InvalidOperationException($"{conversationId} is joined already.");
            }

            _conversations[conversationId] = conversation;
        }

        _joins.Add(conversation);
        try
        {
            await conversation.Joined.WaitAsync(cancellationToken);
            return conversation;
        }
        catch
        {
            await conversation.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Sends a message, and sends it again with the same client id, on whichever connection there is, until it is stored or refused. Messages of one conversation are stored in the order of
    /// these calls.
    /// </summary>
    /// <param name="message">Without a client id it gets one.</param>
    /// <exception cref="CaasException">It was refused: <c>not_a_member</c>, <c>not_allowed</c>, <c>validation_failed</c>, <c>client_message_id_reused</c>, …; or the connection ended, see <see cref="CaasException.MayHaveHappened"/>.</exception>
    /// <exception cref="OperationCanceledException">Cancelled before it was sent. <see cref="OutcomeUnknownException"/>: when it was on its way.</exception>
    public Task<SendResult> SendAsync(string conversationId, SendMessageRequest message, CancellationToken cancellationToken = default) =>
        Add(SendOperation(conversationId, message, cancellationToken)).Answer;

    /// <summary>Queues a message as <see cref="SendAsync(string, SendMessageRequest, CancellationToken)"/> does, and completes when the conversation's queue has room: for those who send many without awaiting each.</summary>
    /// <returns>The sending, which completes when the message is stored.</returns>
    public async ValueTask<Task<SendResult>> QueueAsync(string conversationId, SendMessageRequest message, CancellationToken cancellationToken = default)
    {
        var operation = Add(SendOperation(conversationId, message, cancellationToken));
        await operation.Admitted.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return operation.Answer;
    }

    /// <summary>Edits one's own message: absent fields stay, null clears. Sent until answered, in the order of these calls and of <see cref="SendAsync(string, SendMessageRequest, CancellationToken)"/>, as are the following.</summary>
    /// <inheritdoc cref="SendAsync(string, SendMessageRequest, CancellationToken)" path="/exception"/>
    public Task<ChangeResult> EditAsync(string conversationId, string messageId, EditMessageRequest edit, CancellationToken cancellationToken = default)
    {
        var id = edit.ClientMessageId ?? NewId();
        var frozen = Freeze(new HubEditMessageRequest(conversationId, messageId) { Text = edit.Text, Attachments = edit.Attachments, Mentions = edit.Mentions, Custom = edit.Custom, ClientMessageId = id });
        return ChangeAsync(conversationId, id, wire => wire.CallAsync<ChangeResult>("EditMessage", frozen), cancellationToken);
    }

    /// <summary>Deletes a message for everyone. Deleting it again changes nothing.</summary>
    /// <inheritdoc cref="SendAsync(string, SendMessageRequest, CancellationToken)" path="/exception"/>
    public Task<ChangeResult> DeleteAsync(string conversationId, string messageId, CancellationToken cancellationToken = default) =>
        ChangeAsync(conversationId, null, wire => wire.CallAsync<ChangeResult>("DeleteMessage", conversationId, messageId), cancellationToken);

    /// <summary>Reacts to a message. Repeating it changes nothing.</summary>
    /// <inheritdoc cref="SendAsync(string, SendMessageRequest, CancellationToken)" path="/exception"/>
    public Task<ChangeResult> AddReactionAsync(string conversationId, string messageId, string emoji, CancellationToken cancellationToken = default) =>
        ChangeAsync(conversationId, null, wire => wire.CallAsync<ChangeResult>("AddReaction", conversationId, messageId, emoji), cancellationToken);

    /// <summary>Takes one's reaction back. Repeating it changes nothing.</summary>
    /// <inheritdoc cref="SendAsync(string, SendMessageRequest, CancellationToken)" path="/exception"/>
    public Task<ChangeResult> RemoveReactionAsync(string conversationId, string messageId, string emoji, CancellationToken cancellationToken = default) =>
        ChangeAsync(conversationId, null, wire => wire.CallAsync<ChangeResult>("RemoveReaction", conversationId, messageId, emoji), cancellationToken);

    /// <summary>Pins a message. Repeating it changes nothing.</summary>
    /// <inheritdoc cref="SendAsync(string, SendMessageRequest, CancellationToken)" path="/exception"/>
    public Task<ChangeResult> PinAsync(string conversationId, string messageId, CancellationToken cancellationToken = default) =>
        ChangeAsync(conversationId, null, wire => wire.CallAsync<ChangeResult>("PinMessage", conversationId, messageId), cancellationToken);

    /// <summary>Takes a pin away. Repeating it changes nothing.</summary>
    /// <inheritdoc cref="SendAsync(string, SendMessageRequest, CancellationToken)" path="/exception"/>
    public Task<ChangeResult> UnpinAsync(string conversationId, string messageId, CancellationToken cancellationToken = default) =>
        ChangeAsync(conversationId, null, wire => wire.CallAsync<ChangeResult>("UnpinMessage", conversationId, messageId), cancellationToken);

    /// <summary>Votes in a poll, in place of an earlier vote; no option takes the vote back. Repeating it changes nothing.</summary>
    /// <inheritdoc cref="SendAsync(string, SendMessageRequest, CancellationToken)" path="/exception"/>
    public Task<ChangeResult> VotePollAsync(string conversationId, string messageId, IReadOnlyList<string> optionIds, CancellationToken cancellationToken = default) =>
        ChangeAsync(conversationId, null, wire => wire.CallAsync<ChangeResult>("VotePoll", conversationId, messageId, optionIds), cancellationToken);

    /// <summary>Closes a poll; for its author and moderators. Closing it again changes nothing.</summary>
    /// <inheritdoc cref="SendAsync(string, SendMessageRequest, CancellationToken)" path="/exception"/>
    public Task<ChangeResult> ClosePollAsync(string conversationId, string messageId, CancellationToken cancellationToken = default) =>
        ChangeAsync(conversationId, null, wire => wire.CallAsync<ChangeResult>("ClosePoll", conversationId, messageId), cancellationToken);

    /// <summary>The user has everything up to a seq. Returns at once: it is sent as soon as it can be, of several the furthest, and again after a reconnect that may have lost it.</summary>
    /// <param name="seq">0 (nothing yet) or above; beyond the log's end it counts as the end.</param>
    public void MarkDelivered(string conversationId, long seq)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(seq);
        _marks.Add(conversationId, seq, 0);
    }

    /// <summary>The user has read everything up to a seq, and so has it. As <see cref="MarkDelivered"/>.</summary>
    /// <inheritdoc cref="MarkDelivered" path="/param"/>
    public void MarkRead(string conversationId, long seq)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(seq);
        _marks.Add(conversationId, seq, seq);
    }

    /// <summary>The user's unread messages in all conversations; what was marked on this connection and answered is taken into account.</summary>
    /// <exception cref="CaasException">It was refused, or the connection was lost (<c>unreachable</c>): ask again.</exception>
    public async Task<UnreadResponse> GetUnreadAsync(CancellationToken cancellationToken = default)
    {
        var wire = await WireAsync().WaitAsync(cancellationToken);
        try
        {
            return await wire.CallAsync<UnreadResponse>("GetUnread").WaitAsync(cancellationToken);
        }
        catch (WireLostException lost)
        {
            throw new CaasException(ClientCodes.Unreachable, lost.Message, lost);
        }
    }

    /// <summary>Ends it. What waits to be sent fails with <c>client_closed</c>; the entries of its conversations end.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        End(new(ClientCodes.Closed, "The connection was disposed."));
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _closing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    void IWireOwner.OnEntry(Wire wire, EntryResponse entry) => Find(wire, entry.ConversationId)?.OnEntry(entry);

    void IWireOwner.OnConversationUpdated(Wire wire, ConversationUpdated update) => ConversationUpdated?.Invoke(update);

    void IWireOwner.OnReceipt(Wire wire, Receipt receipt) => Receipt?.Invoke(receipt);

    void IWireOwner.OnReminder(Wire wire, ReminderResponse reminder) => ReminderDue?.Invoke(reminder);

    void IWireOwner.OnConversationEvicted(Wire wire, string conversationId, string reason) =>
        Find(wire, conversationId)?.End(new(reason, $"{conversationId} is no longer delivered to this user."));

    void IWireOwner.OnTyping(Wire wire, TypingState typing) => Find(wire, typing.ConversationId)?.OnTyping(typing);

    void IWireOwner.OnResync(Wire wire)
    {
        if (IsCurrent(wire))
        {
            _joins.AddAll(Conversations());
        }
    }

    /// <summary>The connection as soon as there is one.</summary>
    /// <exception cref="CaasException">There will be none.</exception>
    internal Task<Wire> WireAsync()
    {
        lock (_gate)
        {
            if (_current?.Ended.IsCompleted == true && _state.State != ConnectionState.Ended)
            {
                (_current, _wire) = (null, NewWire());
            }

            return _wire.Task;
        }
    }

    /// <returns>Whether the connection lives on without it.</returns>
    internal bool Forget(Conversation conversation)
    {
        lock (_gate)
        {
            return _conversations.TryGetValue(conversation.Id, out var known) && known == conversation && _conversations.Remove(conversation.Id) && _state.State != ConnectionState.Ended;
        }
    }

    private static TaskCompletionSource<Wire> NewWire() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static string NewId() => Guid.NewGuid().ToString("n");

    /// <summary>What is sent is what it was at the time of the call, each time.</summary>
    /// <exception cref="CaasException"><c>too_large</c>: the hub would close the connection. <c>invalid_arguments</c>: it is nested too deep.</exception>
    private static JsonElement Freeze<T>(T request)
    {
        try
        {
            var json = JsonSerializer.SerializeToUtf8Bytes(request, CaasJson.Options);
            return json.Length <= MostBytes
                ? JsonSerializer.Deserialize<JsonElement>(json, CaasJson.Options)
                : throw new CaasException("too_large", $"The message has {json.Length:N0} bytes; at most {MostBytes:N0} are taken.");
        }
        catch (Exception cause) when (cause is JsonException or InvalidOperationException)
        {
            throw new CaasException("invalid_arguments", cause.Message, cause);
        }
    }

    private SendOperation<SendResult> SendOperation(string conversationId, SendMessageRequest message, CancellationToken cancellationToken)
    {
        var id = message.ClientMessageId ?? NewId();
        var frozen = Freeze(new HubSendMessageRequest(conversationId, message.Text, id, message.Attachments, message.Mentions, message.ThreadOf, message.Custom, message.QuoteOf, message.Poll));
        return new(conversationId, id, async (wire, attempts) =>
        {
            var sent = await wire.CallAsync<SendMessageResult>("SendMessage", frozen);
            Find(wire, conversationId)?.OnStored(sent.Seq);
            return new(sent.MessageId, sent.Seq, sent.CreatedAt, sent.Duplicate, id, attempts);
        }, cancellationToken);
    }

    private Task<ChangeResult> ChangeAsync(string conversationId, string? id, Func<Wire, Task<ChangeResult>> call, CancellationToken cancellationToken) =>
        Add(new SendOperation<ChangeResult>(conversationId, id, (wire, _) => call(wire), cancellationToken)).Answer;

    private SendOperation<T> Add<T>(SendOperation<T> operation)
    {
        _sends.Add(operation);
        return operation;
    }

    private Conversation[] Conversations()
    {
        lock (_gate)
        {
            return [.. _conversations.Values];
        }
    }

    private bool IsCurrent(Wire wire)
    {
        lock (_gate)
        {
            return _current == wire;
        }
    }

    private Conversation? Find(Wire wire, string conversationId)
    {
        lock (_gate)
        {
            return _current == wire ? _conversations.GetValueOrDefault(conversationId) : null;
        }
    }
}
