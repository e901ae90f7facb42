using System.Collections.Concurrent;
using System.Text.Json;
using Caas.Client;
using Caas.Contracts;
using Caas.Tests.Realtime;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Caas.Tests.Client;

/// <summary>A server that does what a test tells it: pushes entries in any order, answers or not, drops connections. It speaks the wire of the real one over real sockets.</summary>
internal sealed class FakeServer : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<EntryResponse>> _logs = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, HubCallerContext> _connections = new();
    private WebApplication _app = null!;
    private int _connects;

    /// <summary>The joins that came, one list for each call.</summary>
    public ConcurrentQueue<IReadOnlyList<JoinRequest>> Joins { get; } = new();

    /// <summary>The reads that came: after which seq.</summary>
    public ConcurrentQueue<long> Reads { get; } = new();

    /// <summary>The sends that came, each try.</summary>
    public ConcurrentQueue<HubSendMessageRequest> Sends { get; } = new();

    public UnreadResponse Unread { get; set; } = new(3, new Dictionary<string, long> { ["room"] = 3 }, []);

    /// <summary>The marks that came, each try.</summary>
    public ConcurrentQueue<(string Method, string Conversation, long Seq)> Marks { get; } = new();

    /// <summary>Comes before a mark is answered; null: nothing does.</summary>
    public Func<string, string, HubCallerContext, Task>? OnMark { get; set; }

    public ConcurrentQueue<string> Tokens { get; } = new();

    /// <summary>How often somebody connected.</summary>
    public int Connects => _connects;

    /// <summary>How often somebody asked to connect.</summary>
    public int Negotiations { get; private set; }

    /// <summary>Answers the negotiation instead of SignalR, when it returns a problem.</summary>
    public Func<Problem?> OnNegotiate { get; set; } = () => null;

    /// <summary>Comes before a join is answered.</summary>
    public Func<Task> BeforeJoin { get; set; } = () => Task.CompletedTask;

    /// <summary>Comes before a page is answered.</summary>
    public Func<Task> BeforeRead { get; set; } = () => Task.CompletedTask;

    /// <summary>Comes before a page of this conversation is answered; null: nothing does.</summary>
    public Func<string, Task>? OnRead { get; set; }

    /// <summary>Answers a send, or throws; by default it is stored once by its client id.</summary>
    public Func<HubSendMessageRequest, HubCallerContext, Task<SendMessageResult>> OnSend { get; set; }

    public Func<string, Task> OnAuthenticate { get; set; } = _ => Task.CompletedTask;

    /// <summary>The most entries of one answer.</summary>
    public int PageSize { get; set; } = 1_000;

    public FakeServer() => OnSend = (message, _) => Task.FromResult(Store(message));

    public Uri Url => new(Replicas.UrlOf(_app));

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static async Task<FakeServer> StartAsync(int port = 0)
    {
        var server = new FakeServer();
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = "Test" });
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(server);
        builder.Services.AddSignalR().AddJsonProtocol(json => json.PayloadSerializerOptions = CaasJson.Options);
        server._app = builder.Build();
        server._app.Urls.Add($"http://127.0.0.1:{port}");
        server._app.Use(server.NegotiateAsync);
        server._app.MapHub<FakeHub>("/realtime");
        await server._app.StartAsync(Cancelled);
        return server;
    }

    /// <summary>A client of it.</summary>
    public CaasConnection Connection(Func<CaasConnectionOptions, CaasConnectionOptions>? change = null)
    {
        var options = new CaasConnectionOptions
        {
            Url = Url,
            Token = _ => Task.FromResult("token"),
            LoggerFactory = Connections.Log(),
            ReconnectDelay = attempt => attempt == 0 ? TimeSpan.Zero : TimeSpan.FromMilliseconds(20),
            Hold = TimeSpan.FromMilliseconds(20),
        };
        return new(change?.Invoke(options) ?? options);
    }

    /// <summary>Lets the log reach a seq, and tells nobody.</summary>
    public void Grow(long seq, string conversation = "room")
    {
        lock (_gate)
        {
            var log = LogOf(conversation);
            while (log.Count < seq)
            {
                log.Add(EntryOf(conversation, log.Count + 1));
            }
        }
    }

    /// <summary>Pushes entries to everyone, in this order.</summary>
    public async Task PushAsync(params long[] seqs)
    {
        var clients = _app.Services.GetRequiredService<IHubContext<FakeHub, IRealtimeClient>>().Clients.All;
        foreach (var seq in seqs)
        {
            Grow(seq);
            await clients.Entry(EntryOf("room", seq));
        }
    }

    public IRealtimeClient Clients => _app.Services.GetRequiredService<IHubContext<FakeHub, IRealtimeClient>>().Clients.All;

    /// <summary>Cuts every connection without a word, as soon as one came: a client is connected a moment before the hub knows of it.</summary>
    public async Task DropAllAsync()
    {
        await Eventually.HoldsAsync(() => _connects > 0, "nobody came", TestContext.Current.CancellationToken);
        DropAll();
    }

    private void DropAll()
    {
        foreach (var connection in _connections.Values)
        {
            connection.Abort();
        }
    }

    /// <summary>The messages of a log, as their client ids.</summary>
    public IReadOnlyList<string?> ClientIds(string conversation = "room")
    {
        lock (_gate)
        {
            return [.. LogOf(conversation).Select(entry => entry.ClientMessageId)];
        }
    }

    /// <summary>Stores a message once.</summary>
    public SendMessageResult Store(HubSendMessageRequest message)
    {
        lock (_gate)
        {
            var log = LogOf(message.ConversationId);
            var at = log.FindIndex(entry => entry.ClientMessageId == message.ClientMessageId);
            if (at < 0)
            {
                log.Add(EntryOf(message.ConversationId, log.Count + 1) with { ClientMessageId = message.ClientMessageId });
            }

            return new($"m{(at < 0 ? log.Count : at + 1)}", at < 0 ? log.Count : at + 1, DateTimeOffset.UnixEpoch, at >= 0);
        }
    }

    public async ValueTask DisposeAsync()
    {
        DropAll();
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }

    private static EntryResponse EntryOf(string conversation, long seq) => new(conversation, seq, seq % 5 == 0 ? EntryTypes.Hidden : "something.new", "alice", DateTimeOffset.UnixEpoch, null);

    private List<EntryResponse> LogOf(string conversation) => _logs.TryGetValue(conversation, out var log) ? log : _logs[conversation] = [];

    private (IReadOnlyList<EntryResponse> Items, long LastSeq, bool Complete) Read(string conversation, long? after, int limit)
    {
        lock (_gate)
        {
            var log = LogOf(conversation);
            var from = after ?? Math.Max(0, log.Count - 50);
            if (from > log.Count)
            {
                throw new HubException($"invalid_arguments: afterSeq is above the last seq, {log.Count}");
            }

            var items = log.Skip((int)from).Take(Math.Min(limit, PageSize)).ToList();
            return (items, log.Count, from + items.Count >= log.Count);
        }
    }

    private async Task NegotiateAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Path == "/realtime/negotiate")
        {
            Negotiations++;
            Tokens.Enqueue(context.Request.Headers.Authorization.ToString().Replace("Bearer ", "", StringComparison.Ordinal));
            if (OnNegotiate() is { } problem)
            {
                context.Response.StatusCode = problem.Status;
                context.Response.ContentType = "application/problem+json";
                await context.Response.WriteAsync(JsonSerializer.Serialize(problem, CaasJson.Options), context.RequestAborted);
                return;
            }
        }

        await next(context);
    }

    /// <summary>The hub of <see cref="FakeServer"/>. SignalR's own sentence stands before its refusals; the client must not be led astray by the form of what it does not know.</summary>
    public sealed class FakeHub : Hub<IRealtimeClient>
    {
        private readonly FakeServer _server;

        public FakeHub(IServiceProvider services) => _server = services.GetRequiredService<FakeServer>();

        public override Task OnConnectedAsync()
        {
            // Whom it counts it can cut off.
            _server._connections[Context.ConnectionId] = Context;
            Interlocked.Increment(ref _server._connects);
            return Task.CompletedTask;
        }

        public override Task OnDisconnectedAsync(Exception? exception)
        {
            _server._connections.TryRemove(Context.ConnectionId, out _);
            return Task.CompletedTask;
        }

        public async Task<IReadOnlyList<JoinResult>> JoinConversations(IReadOnlyList<JoinRequest> conversations)
        {
            _server.Joins.Enqueue(conversations);
            await _server.BeforeJoin();
            return [.. conversations.Select(Join)];
        }

        public async Task<EntryPage> ReadEntries(string conversationId, long afterSeq, int limit)
        {
            _server.Reads.Enqueue(afterSeq);
            await _server.BeforeRead();
            await (_server.OnRead?.Invoke(conversationId) ?? Task.CompletedTask);
            var (items, lastSeq, complete) = _server.Read(conversationId, afterSeq, limit);
            return new(items, lastSeq, complete);
        }

        public Task<SendMessageResult> SendMessage(HubSendMessageRequest message)
        {
            _server.Sends.Enqueue(message);
            return _server.OnSend(message, Context);
        }

        public Task MarkDelivered(string conversationId, long seq) => MarkAsync("MarkDelivered", conversationId, seq);

        public Task MarkRead(string conversationId, long seq) => MarkAsync("MarkRead", conversationId, seq);

        public Task<UnreadResponse> GetUnread() => Task.FromResult(_server.Unread);

        public Task Authenticate(string token) => _server.OnAuthenticate(token);

        public void LeaveConversation(string conversationId) => _ = conversationId;

        private Task MarkAsync(string method, string conversationId, long seq)
        {
            _server.Marks.Enqueue((method, conversationId, seq));
            return _server.OnMark?.Invoke(method, conversationId, Context) ?? Task.CompletedTask;
        }

        private JoinResult Join(JoinRequest request)
        {
            try
            {
                var (items, lastSeq, complete) = _server.Read(request.ConversationId, request.AfterSeq, 1_000);
                return new(request.ConversationId, lastSeq, items, complete);
            }
            catch (HubException refused)
            {
                return new(request.ConversationId, 0, [], false, refused.Message);
            }
        }
    }
}
