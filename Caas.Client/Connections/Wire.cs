using System.Text.Json;
using System.Threading.Channels;
using Caas.Contracts;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;

namespace Caas.Client;

/// <summary>Why a wire ended.</summary>
/// <param name="Code">The reason of an eviction, <c>draining</c>, or <see cref="ClientCodes.Unreachable"/>.</param>
internal sealed record WireEnd(string Code, string Detail);

/// <summary>The wire is gone: what was called on it may or may not have happened.</summary>
internal sealed class WireLostException(Exception? cause) : Exception("The connection was lost.", cause)
{
    /// <summary>Whether the call was handed to the wire at all.</summary>
    public bool Sent { get; init; } = true;

    /// <summary>Whether the server closed the connection because of something that was sent on it, as far as is known by now.</summary>
    public bool Blames { get; init; }
}

/// <summary>What a wire tells its owner; it names itself, so that what comes late from an old one is known.</summary>
internal interface IWireOwner
{
    void OnEntry(Wire wire, EntryResponse entry);

    void OnConversationUpdated(Wire wire, ConversationUpdated update);

    void OnReceipt(Wire wire, Receipt receipt);

    void OnReminder(Wire wire, ReminderResponse reminder);

    /// <param name="news">One of the events about calls.</param>
    void OnCall(Wire wire, object news);

    void OnNotification(Wire wire, NotificationResponse notification);

    void OnNotificationsRead(Wire wire, UnreadNotificationsResponse unread);

    void OnNotificationWithdrawn(Wire wire, NotificationWithdrawn withdrawn);

    void OnConversationEvicted(Wire wire, string conversationId, string reason);

    void OnTyping(Wire wire, TypingState typing);

    void OnPresence(Wire wire, PresenceState presence);

    void OnResync(Wire wire);
}

/// <summary>One SignalR connection, from its start to its end; a reconnect makes a new one, which the gateway may send to another replica.</summary>
internal sealed class Wire : IAsyncDisposable
{
    public const string DrainingCode = "draining";

    private readonly HubConnection _hub;
    private readonly CaasConnectionOptions _options;
    private readonly TaskCompletionSource<WireEnd> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _disposed = new();
    private volatile WireEnd? _announced;
    private volatile bool _blamed;

    public Wire(CaasConnectionOptions options, string token, IWireOwner owner)
    {
        _options = options;
        var builder = new HubConnectionBuilder()
            .WithUrl(new Uri(options.Url.AbsoluteUri.TrimEnd('/') + "/realtime"), http =>
            {
                http.AccessTokenProvider = () => Task.FromResult<string?>(token);
                options.ConfigureHttp?.Invoke(http);
                var factory = http.HttpMessageHandlerFactory;
                http.HttpMessageHandlerFactory = inner => new ProblemHandler(factory?.Invoke(inner) ?? inner, options.TimeProvider);
            })
            .WithServerTimeout(options.ServerTimeout)
            .AddJsonProtocol(json => json.PayloadSerializerOptions = CaasJson.Options);
        builder.Services.AddSingleton(options.LoggerFactory);
        options.ConfigureHub?.Invoke(builder);
        FarewellProtocol.Wrap(builder.Services, OnFarewell);
        _hub = builder.Build();

        _hub.On<EntryResponse>(nameof(IRealtimeClient.Entry), entry => owner.OnEntry(this, entry));
        _hub.On<ConversationUpdated>(nameof(IRealtimeClient.ConversationUpdated), update => owner.OnConversationUpdated(this, update));
        _hub.On<TypingState>(nameof(IRealtimeClient.Typing), typing => owner.OnTyping(this, typing));
        _hub.On<Receipt>(nameof(IRealtimeClient.Receipt), receipt => owner.OnReceipt(this, receipt));
        _hub.On<ReminderResponse>(nameof(IRealtimeClient.Reminder), reminder => owner.OnReminder(this, reminder));
        _hub.On<CallRinging>(nameof(IRealtimeClient.CallRinging), news => owner.OnCall(this, news));
        _hub.On<CallAccepted>(nameof(IRealtimeClient.CallAccepted), news => owner.OnCall(this, news));
        _hub.On<CallDeclined>(nameof(IRealtimeClient.CallDeclined), news => owner.OnCall(this, news));
        _hub.On<CallParticipantChanged>(nameof(IRealtimeClient.CallParticipantChanged), news => owner.OnCall(this, news));
        _hub.On<CallEnded>(nameof(IRealtimeClient.CallEnded), news => owner.OnCall(this, news));
        _hub.On<CallSignal>(nameof(IRealtimeClient.CallSignal), news => owner.OnCall(this, news));
        _hub.On<NotificationResponse>(nameof(IRealtimeClient.Notification), notification => owner.OnNotification(this, notification));
        _hub.On<UnreadNotificationsResponse>(nameof(IRealtimeClient.NotificationsRead), unread => owner.OnNotificationsRead(this, unread));
        _hub.On<NotificationWithdrawn>(nameof(IRealtimeClient.NotificationWithdrawn), withdrawn => owner.OnNotificationWithdrawn(this, withdrawn));
        _hub.On<PresenceState>(nameof(IRealtimeClient.Presence), presence => owner.OnPresence(this, presence));
        _hub.On<Resync>(nameof(IRealtimeClient.Resync), _ => owner.OnResync(this));
        _hub.On<Draining>(nameof(IRealtimeClient.Draining), OnDraining);
        _hub.On<Evicted>(nameof(IRealtimeClient.Evicted), evicted =>
        {
            if (evicted.ConversationId is { } conversation)
            {
                owner.OnConversationEvicted(this, conversation, evicted.Reason);
            }
            else
            {
                OnFarewell(evicted);
                Lose(null);
            }
        });
        _hub.Closed += cause =>
        {
            _blamed |= IsBlame(cause);
            Lose(cause);
            return Task.CompletedTask;
        };
    }

