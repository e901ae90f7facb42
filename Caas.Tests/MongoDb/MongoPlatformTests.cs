using Caas.Adapters.MongoDb;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Feed;
using Caas.Core.Ids;
using Caas.Core.Messages;
using Caas.Core.Pins;
using Caas.Core.Reactions;
using Caas.Core.Refusals;
using Caas.Tests.Core;
using Caas.Tests.MongoDb.StandIn;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MongoDB.Driver;
using Xunit;

namespace Caas.Tests.MongoDb;

/// <summary>Two replicas of the core, projectors included, on MongoDB's stores and the stand-in: the parts fit together.</summary>
public sealed class MongoPlatformTests : IAsyncLifetime
{
    private static readonly ConversationId Room = new("room");
    private static readonly TenantId Acme = new("acme");
    private readonly StandInServer _server = new();
    private readonly CorePlatform[] _replicas = new CorePlatform[2];
    private readonly Caller[] _users = new Caller[6];

    private static CancellationToken Cancelled => CorePlatform.Cancelled;

    public async ValueTask InitializeAsync()
    {
        for (var i = 0; i < _replicas.Length; i++)
        {
            var settings = MongoClientSettings.FromConnectionString(_server.ConnectionString);
            settings.ApplicationName = $"replica-{i}";
            _replicas[i] = new(configure: services => services.AddSingleton<IMongoClient>(_ => new MongoClient(settings)).AddMongoStores());
        }

        for (var i = 0; i < _users.Length; i++)
        {
            _users[i] = await _replicas[0].UserAsync($"user-{i}");
        }

        await _replicas[0].Get<ConversationService>().CreateAsync(_users[0], new(ConversationType.Group, "room", "Room", [.. _users.Skip(1).Select(user => user.User!.Value.Value)]), Cancelled);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in _replicas)
        {
            await replica.DisposeAsync();
        }

        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Changes_of_two_replicas_at_once_all_fold()
    {
        var sent = await _replicas[0].Get<MessageService>().SendAsync(_users[0], Room, new("hello"), null, Cancelled);
        await Task.WhenAll(Enumerable.Range(0, 24).Select(n => n % 4 == 3
            ? (Task)_replicas[n % 2].Get<MessageService>().EditAsync(_users[0], Room, sent.Message.Id, new() { Text = $"edit {n}" }, null, Cancelled)
            : _replicas[n % 2].Get<ReactionService>().AddAsync(_users[n % 6], Room, sent.Message.Id, n % 2 == 0 ? "👍" : "🎉", null, Cancelled)));

        var log = LogId.Of(Acme, Room);
        var changes = await _replicas[0].Get<IEntryStore>().ReadChangesAsync(log, sent.Message.Seq, 0, 100, Cancelled);
        foreach (var replica in _replicas)
        {
            var message = (await replica.Get<IEntryStore>().FindAsync(log, sent.Message.Id, Cancelled))!;
            Assert.Equal(changes[^1].Seq, message.Rev);
            Assert.StartsWith("edit ", message.Message!.Text, StringComparison.Ordinal);
            Assert.Equal(
                changes.Where(change => change.Type == EntryTypes.ReactionAdded).Select(change => (change.ActorId, change.Data!.Value.GetProperty("emoji").GetString())).Distinct().Count(),
                message.Message.Reactions.Values.Sum(reaction => reaction.Count));
        }
    }

    [Fact]
    public async Task Pins_of_two_replicas_at_once_agree_with_the_last_entry()
    {
        var sent = await _replicas[0].Get<MessageService>().SendAsync(_users[0], Room, new("hello"), null, Cancelled);
        await Task.WhenAll(Enumerable.Range(0, 24).Select(n => n % 3 == 0
            ? _replicas[n % 2].Get<PinService>().UnpinAsync(_users[0], Room, sent.Message.Id, null, Cancelled)
            : _replicas[n % 2].Get<PinService>().PinAsync(_users[0], Room, sent.Message.Id, null, Cancelled)));

        var log = LogId.Of(Acme, Room);
        var last = (await _replicas[0].Get<IEntryStore>().ReadChangesAsync(log, sent.Message.Seq, 0, 100, Cancelled))[^1];
        foreach (var replica in _replicas)
        {
            var message = (await replica.Get<IEntryStore>().FindAsync(log, sent.Message.Id, Cancelled))!;
            var pin = (await replica.Get<IPinStore>().FindAsync(log, sent.Message.Seq, Cancelled))!;
            Assert.Equal((last.Seq, last.Seq, last.Type == EntryTypes.MessageUnpinned), (message.Rev, pin.Seq, pin.Removed));
            Assert.Equal(pin.Removed ? null : last.At, message.Message!.PinnedAt);
        }
    }

