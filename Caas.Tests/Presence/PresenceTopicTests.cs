using System.Text;
using System.Text.Json;
using Caas.Adapters.Kafka;
using Caas.Bench.Clusters;
using Caas.Contracts;
using Caas.Core.Delivery;
using Caas.Core.Events;
using Caas.Core.Feed;
using Caas.Core.Ids;
using Caas.Core.Presence;
using Caas.Tests.Events;
using Caas.Tests.Gateway;
using Caas.Tests.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using NJsonSchema;
using Xunit;

namespace Caas.Tests.Presence;

/// <summary>The topic <c>presence</c>: of each user the latest, whoever announced it, and nobody waits for it.</summary>
public sealed class PresenceTopicTests : IAsyncDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);
    private static readonly TenantId Acme = new("acme");

    private readonly TestMeters _meters = new();
    private readonly PresenceMetrics _metrics;
    private readonly LocalPresenceDirectory _directory = new(TimeProvider.System);
    private readonly List<PresencePublisher> _publishers = [];

    public PresenceTopicTests() => _metrics = new(_meters);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (var publisher in _publishers)
        {
            await publisher.StopAsync(CancellationToken.None);
            publisher.Dispose();
        }

        _meters.Dispose();
    }

    [Fact]
    public async Task Changes_that_two_processes_announce_come_to_Kafka_and_fit_their_schema()
    {
        using var kafka = new MockKafka();
        var replicas = new[] { await ReplicaAsync(SinkOf(kafka)), await ReplicaAsync(SinkOf(kafka)) };
        await ChangeAsync(replicas[0], "ann", PresenceStatus.Busy, "in a meeting");
        await ChangeAsync(replicas[1], "ann", PresenceStatus.Online, null);
        await ChangeAsync(replicas[0], "bob", PresenceStatus.Invisible, "do not tell");

        var latest = await LatestAsync(kafka, events => Tells(events, "ann", "online") && Tells(events, "bob", "offline"));
        Assert.Equal(["acme/ann", "acme/bob"], latest.Keys.Order());
        Assert.DoesNotContain("do not tell", latest["acme/bob"], StringComparison.Ordinal);
        var schema = await JsonSchema.FromFileAsync(Path.Combine(Snapshots.Root, EventSchemas.PathOf(EventCatalog.PresenceChanged)), Cancelled);
        Assert.All(latest.Values, text => Assert.Empty(schema.Validate(text)));
    }

    [Fact]
    public async Task Without_Kafka_announcing_waits_for_nothing_and_keeps_one_change_per_user()
    {
        using var kafka = new MockKafka();
        kafka.SetDown();
        var replica = await ReplicaAsync(SinkOf(kafka));
        PresenceStatus[] turns = [PresenceStatus.Busy, PresenceStatus.Online];
        for (var round = 0; round < 100; round++)
        {
            for (var user = 0; user < 10; user++)
            {
                await ChangeAsync(replica, $"user-{user}", turns[round % 2], $"{round}").WaitAsync(Bound, Cancelled);
            }
        }

        Assert.InRange(replica.Outbox.Count, 1, 10);
        kafka.SetUp();
        var records = 0;
        var latest = await LatestAsync(kafka, events => Enumerable.Range(0, 10).All(user => Tells(events, $"user-{user}", "online") && events[$"acme/user-{user}"].Contains("\"99\"", StringComparison.Ordinal)), () => records++);
        Assert.Equal(10, latest.Count);
        Assert.InRange(records, 10, 60);
    }

    [Fact]
    public async Task Who_had_to_wait_and_comes_after_a_newer_change_sets_it_right()
    {
        var sink = new SlowSink();
        var (late, other) = (await ReplicaAsync(sink), await ReplicaAsync(sink));
        sink.Hold();
        await ChangeAsync(late, "ann", PresenceStatus.Busy, "old");
        await sink.Held.WaitAsync(Bound, Cancelled);
        await ChangeAsync(other, "ann", PresenceStatus.Away, "new");
        await Eventually.HoldsAsync(() => sink.Published.Count == 1, "the other one does not publish", Cancelled);
        sink.Release();
        await Eventually.HoldsAsync(() => sink.Published.Count == 3, "nobody looked again", Cancelled);
        Assert.Equal(["new", "old", "new"], sink.Published.Select(record => DataOf(record.CloudEvent).GetProperty("text").GetString()));
        Assert.All(sink.Published, record => Assert.Equal((Topics.Presence, "acme/ann"), (record.Topic, record.Key)));
    }

    [Fact]
    public async Task A_producer_that_dies_is_replaced_and_what_it_had_goes_again_unless_it_is_outdated()
    {
        var sink = new SlowSink { Failures = 3 };
        var replica = await ReplicaAsync(sink);
        await ChangeAsync(replica, "ann", PresenceStatus.Busy, "busy");
        await Eventually.HoldsAsync(() => !sink.Published.IsEmpty, "nothing came", Cancelled);
        Assert.Equal(4, sink.Opened);
        Assert.Equal("busy", DataOf(Assert.Single(sink.Published).CloudEvent).GetProperty("text").GetString());
    }

    [Fact]
    public async Task A_process_that_stops_tells_what_it_still_knows_and_where_nobody_publishes_nothing_is_kept()
    {
        var closed = new PresenceOutbox(_metrics);
        closed.Offer(Record("ann", 1));
        Assert.Equal(0, closed.Count);

        var sink = new SlowSink();
        var replica = await ReplicaAsync(sink);
        sink.Hold();
        await ChangeAsync(replica, "ann", PresenceStatus.Busy, "one");
        await sink.Held.WaitAsync(Bound, Cancelled);
        await ChangeAsync(replica, "bob", PresenceStatus.Busy, "two");
        var stopping = replica.Publisher.StopAsync(Cancelled);
        sink.Release();
        await stopping.WaitAsync(Bound, Cancelled);
        Assert.Equal(["acme/ann", "acme/bob"], sink.Published.Select(record => record.Key).Distinct().Order());
    }

    [Fact]
    public async Task Memory_is_bounded_and_what_was_let_go_is_counted()
    {
        var outbox = new PresenceOutbox(_metrics);
        outbox.Open();
        for (var i = 0; i < PresenceOutbox.MostUsers + 7; i++)
        {
            outbox.Offer(Record($"user-{i}", 1));
        }

        outbox.Offer(Record("user-3", 2));
        outbox.Offer(Record("user-3", 1));
        Assert.Equal(PresenceOutbox.MostUsers, outbox.Count);
        Assert.Equal(7, _meters.Of("caas.presence.unpublished").Sum(measured => measured.Value));
        Assert.Equal(2, (await outbox.TakeAsync(4, Cancelled)).Single(record => record.User.Value == "user-3").Version);
    }

    private static PresenceRecord Record(string user, long version) => new(Acme, new(user), version, PresenceStatus.Online, null, null);

    private async Task<Announcing> ReplicaAsync(IEventSink sink)
    {
        var outbox = new PresenceOutbox(_metrics);
        var publisher = new PresencePublisher(outbox, _directory, sink, _metrics, TimeProvider.System, NullLogger<PresencePublisher>.Instance);
        _publishers.Add(publisher);
        await publisher.StartAsync(Cancelled);
        await _directory.TickAsync("replica", TimeSpan.FromHours(1), Cancelled);
        return new(outbox, publisher, new(new NoChannels(), new NoStore(), outbox, _metrics, NullLogger<PresenceAnnouncer>.Instance));
    }

    /// <summary>What a replica does when a user who is there chooses something.</summary>
    private async Task ChangeAsync(Announcing replica, string user, PresenceStatus status, string? text)
    {
        var changes = (await _directory.ReportAsync("replica", [new(Acme, new(user), LocalPresence.Active)], Cancelled))!.ToList();
        var chosen = await _directory.ChooseAsync(Acme, new(user), new(status, text, TimeProvider.System.GetUtcNow(), null), Cancelled);
        await replica.Announcer.AnnounceAsync([chosen ?? changes[^1]], Cancelled);
    }

    private static KafkaEventSink SinkOf(MockKafka kafka)
    {
        var clients = new KafkaClients(new(kafka.BootstrapServers, null, null), NullLogger<KafkaClients>.Instance);
        return new(clients, new FeedMetrics(), TimeProvider.System, NullLogger<KafkaEventProducer>.Instance);
    }

    private static bool Tells(Dictionary<string, string> events, string user, string status) =>
        events.TryGetValue($"acme/{user}", out var text) && DataOf(Encoding.UTF8.GetBytes(text)).GetProperty("status").GetString() == status;

    private static JsonElement DataOf(ReadOnlyMemory<byte> cloudEvent) => JsonDocument.Parse(cloudEvent).RootElement.GetProperty("data");

    /// <summary>What a compacted topic would hold, as soon as it holds what is wanted: the last record of each key.</summary>
    private static async Task<Dictionary<string, string>> LatestAsync(MockKafka kafka, Func<Dictionary<string, string>, bool> wanted, Action? counted = null)
    {
        using var tap = new TopicTap(kafka, Topics.Presence);
        var latest = new Dictionary<string, string>();
        await Eventually.HoldsAsync(
            () =>
            {
                foreach (var record in tap.Take())
                {
                    latest[record.Key] = record.Text;
                    counted?.Invoke();
                }

                return Task.FromResult(wanted(latest) ? null : $"the topic says {string.Join("; ", latest)}");
            },
            Cancelled);
        return latest;
    }

    private sealed record Announcing(PresenceOutbox Outbox, PresencePublisher Publisher, PresenceAnnouncer Announcer);

    private sealed class NoStore : IPresenceStore
    {
        public Task SaveSeenAsync(IReadOnlyList<UserSeen> seen, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task SaveChoiceAsync(TenantId tenant, UserId user, PresenceChoice choice, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task<IReadOnlyList<StoredPresence>> FindManyAsync(TenantId tenant, IReadOnlyCollection<UserId> users, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<StoredPresence>>([]);
    }
}
