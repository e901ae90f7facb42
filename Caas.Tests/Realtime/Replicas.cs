using System.Collections.Concurrent;
using System.Threading.Channels;
using Caas.Adapters.Files;
using Caas.Adapters.Links;
using Caas.Adapters.Redis;
using Caas.Adapters.Sqlite;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Calls;
using Caas.Core.Conversations;
using Caas.Core.Delivery;
using Caas.Core.Ids;
using Caas.Core.Members;
using Caas.Core.Messages;
using Caas.Core.Notifications;
using Caas.Core.Presence;
using Caas.Core.RateLimits;
using Caas.Core.Tenants;
using Caas.Core.Tokens;
using Caas.Core.Typing;
using Caas.Core.Users;
using Caas.Realtime;
using Caas.Realtime.Protocols;
using Caas.ServiceDefaults;
using Caas.Tests.Sqlite;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Caas.Tests.Realtime;

/// <summary>Realtime replicas over real Kestrel on one SQLite file and one backplane, and the tenant <c>acme</c> with users and a room.</summary>
internal sealed class Replicas : IAsyncDisposable
{
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private readonly TempFolder _folder = new();
    private readonly List<WebApplication> _apps = [];
    private readonly List<Client> _clients = [];
    private readonly Dictionary<string, string?> _settings;
    private readonly string? _redis;

    private Replicas(Dictionary<string, string?> settings, string? redis) => (_settings, _redis) = (settings, redis);

    public static readonly TenantId Tenant = new("acme");

    public TempFolder Folder => _folder;

    public InMemoryBackplane Backplane { get; } = new();

    public LocalTypingStore Typing { get; } = new(TimeProvider.System);

    public LocalPresenceDirectory Presence { get; } = new(TimeProvider.System);

    public LocalCallDirectory Calls { get; } = new();

    public MemoryReplicaDirectory Directory { get; } = new();

    public LocalWatchDirectory Watching { get; } = new();

    public ConcurrentQueue<string> Errors { get; } = new();

    public static Caller Admin { get; } = new() { Kind = CallerKind.Admin };

    public static Caller System { get; } = new() { Kind = CallerKind.Backend, Tenant = Tenant, KeyId = "test" };

    public IReadOnlyList<WebApplication> Apps => _apps;

    private static CancellationToken Cancelled => Xunit.TestContext.Current.CancellationToken;

    public static async Task<Replicas> StartAsync(int count = 2, Dictionary<string, string?>? settings = null, string? redis = null, string[]? users = null)
    {
        var replicas = new Replicas(settings ?? [], redis);
        for (var i = 0; i < count; i++)
        {
            await replicas.AddAsync();
        }

        await replicas.Get<TenantService>().CreateAsync(Admin, new("Acme", Tenant.Value), Cancelled);
        users ??= ["alice", "bob", "carol"];
        foreach (var user in users)
        {
            await replicas.Get<UserService>().UpsertAsync(System, user, new(user), Cancelled);
        }

        await replicas.Get<ConversationService>().CreateAsync(System, new(ConversationType.Group, "room", "Room", users), Cancelled);
        return replicas;
    }