    [Fact]
    public async Task One_projector_follows_the_change_stream_and_another_takes_over()
    {
        var projectors = _replicas.Select(Projector).ToArray();
        await Task.WhenAll(projectors.Select(projector => projector.StartAsync(Cancelled)));
        await SendManyAsync(20);
        await ProjectedAsync();
        Assert.Contains(_server.Commands, command => command.Name == "aggregate" && command.Body["pipeline"].AsBsonArray[0].AsBsonDocument.Contains("$changeStream"));

        await projectors[0].StopAsync(Cancelled);
        await SendManyAsync(20);
        await ProjectedAsync();
        await projectors[1].StopAsync(Cancelled);
    }

    [Fact]
    public async Task A_crash_between_append_and_fold_is_repaired_by_the_projector()
    {
        var sent = await _replicas[0].Get<MessageService>().SendAsync(_users[0], Room, new("hello"), null, Cancelled);
        var content = System.Text.Json.JsonSerializer.SerializeToElement(new MessageEditedData(sent.Message.Id, new("mended", [], [], null)), Caas.Core.Json.CoreJsonContext.Default.MessageEditedData);
        var (edit, _) = await _replicas[0].Get<EntryAppender>().AppendAsync(
            new()
            {
                Log = LogId.Of(Acme, Room),
                Id = Guid.CreateVersion7().ToString(),
                Type = EntryTypes.MessageEdited,
                ActorId = "user-0",
                At = TimeProvider.System.GetUtcNow(),
                ClientMessageId = "crashed",
                ContentHash = "x",
                Target = sent.Message.Seq,
                Data = content,
            },
            Cancelled);
        var projector = Projector(_replicas[1]);
        await projector.StartAsync(Cancelled);
        await Eventually.HoldsAsync(
            async () => (await _replicas[0].Get<IEntryStore>().ReadManyAsync(edit.Log, [sent.Message.Seq], Cancelled))[0] is { Message.Text: "mended", Rev: var rev } && rev == edit.Seq ? null : "the message is not mended",
            Cancelled);
        await projector.StopAsync(Cancelled);
    }

    [Fact]
    public async Task Sends_outlive_lost_connections_and_a_failover_and_the_projector_misses_none()
    {
        var projector = Projector(_replicas[1]);
        await projector.StartAsync(Cancelled);
        var random = new Random(7);
        _server.Rule = command =>
        {
            lock (random)
            {
                return random.Next(60) switch { 0 => new StandInFault.CutBefore(), 1 => new StandInFault.CutAfter(), 2 when command.Name == "insert" => StandInFault.WriteConcernError(), _ => null };
            }
        };
        for (var n = 0; n < 5; n++)
        {
            var sending = SendManyAsync(20);
            _server.Data.HoldMajority();
            await Task.Delay(20, Cancelled);
            _server.Data.RollBack();
            await sending;
        }

        _server.Rule = null;
        await ProjectedAsync();
        await projector.StopAsync(Cancelled);
    }

    private static Projector Projector(CorePlatform replica) => replica.Services.GetServices<IHostedService>().OfType<Projector>().Single();

    private async Task SendManyAsync(int count)
    {
        var sent = await Task.WhenAll(Enumerable.Range(0, count).Select(n => SendAsync(_replicas[n % 2], _users[n % 6], new($"message {n}", ClientMessageId: Guid.NewGuid().ToString()))));
        Assert.Equal(count, sent.Select(item => item.Message.Seq).Distinct().Count());
    }

    /// <summary>As a client does: what is unavailable is sent again with the same id.</summary>
    private static async Task<SentMessage> SendAsync(CorePlatform replica, Caller user, SendMessageRequest request)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await replica.Get<MessageService>().SendAsync(user, Room, request, null, Cancelled);
            }
            catch (Exception exception) when (tries < 20 && exception is StoreUnavailableException or RefusedException { Refusal.Code: "unavailable" })
            {
                await Task.Delay(10, Cancelled);
            }
        }
    }

    /// <summary>The log is dense, all of it stands in the feed in its order, and the conversation's summary has followed.</summary>
    private async Task ProjectedAsync()
    {
        var log = LogId.Of(Acme, Room);
        var entries = await _replicas[0].Get<IEntryStore>().ReadAfterAsync(log, 0, 10_000, Cancelled);
        Assert.Equal((await _replicas[1].Get<IEntryStore>().ReadTailAsync(log, Cancelled)).Seq, entries.Count);
        await Eventually.HoldsAsync(
            async () =>
            {
                var feed = await _replicas[0].Get<IFeedStore>().ReadAsync(Acme, 0, 10_000, Cancelled);
                var summary = (await _replicas[1].Get<IConversationStore>().FindAsync(Acme, Room, Cancelled))!.Summary;
                return feed.Where(item => item.Entry.Log == log).Select(item => item.Entry.Seq).SequenceEqual(entries.Select(entry => entry.Seq)) && summary.LastSeq == entries.Count
                    ? null
                    : $"the feed has {feed.Count} of {entries.Count} entries, the summary says {summary.LastSeq}";
            },
            Cancelled);
    }
}