    /// <summary>Holds one for each conversation that reads at the moment: a user's reads are limited, and calls of one connection run one after another anyway.</summary>
    public Channel<string> Reading { get; } = Channel.CreateBounded<string>(2);

    /// <summary>When, and why, it was over.</summary>
    public Task<WireEnd> Ended => _ended.Task;

    /// <exception cref="CaasException">The server refused it.</exception>
    public Task StartAsync(CancellationToken cancellationToken) => _hub.StartAsync(cancellationToken);

    /// <exception cref="CaasException">The call was refused.</exception>
    /// <exception cref="WireLostException">No answer came, and none will.</exception>
    public async Task<T> CallAsync<T>(string method, params object?[] arguments)
    {
        if (Ended.IsCompleted)
        {
            throw new WireLostException(null) { Sent = false };
        }

        try
        {
            return await _hub.InvokeCoreAsync<T>(method, arguments, CancellationToken.None).WaitAsync(_options.AnswerTimeout, _options.TimeProvider, _disposed.Token);
        }
        catch (HubException refused) when (ProblemReader.Parse(refused.Message, refused) is { } problem)
        {
            throw problem;
        }
        catch (Exception form) when (form is JsonException or NotSupportedException or InvalidDataException)
        {
            // Trying again would give the same.
            throw new CaasException(ClientCodes.InvalidAnswer, $"What {method} takes or answers is not of the expected form.", form) { MayHaveHappened = true };
        }
#pragma warning disable CA1031 // Of whatever kind: there is no answer, so this wire is of no use any more.
        catch (Exception cause)
#pragma warning restore CA1031
        {
            // Of those that were on their way one hears the server's words, and another only that the connection is gone.
            _blamed |= IsBlame(cause);
            Lose(cause);
            throw new WireLostException(cause) { Blames = _blamed };
        }
    }

    /// <summary>Calls what may as well fail.</summary>
    public async Task TryCallAsync(string method, params object?[] arguments) =>
        await ((Task)CallAsync<object?>(method, arguments)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    /// <summary>This wire is of no use any more. Safe to repeat.</summary>
    public void Lose(Exception? cause) => End(_announced ?? new(ClientCodes.Unreachable, cause?.Message ?? "The connection was closed."));

    public async ValueTask DisposeAsync()
    {
        Lose(null);
        await _disposed.CancelAsync();
        await _hub.DisposeAsync();
    }

    /// <summary>This wire is to be used no more, for this reason. The first one counts.</summary>
    public void End(WireEnd end) => _ended.TrySetResult(end);

    /// <summary>SignalR's own words; it says them for nothing else.</summary>
    private static bool IsBlame(Exception? cause) => cause is HubException && cause.Message.StartsWith("The server closed the connection with the following error", StringComparison.Ordinal);

    /// <summary>Heard before the connection's end is, and before what else was received is handed out. An eviction counts more than that the replica stops.</summary>
    private void OnFarewell(object farewell) => _announced = farewell switch
    {
        Evicted { ConversationId: null } evicted => new(evicted.Reason, "The server ended the connection."),
        Draining when _announced is null => new(DrainingCode, "The replica stops."),
        _ => _announced,
    };

    /// <summary>Everyone on this replica goes, each at a moment of its own within the time that the server gives; it closes first, perhaps.</summary>
    private void OnDraining(Draining draining)
    {
        OnFarewell(draining);
        _ = GoAsync(Random.Shared.NextDouble() * TimeSpan.FromMilliseconds(Math.Clamp(draining.ReconnectWithinMs, 0, 60_000)));
    }

    private async Task GoAsync(TimeSpan after)
    {
        await Task.WhenAny(Task.Delay(after, _options.TimeProvider, _disposed.Token), Ended);
        Lose(null);
    }
}
