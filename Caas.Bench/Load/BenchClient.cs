using System.Diagnostics;
using Caas.Bench.Checking;
using Caas.Client;
using Caas.Contracts;

namespace Caas.Bench.Load;

/// <summary>A change of a client's connection.</summary>
internal readonly record struct StateNote(long At, ConnectionState State, string? Code);

/// <summary>One simulated user: a connection as apps have it, a conversation, and a log of all that it did and handled.</summary>
internal sealed class BenchClient : IAsyncDisposable
{
    private const int TextLength = 100;
    private const string Emoji = "👍";

    /// <summary>An app would go on trying; a run has to end.</summary>
    private static readonly TimeSpan ConnectsWithin = TimeSpan.FromSeconds(90);

    private readonly Lock _gate = new();
    private readonly Lock _turn = new();
    private readonly Measurements _measurements;
    private readonly CaasConnection _connection;
    private readonly Uri _url;
    private readonly Tap _tap = new();
    private readonly List<SendRecord> _sends = [];
    private readonly List<EntryRecord> _handled = [];
    private readonly List<StateNote> _states = [];
    private Conversation? _conversation;
    private Task _handling = Task.CompletedTask;

    public BenchClient(Seat seat, Uri url, string token, Measurements measurements)
    {
        (Seat, Token, _url, _measurements) = (seat, token, url, measurements);
        _connection = new(new CaasConnectionOptions { Url = url, Token = _ => Task.FromResult(token), ConfigureHttp = _tap.Attach });
        _connection.StateChanged += change =>
        {
            lock (_gate)
            {
                _states.Add(new(Stopwatch.GetTimestamp(), change.State, change.Code));
            }
        };
    }

    public Seat Seat { get; }

    public string Token { get; }

    /// <summary>The last seq that it handled.</summary>
    public long LastSeq
    {
        get
        {
            lock (_gate)
            {
                return _handled.Count == 0 ? 0 : _handled[^1].Seq;
            }
        }
    }

    public bool IsConnected => _connection.State.State == ConnectionState.Connected;

    /// <summary>The replica that it is, or was last, connected to.</summary>
    public Uri? Replica => _tap.Replica;

    /// <summary>Why it handles no more; null: it does.</summary>
    public string? EndedBy => _conversation?.EndedBy;

    public IReadOnlyList<StateNote> States
    {
        get
        {
            lock (_gate)
            {
                return [.. _states];
            }
        }
    }

    /// <exception cref="BenchException">It cannot, or not in time.</exception>
    public async Task ConnectAsync(CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(ConnectsWithin);
        try
        {
            await _connection.ConnectAsync(patience.Token);
            _conversation = await _connection.JoinAsync(Seat.Conversation, afterSeq: 0, patience.Token);
        }
        catch (CaasException refused)
        {
            throw new BenchException($"{Seat.User} of {Seat.Tenant} could not connect to {_url}: {refused.Message}", refused);
        }
        catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BenchException($"{Seat.User} of {Seat.Tenant} did not connect to {_url} within {ConnectsWithin.TotalSeconds} s{(States.LastOrDefault(state => state.Code is not null).Code is { } code ? $": {code}" : "")}.", late);
        }