    public async Task<WebApplication> AddAsync()
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ApplicationName = "Caas.Realtime", EnvironmentName = "Test" });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Caas:Realtime:Port"] = "0",
            ["Caas:RateLimits:HubMessagesPerSecond"] = "0",
            ["Caas:RateLimits:HubJoinsPerSecond"] = "0",
            ["Caas:RateLimits:HubCallsPerMinute"] = "0",
            ["ConnectionStrings:redis"] = _redis,
        });
        builder.Configuration.AddInMemoryCollection(_settings);
        builder.AddServiceDefaults();
        builder.Logging.ClearProviders();
        builder.Logging.AddProvider(new ErrorCollector(Errors));
        builder.AddRealtime();
        builder.Services.AddSqliteStores(_folder.ConnectionString);
        builder.Services.AddLinkReader();
        if (_settings.ContainsKey("Caas:Attachments:Folder"))
        {
            builder.Services.AddAttachmentFiles();
        }

        if (_redis is not null)
        {
            builder.Services.AddRedisAdapters();
        }
        else
        {
            builder.Services.AddSingleton<IConversationChannels>(Backplane.Process());
            builder.Services.AddSingleton<ITypingStore>(Typing);
            builder.Services.AddSingleton<IPresenceDirectory>(Presence);
            builder.Services.AddSingleton<ICallDirectory>(Calls);
            builder.Services.AddSingleton<IReplicaDirectory>(Directory);
            builder.Services.AddSingleton<IWatchDirectory>(Watching);
            builder.Services.AddSingleton<IRateLimiter, LocalRateLimiter>();
        }

        var app = builder.Build();
        app.MapRealtime();
        await app.StartAsync(Cancelled).WaitAsync(Bound, Cancelled);
        _apps.Add(app);
        return app;
    }

    public T Get<T>(int replica = 0)
        where T : notnull => _apps[replica].Services.GetRequiredService<T>();

    public static string UrlOf(WebApplication app) =>
        "http://127.0.0.1:" + new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First().Replace("[::]", "127.0.0.1", StringComparison.Ordinal)).Port;

    public async Task<string> TokenAsync(string user, int? expiresInSeconds = null) =>
        (await Get<TokenService>().IssueAsync(System, user, new(expiresInSeconds), Cancelled)).Token;

    public Caller CallerOf(string user) => new() { Kind = CallerKind.Backend, Tenant = Tenant, KeyId = "test", User = new UserId(user) };

    /// <param name="listen">Sets up what the client listens for, before the server can tell it anything.</param>
    /// <param name="url">Of a replica that is none of these.</param>
    public async Task<Client> ConnectAsync(string user, int replica = 0, bool messagePack = false, string? token = null, HttpTransportType transport = HttpTransportType.WebSockets, Action<HubConnection>? listen = null, string? url = null)
    {
        token ??= await TokenAsync(user);
        var builder = new HubConnectionBuilder().WithUrl($"{url ?? UrlOf(_apps[replica])}/realtime", options =>
        {
            options.AccessTokenProvider = () => Task.FromResult<string?>(token);
            options.Transports = transport;
        });
        builder.Services.RemoveAll<IHubProtocol>();
        builder.Services.AddSingleton<IHubProtocol>(messagePack ? HubProtocols.MessagePack() : HubProtocols.Json());
        var client = new Client(builder.Build());
        _clients.Add(client);
        listen?.Invoke(client.Hub);
        await client.Hub.StartAsync(Cancelled).WaitAsync(Bound, Cancelled);
        return client;
    }

    public async Task<long> SendAsync(string user, string text, int replica = 0, string conversation = "room")
    {
        var sent = await Get<MessageService>(replica).SendAsync(CallerOf(user), new(conversation), new(text), null, Cancelled);
        return sent.Message.Seq;
    }

    /// <summary>Makes a member of the room a moderator.</summary>
    public Task PromoteAsync(string user, int replica = 0) => Get<MemberService>(replica).UpdateAsync(System, new("room"), user, new(MemberRole.Moderator), Cancelled);

    public Task RemoveAsync(string user, int replica = 0) => Get<MemberService>(replica).RemoveAsync(System, new("room"), user, Cancelled);

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
        {
            await client.DisposeAsync();
        }

        foreach (var app in _apps)
        {
            await app.StopAsync(CancellationToken.None).WaitAsync(Bound, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await app.DisposeAsync();
        }

        _folder.Dispose();
    }

    private sealed class ErrorCollector(ConcurrentQueue<string> errors) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var line = $"{TimeProvider.System.GetUtcNow():ss.fff} {logLevel}: {formatter(state, exception)} {exception}";
            if (logLevel >= LogLevel.Error)
            {
                errors.Enqueue(line);
            }

            Xunit.TestContext.Current.TestOutputHelper?.WriteLine(line);
        }

        public void Dispose()
        {
        }
    }
}

/// <summary>The directory of replicas, in memory.</summary>
internal sealed class MemoryReplicaDirectory : IReplicaDirectory
{
    private readonly ConcurrentDictionary<string, Replica> _replicas = new();

    public Task<bool> AnnounceAsync(Replica replica, TimeSpan lease, CancellationToken cancellationToken)
    {
        _replicas[replica.Id] = replica;
        return Task.FromResult(true);
    }

