using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Caas.Adapters.Kafka;
using Caas.Bench.Clusters;
using Caas.Contracts;
using Caas.Core.Entries;
using Caas.Core.Events;
using Caas.Core.Feed;
using Caas.Tests.Events;
using Caas.Tests.Feed;
using Caas.Tests.Sqlite.Feed;
using Confluent.Kafka;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Caas.Tests.Kafka;

public sealed class KafkaEventBusTests : EventBusContract
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private readonly MockKafka _kafka = new();
    private FeedNode _publishing = null!;

    private Dictionary<string, string?> KafkaSettings => new(Settings)
    {
        ["Caas:Kafka:CreateTopics"] = "false",
        ["Aspire:Confluent:Kafka:Consumer:Config:SessionTimeoutMs"] = "6000",
        ["Aspire:Confluent:Kafka:Consumer:Config:HeartbeatIntervalMs"] = "200",
        ["Aspire:Confluent:Kafka:Consumer:Config:FetchWaitMaxMs"] = "10",
        ["Aspire:Confluent:Kafka:Consumer:Config:TopicMetadataRefreshIntervalMs"] = "200",
        ["Aspire:Confluent:Kafka:Consumer:Config:ReconnectBackoffMaxMs"] = "200",
        ["Aspire:Confluent:Kafka:Producer:Config:ReconnectBackoffMaxMs"] = "200",
        ["Aspire:Confluent:Kafka:Producer:Config:RetryBackoffMs"] = "20",
        ["Aspire:Confluent:Kafka:Producer:Config:LingerMs"] = "1",
    };

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _publishing = await StartPublisherAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _kafka.Dispose();
    }

    [Fact]
    public async Task Without_Kafka_sends_go_on_and_afterwards_everything_comes_in_order()
    {
        LogId[] logs = [.. from tenant in Enumerable.Range(1, 2) from conversation in Enumerable.Range(1, 3) select Log(tenant, conversation)];
        foreach (var log in logs)
        {
            await World.SayAsync(log, "ann", Texts(1, 3));
        }

        await using var listener = new Listener(CreateBus(), "g");
        await AllArriveAsync([listener], logs, messages: 3);

        _kafka.SetDown();
        var start = Stopwatch.GetTimestamp();
        for (var n = 4; n <= 10; n++)
        {
            foreach (var log in logs)
            {
                await World.SayAsync(log, "ann", $"text {n}");
            }
        }

        // Nothing waits for Kafka: neither the sends nor what is projected of them.
        await World.AssertProjectedAsync();
        TestContext.Current.TestOutputHelper?.WriteLine($"{logs.Length * 7} sends without Kafka took {Stopwatch.GetElapsedTime(start).TotalMilliseconds:0} ms, projection included.");
        Assert.DoesNotContain(listener.Handled, heard => heard.Seq > 4);
        Assert.NotEmpty(await World.Feed.ReadBehindAsync(FeedConsumers.Publisher, null, 10, Cancelled));

        _kafka.SetUp();
        await AllArriveAsync([listener], logs, messages: 10);
        foreach (var log in logs)
        {
            Assert.Equal(Enumerable.Range(2, 10).Select(i => (long)i), listener.Handled.Where(heard => heard.Key == log.ToString()).Select(heard => heard.Seq).Distinct());
        }

        await Eventually.HoldsAsync(async () => (await World.Feed.ReadBehindAsync(FeedConsumers.Publisher, null, 10, Cancelled)).Count == 0 ? null : "the publisher is still behind", Cancelled);
    }

    [Fact]
    public async Task A_publisher_that_dies_is_followed_by_another_from_the_durable_position()
    {
        await World.SayAsync(Log(1, 1), "ann", Texts(1, 5));
        await using var listener = new Listener(CreateBus(), "g");
        await AllArriveAsync([listener], [Log(1, 1)], messages: 5);

        await StopPublisherAsync(_publishing);
        await World.SayAsync(Log(1, 1), "ann", Texts(6, 9));
        await World.AssertProjectedAsync();
        await StartPublisherAsync();
        await AllArriveAsync([listener], [Log(1, 1)], messages: 9);
        Assert.Equal(Enumerable.Range(2, 9).Select(i => (long)i), listener.Handled.Select(heard => heard.Seq));
    }

    [Fact]
    public async Task A_zombie_of_the_publisher_is_fenced_and_nothing_is_lost()
    {
        await StopPublisherAsync(_publishing);
        var stall = new Stall();
        var zombie = await StartPublisherAsync(change: services => services
            .Decorate<IEventSink>(inner => new StallingSink(inner, stall))
            .Decorate<ILeaseStore>(inner => new UnrenewedLeases(inner)));
        await World.SayAsync(Log(1, 1), "ann", Texts(1, 5));
        await stall.Reached.WaitAsync(Bound, Cancelled);

        await World.Storage.ExpireLeasesAsync();
        await StartPublisherAsync();
        await using var listener = new Listener(CreateBus(), "g");
        await AllArriveAsync([listener], [Log(1, 1)], messages: 5);
        await World.SayAsync(Log(1, 1), "ann", Texts(6, 8));
        stall.GoOn();
        await Eventually.HoldsAsync(() => zombie.Logs.Has(8003), "the zombie was not fenced", Cancelled);
        await AllArriveAsync([listener], [Log(1, 1)], messages: 8);
        Assert.Equal(Enumerable.Range(2, 8).Select(i => (long)i), listener.Handled.Select(heard => heard.Seq).Distinct());
    }

    [Fact]
    public async Task Errors_of_brokers_that_pass_lose_nothing_and_keep_the_order()
    {
        const int NotLeaderForPartition = 6, RequestTimedOut = 7, NotEnoughReplicas = 19;
        _kafka.FailNextProduce(NotEnoughReplicas, 2);
        _kafka.FailNextProduce(NotLeaderForPartition, 2);
        _kafka.FailNextProduce(RequestTimedOut, 1);
        await using var listener = new Listener(CreateBus(), "g");
        await World.SayAsync(Log(1, 1), "ann", Texts(1, 30));
        await AllArriveAsync([listener], [Log(1, 1)], messages: 30);
        Assert.Equal(Enumerable.Range(2, 30).Select(i => (long)i), listener.Handled.Select(heard => heard.Seq).Distinct());
    }

    [Fact]
    public async Task A_record_that_Kafka_never_takes_goes_to_the_dead_letters_and_holds_up_nobody()
    {
        await StopPublisherAsync(_publishing);
        await StartPublisherAsync(new() { ["Aspire:Confluent:Kafka:Producer:Config:MessageMaxBytes"] = "4000" });
        await World.SayAsync(Log(1, 1), "ann", "small", new string('x', 8_000), "small again");
        await using var listener = new Listener(CreateBus(), "g");
        await Eventually.HoldsAsync(() => listener.Handled.Any(heard => heard.Text == "small again"), "the key does not go on", Cancelled);
        var letter = Assert.Single(await ReadDeadLettersAsync(FeedConsumers.Publisher));
        Assert.Equal("t-1/c-1/3", letter.RecordId);
    }

    [Fact]
    public async Task A_consumer_stops_soon_when_Kafka_is_away()
    {
        await World.SayAsync(Log(1, 1), "ann", "text 1");
        var listener = new Listener(CreateBus(), "g");
        await AllArriveAsync([listener], [Log(1, 1)], messages: 1);
        _kafka.SetDown();
        var start = Stopwatch.GetTimestamp();
        await listener.StopAsync();
        TestContext.Current.TestOutputHelper?.WriteLine($"Stopped after {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s.");
    }

    [Fact]
    public async Task A_record_that_is_no_event_goes_to_the_dead_letters()
    {
        using (var producer = _publishing.Services.GetRequiredService<KafkaClients>().CreateProducer())
        {
            await producer.ProduceAsync(Topics.Messages, new() { Key = "t-1/c-1", Value = "nonsense"u8.ToArray() }, Cancelled);
        }

        await using var listener = new Listener(CreateBus(), "g");
        await Eventually.HoldsAsync(async () => (await ReadDeadLettersAsync("g")).Count == 1 ? null : "no dead letter", Cancelled);
        Assert.StartsWith(Topics.Messages + "/", Assert.Single(await ReadDeadLettersAsync("g")).RecordId, StringComparison.Ordinal);
    }

    private protected override FeedStorage CreateStorage() => new SqliteFeedStorage();

    private protected override IEventBus CreateBus() => World.CreateNode(services => services.AddKafkaBus(_kafka.BootstrapServers), settings: KafkaSettings).Services.GetRequiredService<IEventBus>();

    private protected override async Task<IReadOnlyList<DeadLetter>> ReadDeadLettersAsync(string group)
    {
        // A group of its own each time: from the beginning to the end that there is now.
        var letters = new ConcurrentDictionary<string, DeadLetter>();
        using var reader = new ConsumerBuilder<string, byte[]>(new ConsumerConfig { BootstrapServers = _kafka.BootstrapServers, GroupId = "reader", EnableAutoCommit = false, FetchWaitMaxMs = 10 }).Build();
        for (var partition = 0; partition < 4; partition++)
        {
            Offset end;
            try
            {
                end = reader.QueryWatermarkOffsets(new(Topics.DeadLetters, partition), Bound).High;
            }
            catch (KafkaException exception) when (exception.Error.Code is ErrorCode.Local_UnknownPartition or ErrorCode.UnknownTopicOrPart)
            {
                // Nothing was ever sent there.
                continue;
            }

            if (end.Value <= 0)
            {
                continue;
            }

            reader.Assign(new TopicPartitionOffset(Topics.DeadLetters, partition, 0));
            for (long next = 0; next < end.Value;)
            {
                var result = await Task.Run(() => reader.Consume(Bound), Cancelled) ?? throw new TimeoutException("The dead letters could not be read.");
                next = result.Offset.Value + 1;
                using var document = JsonDocument.Parse(result.Message.Value);
                var data = document.RootElement.GetProperty("data").Deserialize<DeadLetterData>(JsonSerializerOptions.Web)!;
                letters[data.RecordId] = new(data.Group, data.Topic, data.Key, data.RecordId, data.Event, data.Reason, data.At);
            }
        }

        return [.. letters.Values.Where(letter => letter.Group == group)];
    }

    private async Task<FeedNode> StartPublisherAsync(Dictionary<string, string?>? settings = null, Action<IServiceCollection>? change = null)
    {
        var node = World.CreateNode(services => (change ?? (_ => { })).Invoke(services.AddKafkaBus(_kafka.BootstrapServers).AddSingleton<Publisher>()), settings: new Dictionary<string, string?>([.. KafkaSettings.Concat(settings ?? [])]));
        await node.Services.GetRequiredService<Publisher>().StartAsync(Cancelled);
        return node;
    }

    private sealed class StallingSink(IEventSink inner, Stall stall) : IEventSink
    {
        public IEventProducer Open() => new StallingProducer(inner.Open(), stall);

        private sealed class StallingProducer(IEventProducer inner, Stall stall) : IEventProducer
        {
            public async Task PublishAsync(IReadOnlyList<EventRecord> records, CancellationToken cancellationToken)
            {
                await stall.WaitAsync(cancellationToken);
                await inner.PublishAsync(records, cancellationToken);
            }

            public ValueTask DisposeAsync() => inner.DisposeAsync();
        }
    }

    private static Task StopPublisherAsync(FeedNode node) => node.Services.GetRequiredService<Publisher>().StopAsync(Cancelled).WaitAsync(Bound, Cancelled);
}
