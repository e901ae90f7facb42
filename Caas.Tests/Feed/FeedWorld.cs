using System.Text.Json;
using Caas.Contracts;
using Caas.Core;
using Caas.Core.Bans;
using Caas.Core.Blocks;
using Caas.Core.Conversations;
using Caas.Core.Delivery;
using Caas.Core.Entries;
using Caas.Core.Feed;
using Caas.Core.Ids;
using Caas.Core.Json;
using Caas.Core.Members;
using Caas.Core.Messages;
using Caas.Core.Tenants;
using Caas.Core.Tokens;
using Caas.Tests.Core;
using Caas.Tests.Entries;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Caas.Tests.Feed;

/// <summary>One store and the processes that work on it: each a container of its own with its own clients, as separate processes have.</summary>
internal sealed class FeedWorld : IAsyncDisposable
{
    private readonly FeedStorage _storage;
    private readonly List<FeedNode> _nodes = [];
    private readonly Dictionary<LogId, List<EntryDraft>> _written = [];
    private int _drafts;

    public FeedWorld(FeedStorage storage)
    {
        _storage = storage;
        var services = new ServiceCollection().AddSingleton(TimeProvider.System).AddSingleton<IConfiguration>(new ConfigurationBuilder().Build()).AddLogging();
        storage.Register(services, onWrite: null);
        Stores = services.BuildServiceProvider();
    }

    /// <summary>The stores as a bystander sees them.</summary>
    public ServiceProvider Stores { get; }

    public IFeedStore Feed => Stores.GetRequiredService<IFeedStore>();

    public FeedStorage Storage => _storage;