        _handling = HandleAsync(_conversation);
    }

    /// <summary>The network is gone, without a word.</summary>
    public void Cut() => _tap.Cut();

    /// <summary>Sends a planned message, and logs what became of it.</summary>
    /// <returns>How it ended, and the message's id where it was acknowledged.</returns>
    public async Task<(SendOutcome Outcome, string? MessageId)> SendAsync(int index, SendMessageRequest message)
    {
        string? messageId = null;
        _measurements.Sent(index, Replica, Stopwatch.GetTimestamp());
        var outcome = await LogAsync(RecordOf(message), async () =>
        {
            var sent = await _connection.SendAsync(Seat.Conversation, message);
            _measurements.Acknowledged(index, Stopwatch.GetTimestamp());
            messageId = sent.MessageId;
            return sent.Seq;
        });
        return (outcome, messageId);
    }

    /// <summary>Changes a message, and logs what became of it. Each type at most once per user and message: that tells changes apart.</summary>
    public Task<SendOutcome> ChangeAsync(string type, string messageId) =>
        LogAsync(
            new(Seat.Client, Seat.Tenant, Seat.Conversation, Seat.User, EntrySubject.ChangeId(type, messageId), SendOutcome.Unknown, 0, Change: true, Content: type == EntryTypes.MessageEdited ? Contents.Digest(Edited(messageId)) : null),
            async () => (await CallAsync(type, messageId)).Seq);

    /// <summary>Sends a message besides the plan, and logs what became of it.</summary>
    /// <param name="id">Its client id; not one of the plan's.</param>
    /// <param name="length">Characters of its text.</param>
    public Task<SendOutcome> SendAsync(string id, int length = TextLength)
    {
        var message = Message(id, length);
        return LogAsync(RecordOf(message), async () => (await _connection.SendAsync(Seat.Conversation, message)).Seq);
    }

    /// <summary>What is logged of a send.</summary>
    /// <param name="again">Whether it is outside the client's own order.</param>
    public SendRecord RecordOf(SendMessageRequest message, bool again = false) =>
        new(Seat.Client, Seat.Tenant, Seat.Conversation, Seat.User, message.ClientMessageId!, SendOutcome.Unknown, 0, again, Content: Contents.Digest(message.Text), Root: message.ThreadOf);

    /// <summary>Logs a send of this user's that somebody else carries out, such as over REST.</summary>
    public async Task<SendOutcome> LogAsync(SendRecord send, Func<Task<long>> act)
    {
        int place;
        Task<long> acting;

        // The log has the order of the calls, whoever makes them.
        lock (_turn)
        {
            lock (_gate)
            {
                place = _sends.Count;
                _sends.Add(send);
            }

            acting = act();
        }

        try
        {
            send = send with { Outcome = SendOutcome.Ok, Seq = await acting };
        }
        catch (CaasException refused)
        {
            send = send with { Outcome = refused.MayHaveHappened ? SendOutcome.Unknown : SendOutcome.Failed, Code = refused.Code };
        }
        catch (OperationCanceledException)
        {
            send = send with { Code = "cancelled" };
        }

        lock (_gate)
        {
            _sends[place] = send;
        }

        return send.Outcome;
    }

    /// <summary>The message with this id: its text begins with its tenant, so that a leak shows.</summary>
    public SendMessageRequest Message(string id, int length = TextLength) => new($"{Seat.Tenant} {id} ".PadRight(length, '.'), id);

    /// <summary>An entry as the checker wants it.</summary>
    public static EntryRecord Record(EntryResponse entry, long at = 0)
    {
        var subject = entry.Message is { } message ? new EntrySubject(entry.Type, message.Id, message.ThreadOf) : null;
        return new(entry.Seq, entry.ActorId, entry.ClientMessageId, MarkOf(entry.Message), at, subject, Content: Contents.Digest(entry.Message?.Text), RootMark: MarkOf(entry.Root));
    }

    /// <summary>The same with what it tells of messages.</summary>
    public static EntryRecord RecordWhole(EntryResponse entry) => Record(entry) with { Told = [.. new[] { entry.Message, entry.Root }.OfType<MessageResponse>().Select(Told)] };

    /// <summary>What it did so far.</summary>
    public (IReadOnlyList<SendRecord> Sends, ReceiverRecord Received) Log()
    {
        lock (_gate)
        {
            var wire = _conversation?.Counters;
            return ([.. _sends], new(Seat.Client, Seat.Tenant, Seat.Conversation, 0, [.. _handled], wire is null ? default : new(wire.Live, wire.Inversions, wire.Repeats, wire.Gaps)));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _handling;
    }

    private Task<ChangeResult> CallAsync(string type, string messageId) => type switch
    {
        EntryTypes.MessageEdited => _connection.EditAsync(Seat.Conversation, messageId, new() { Text = Edited(messageId) }),
        EntryTypes.MessageDeleted => _connection.DeleteAsync(Seat.Conversation, messageId),
        EntryTypes.ReactionAdded => _connection.AddReactionAsync(Seat.Conversation, messageId, Emoji),
        EntryTypes.ReactionRemoved => _connection.RemoveReactionAsync(Seat.Conversation, messageId, Emoji),
        EntryTypes.MessagePinned => _connection.PinAsync(Seat.Conversation, messageId),
        EntryTypes.MessageUnpinned => _connection.UnpinAsync(Seat.Conversation, messageId),
        EntryTypes.PollVoted => _connection.VotePollAsync(Seat.Conversation, messageId, [(Seat.Client % 4 < 2 ? "1" : "2")]),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "no change that a client makes here"),
    };

    private string Edited(string messageId) => $"{Seat.Tenant} edited {messageId}";

    private static string? MarkOf(MessageResponse? message) => message?.Text is { } text ? text[..Math.Max(0, text.IndexOf(' ', StringComparison.Ordinal))] : null;

    private static MessageTold Told(MessageResponse message) => new(
        message.Id,
        message.Rev,
        message.Text is null,
        message.EditedAt is not null,
        message.PinnedAt is not null,
        message.Reactions.Values.Sum(reaction => reaction.Count),
        message.Poll?.VoterCount ?? 0,
        message.ReplyCount,
        Contents.Digest(message.Text));

    private async Task HandleAsync(Conversation conversation)
    {
        try
        {
            await foreach (var entry in conversation.Entries())
            {
                var now = Stopwatch.GetTimestamp();
                lock (_gate)
                {
                    _handled.Add(Record(entry, now));
                }

                if (entry.ClientMessageId is { } id)
                {
                    _measurements.Delivered(Seat, id, Replica, now);
                }
            }
        }
        catch (CaasException)
        {
            // No more will come; what it misses shows as a gap.
        }
    }
}