    public Task WithdrawAsync(string replicaId, CancellationToken cancellationToken)
    {
        _replicas.TryRemove(replicaId, out _);
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<Replica>> ListAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Replica>>([.. _replicas.Values]);
}

/// <summary>A SignalR client and what it was sent.</summary>
internal sealed class Client : IAsyncDisposable
{
    private readonly Channel<EntryResponse> _entries = Channel.CreateUnbounded<EntryResponse>();
    private readonly Channel<ConversationUpdated> _updates = Channel.CreateUnbounded<ConversationUpdated>();
    private readonly Channel<Evicted> _evicted = Channel.CreateUnbounded<Evicted>();
    private readonly TaskCompletionSource<Draining> _draining = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<Resync> _resync = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<Exception?> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Client(HubConnection hub)
    {
        Hub = hub;
        hub.On<EntryResponse>(nameof(IRealtimeClient.Entry), entry => _entries.Writer.TryWrite(entry));
        hub.On<ConversationUpdated>(nameof(IRealtimeClient.ConversationUpdated), update => _updates.Writer.TryWrite(update));
        hub.On<Evicted>(nameof(IRealtimeClient.Evicted), evicted => _evicted.Writer.TryWrite(evicted));
        hub.On<Draining>(nameof(IRealtimeClient.Draining), draining => _draining.TrySetResult(draining));
        hub.On<Resync>(nameof(IRealtimeClient.Resync), resync => _resync.TrySetResult(resync));
        hub.Closed += exception =>
        {
            _closed.TrySetResult(exception);
            return Task.CompletedTask;
        };
    }

    public HubConnection Hub { get; }

    public int EntriesWaiting => _entries.Reader.Count;

    public int UpdatesWaiting => _updates.Reader.Count;

    private static CancellationToken Cancelled => Xunit.TestContext.Current.CancellationToken;

    public Task<JoinResult> JoinAsync(long? afterSeq = null, string conversation = "room") => CallAsync<JoinResult>("JoinConversation", conversation, afterSeq);

    public Task<SendMessageResult> SendAsync(string text, string? clientMessageId = null, string conversation = "room") =>
        CallAsync<SendMessageResult>("SendMessage", new HubSendMessageRequest(conversation, text, clientMessageId));

    public Task<T> CallAsync<T>(string method, params object?[] arguments) => Hub.InvokeCoreAsync<T>(method, arguments, Cancelled).WaitAsync(Replicas.Bound, Cancelled);

    public Task CallAsync(string method, params object?[] arguments) => Hub.InvokeCoreAsync(method, arguments, Cancelled).WaitAsync(Replicas.Bound, Cancelled);

    public Task<EntryResponse> EntryAsync() => NextAsync(_entries);

    public async Task<IReadOnlyList<EntryResponse>> EntriesAsync(int count)
    {
        var entries = new List<EntryResponse>();
        while (entries.Count < count)
        {
            entries.Add(await EntryAsync());
        }

        return entries;
    }

    public Task<ConversationUpdated> UpdateAsync() => NextAsync(_updates);

    /// <summary>The next one of this conversation: of others, what happened just before the client came may still be told.</summary>
    public async Task<ConversationUpdated> UpdateAsync(string conversation)
    {
        while (true)
        {
            if (await UpdateAsync() is var update && update.ConversationId == conversation)
            {
                return update;
            }
        }
    }

    public Task<Evicted> EvictedAsync() => NextAsync(_evicted);

    public Task<Draining> DrainingAsync() => _draining.Task.WaitAsync(Replicas.Bound, Cancelled);

    public Task<Resync> ResyncAsync() => _resync.Task.WaitAsync(Replicas.Bound, Cancelled);

    public Task<Exception?> ClosedAsync() => _closed.Task.WaitAsync(Replicas.Bound, Cancelled);

    /// <summary>What a call is refused with, as the client sees it.</summary>
    public async Task<string> RefusalAsync(string method, params object?[] arguments) =>
        (await Xunit.Assert.ThrowsAsync<Microsoft.AspNetCore.SignalR.HubException>(() => CallAsync<System.Text.Json.JsonElement>(method, arguments))).Message;

    public ValueTask DisposeAsync() => Hub.DisposeAsync();

    private static Task<T> NextAsync<T>(Channel<T> channel) => channel.Reader.ReadAsync(Cancelled).AsTask().WaitAsync(Replicas.Bound, Cancelled);
}