    private IEntryStore Entries => Stores.GetRequiredService<IEntryStore>();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>A process that is not started yet.</summary>
    public FeedNode CreateNode(Action<IServiceCollection>? change = null, Func<WriteFate>? onWrite = null, IReadOnlyDictionary<string, string?>? settings = null)
    {
        var logs = new CapturedLogs();
        var services = new ServiceCollection()
            .AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["Caas:Feed:LeaseDuration"] = _storage.Lease.ToString(),
                ["Caas:Feed:PollInterval"] = "00:00:00.020",
                ["Caas:Feed:InitialBackoff"] = "00:00:00.005",
                ["Caas:Feed:MaxBackoff"] = "00:00:00.100",
                ["Caas:Events:InitialBackoff"] = "00:00:00.005",
                ["Caas:Events:MaxBackoff"] = "00:00:00.050",
                ["Caas:Events:Attempts"] = "4",
            }).AddInMemoryCollection(settings ?? new Dictionary<string, string?>()).Build())
            .AddLogging(logging => logging.AddProvider(logs).SetMinimumLevel(LogLevel.Debug))
            .AddSingleton(TimeProvider.System)
            .AddSingleton<IdGenerator>()
            .AddSingleton<RevocationList>()
            .AddMetrics()

            // Who repairs a conversation may write to it: an owner where there is none. Users and tenants are not repaired here.
            .AddSingleton<IEntryBroadcaster, RecordingBroadcaster>()
            .AddSingleton<TenantDirectory>()
            .AddSingleton<BlockDirectory>()
            .AddSingleton<BanDirectory>();
        _storage.Register(services, onWrite);
        services.AddConversations().AddFeed().AddSingleton<Projector>();
        change?.Invoke(services);
        var node = new FeedNode(services.BuildServiceProvider(), logs);
        _nodes.Add(node);
        return node;
    }

    /// <summary>What <see cref="CreateNode"/> gives, projecting.</summary>
    public async Task<FeedNode> StartProjectorAsync(Action<IServiceCollection>? change = null, Func<WriteFate>? onWrite = null)
    {
        var node = CreateNode(change, onWrite);
        await node.Projector.StartAsync(Cancelled);
        return node;
    }

    /// <summary>Appends some of everything to a few logs of two tenants, without anybody's help: what a process does that dies right after each append.</summary>
    public async Task WriteSomeAsync(int round)
    {
        foreach (var tenant in new[] { Drafts.Acme, Drafts.Globex })
        {
            var fresh = Drafts.Log($"c-{round}", tenant);
            await AppendAsync(Created(fresh, "ann", "bob"), Message(fresh, "ann"), Message(fresh, "bob"));
            var old = Drafts.Log("general", tenant);
            if (!_written.ContainsKey(old))
            {
                await AppendAsync(Created(old, "ann", "bob", "cy"));
            }

            var target = _written[old].Count + 1;
            await AppendAsync(Message(old, "bob"), Edit(old, target), Message(old, "ann"), Change(new(tenant, "$user/ann"), "user.changed"));
        }
    }

    /// <summary>Appends messages to a conversation, which is created when it has nothing.</summary>
    public async Task SayAsync(LogId log, string sender, params IEnumerable<string> texts)
    {
        if (!_written.ContainsKey(log))
        {
            await AppendAsync(Created(log, "ann", "bob"));
        }

        await AppendAsync([.. texts.Select(text => Message(log, sender, text))]);
    }

    public async Task AppendAsync(params EntryDraft[] drafts)
    {
        foreach (var outcome in await Entries.AppendAsync(drafts, Cancelled))
        {
            Assert.Equal(AppendStatus.Appended, outcome.Status);
        }

        foreach (var draft in drafts)
        {
            if (!_written.TryGetValue(draft.Log, out var log))
            {
                _written.Add(draft.Log, log = []);
            }

            log.Add(draft);
        }
    }

    public Task AssertProjectedAsync() => Eventually.HoldsAsync(MissingAsync, Cancelled);

    /// <summary>Null when the feed holds exactly what was written, once each, in order, and everything that is projected follows from it; otherwise what is wrong.</summary>
    public async Task<string?> MissingAsync()
    {
        foreach (var tenant in _written.GroupBy(log => log.Key.Tenant))
        {
            var items = await Feed.ReadAsync(tenant.Key, 0, int.MaxValue, Cancelled);
            Assert.Equal(Enumerable.Range(1, items.Count).Select(i => (long)i), items.Select(item => item.Position));
            foreach (var log in tenant)
            {
                var seqs = items.Where(item => item.Entry.Log == log.Key).Select(item => item.Entry.Seq).ToArray();
                Assert.Equal(Enumerable.Range(1, seqs.Length).Select(i => (long)i), seqs);
                if (seqs.Length < log.Value.Count)
                {
                    return $"{log.Key} stands in the feed up to {seqs.Length} of {log.Value.Count}";
                }

                if (log.Key.IsConversation && await MissingAsync(log.Key, log.Value) is { } missing)
                {
                    return missing;
                }
            }
        }

        return null;
    }

    public async Task<Conversation?> FindConversationAsync(LogId log) =>
        await Stores.GetRequiredService<IConversationStore>().FindAsync(log.Tenant, new(log.Name), Cancelled);

    public EntryDraft Created(LogId log, params string[] members) => Draft(log, EntryTypes.ConversationCreated, members[0]) with
    {
        Data = JsonSerializer.SerializeToElement(
            new ConversationCreatedData(ConversationType.Group, log.Name, null, [.. members.Select(member => new MemberSeed(member, MemberRole.Member))]),
            CoreJsonContext.Default.ConversationCreatedData),
    };

    public EntryDraft Message(LogId log, string sender, string text = "hello") => Draft(log, EntryTypes.MessageCreated, sender) with { Target = EntryTarget.Message, Message = new() { Text = text } };

    public EntryDraft Change(LogId log, string type) => Draft(log, type, "ann");

    public EntryDraft Edit(LogId log, long target) => Draft(log, EntryTypes.MessageEdited, "bob") with
    {
        Target = target,
        Data = JsonSerializer.SerializeToElement(new MessageEditedData("m", new MessageContent($"edited {target}", [], [], null)), CoreJsonContext.Default.MessageEditedData),
    };

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        await Stores.DisposeAsync();
        await _storage.DisposeAsync();
    }

    private async Task<string?> MissingAsync(LogId log, List<EntryDraft> written)
    {
        var conversation = await FindConversationAsync(log);
        var messages = written.Select((draft, index) => (draft, Seq: index + 1L)).Where(entry => entry.draft.Target == EntryTarget.Message).ToArray();
        var activity = messages.Length > 0 ? messages[^1].draft.At : written[0].At;
        var expected = new ConversationSummary(written.Count, messages.Length, messages.Select(message => message.Seq).LastOrDefault(), activity);
        if (conversation is null || conversation.Summary != expected)
        {
            return $"{log} has the summary {conversation?.Summary}, not {expected}";
        }

        foreach (var sender in messages.GroupBy(message => message.draft.ActorId!))
        {
            var member = await Stores.GetRequiredService<IMemberStore>().FindAsync(log.Tenant, new(log.Name), new(sender.Key), Cancelled);
            if (member?.ReadSeq != sender.Max(message => message.Seq))
            {
                return $"{sender.Key} has read {log} up to {member?.ReadSeq}, not {sender.Max(message => message.Seq)}";
            }
        }

        foreach (var edit in written.Where(draft => draft.Type == EntryTypes.MessageEdited))
        {
            var target = Assert.Single(await Entries.ReadManyAsync(log, [edit.Target], Cancelled));
            if (target.Message?.Text != $"edited {edit.Target}")
            {
                return $"{log}/{edit.Target} says {target.Message?.Text}: the edit is not folded";
            }
        }

        return null;
    }

    private EntryDraft Draft(LogId log, string type, string actor) => new()
    {
        Log = log,
        Id = Guid.CreateVersion7().ToString(),
        Type = type,
        ActorId = actor,
        At = DateTimeOffset.FromUnixTimeMilliseconds(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds()),
        ClientMessageId = $"client-{Interlocked.Increment(ref _drafts)}",
        ContentHash = "hash",
        Target = EntryTarget.Log,
    };
}

/// <summary>One process.</summary>
internal sealed class FeedNode(ServiceProvider services, CapturedLogs logs) : IAsyncDisposable
{
    public ServiceProvider Services { get; } = services;

    public CapturedLogs Logs { get; } = logs;

    public Projector Projector => Services.GetRequiredService<Projector>();

    /// <summary>Stops projecting and gives the lease back, if the store lets it.</summary>
    public Task StopAsync() => Projector.StopAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await Services.DisposeAsync();
    }
}
