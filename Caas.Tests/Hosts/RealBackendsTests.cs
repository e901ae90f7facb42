using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Events;
using Caas.Standalone;
using Caas.Tests.MongoDb;
using Confluent.Kafka;
using MongoDB.Driver;
using Xunit;

namespace Caas.Tests.Hosts;

/// <summary>
/// A gateway and two realtime replicas as processes of their own, over the MongoDB, Redis and Kafka that the environment names. The three are to be for tests alone: where
/// other replicas share the Redis, the gateway redirects clients to those too.
/// </summary>
public sealed class RealBackendsTests : IAsyncDisposable
{
    public const string RedisVariable = "CAAS_TEST_REDIS";
    public const string KafkaVariable = "CAAS_TEST_KAFKA";
    private const string AdminKey = "the-admin-key-of-this-test";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _run = Guid.NewGuid().ToString("n")[..12];
    private readonly int _gateway = FreePorts.Take();
    private readonly int[] _replicas = [FreePorts.Take(), FreePorts.Take()];
    private readonly List<HostProcess> _processes = [];
    private MongoUrl? _database;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }

        if (_database is not null)
        {
            using var client = new MongoClient(_database);
            await client.DropDatabaseAsync(_database.DatabaseName);
        }
    }

    [Fact]
    public async Task Two_users_on_two_replicas_talk_and_every_message_comes_to_Kafka_once_and_in_order()
    {
        var (store, redis, kafka) = Backends();
        await StartAllAsync(store, redis, kafka);

        var tenant = $"run-{_run}";
        using var walk = new Walk(new($"http://localhost:{_gateway}"), [.. _replicas.Select(port => new Uri($"http://localhost:{port}"))], AdminKey, tenant);
        await walk.PrepareAsync();
        await walk.TwoUsersOnTwoReplicasAsync();
        var said = (await walk.LogAsync()).Where(entry => entry.Type == EntryTypes.MessageCreated).Select(entry => (Id: $"{tenant}/{Walk.Room}/{entry.Seq}", entry.Seq)).ToArray();

        // At least once is promised: a consumer drops what is not above the last seq that it saw. What came too late would be missing then.
        var told = await TellAsync(kafka, $"{tenant}/{Walk.Room}", said[^1].Seq);
        var kept = new List<(string Id, long Seq)>();
        foreach (var message in told.Where(message => kept.Count == 0 || message.Seq > kept[^1].Seq))
        {
            kept.Add(message);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{told.Count} records, {told.Count - kept.Count} of them repeated.");
        Assert.Equal(5, said.Length);
        Assert.Equal(said, kept);

        // Who is killed leaves its lease in Redis for some seconds, and the next run's gateway would send clients there.
        foreach (var process in OperatingSystem.IsWindows() ? [] : _processes)
        {
            Assert.Equal(0, (await process.EndBySignalAsync("TERM", Cancelled)).Code);
        }
    }

    /// <summary>The connection strings. On MongoDB a database of this test alone; any other store that the hosts know is taken as it is.</summary>
    private (string Store, string Redis, string Kafka) Backends()
    {
        var named = ((string[])[MongoTestDatabase.Variable, RedisVariable, KafkaVariable]).ToDictionary(name => name, Environment.GetEnvironmentVariable);
        var missing = named.Where(variable => string.IsNullOrWhiteSpace(variable.Value)).Select(variable => variable.Key).ToArray();
        Assert.SkipWhen(missing.Length > 0, $"{string.Join(", ", missing)} not set: connection strings of a MongoDB, a Redis and a Kafka for tests alone. The same walk ran over SQLite without Kafka.");
        var store = named[MongoTestDatabase.Variable]!;
        if (store.StartsWith("mongodb", StringComparison.OrdinalIgnoreCase))
        {
            _database = new MongoUrlBuilder(store) { DatabaseName = $"caas_test_{_run}" }.ToMongoUrl();
            store = _database.ToString();
        }

        return (store, named[RedisVariable]!, named[KafkaVariable]!);
    }

    /// <summary>All three, each with every backend healthy: without Redis or Kafka they would serve too.</summary>
    private async Task StartAllAsync(string store, string redis, string kafka)
    {
        var settings = new Dictionary<string, string>
        {
            ["ConnectionStrings__caasdb"] = store,
            ["ConnectionStrings__redis"] = redis,
            ["ConnectionStrings__kafka"] = kafka,
            ["Caas__AdminKey"] = AdminKey,
            ["Caas__Gateway__Port"] = Text(_gateway),
            ["Caas__Gateway__MetricsPort"] = Text(FreePorts.Take()),
        };
        _processes.Add(HostProcess.Start("Caas.Gateway", settings));
        foreach (var port in _replicas)
        {
            _processes.Add(HostProcess.Start("Caas.Realtime", new Dictionary<string, string>(settings) { ["Caas__Realtime__Port"] = Text(port) }));
        }

        using var http = new HttpClient { Timeout = Patience };
        foreach (var (process, port) in _processes.Zip(_replicas.Prepend(_gateway)))
        {
            await process.HealthyAsync(port, Cancelled);
            var health = await http.GetFromJsonAsync<JsonElement>(new Uri($"http://localhost:{port}/health"), Cancelled);
            string[] checks = port == _gateway ? ["caasdb", "kafka", "redis", "self"] : ["caasdb", "kafka", "redis", "replica", "self"];
            Assert.Equal(checks, health.GetProperty("checks").EnumerateObject().Select(check => check.Name).Order(StringComparer.Ordinal));
            Assert.True(health.GetProperty("status").ValueEquals("healthy"), $"{health}");
        }
    }

    /// <summary>What <c>chat.messages</c> holds of a conversation, as a consumer group that never read before is given it, up to a seq.</summary>
    private Task<List<(string Id, long Seq)>> TellAsync(string kafka, string key, long last) => Task.Run(() =>
    {
        using var consumer = new ConsumerBuilder<string, byte[]>(new ConsumerConfig
        {
            BootstrapServers = kafka,
            GroupId = $"caas-test-{_run}",
            AutoOffsetReset = AutoOffsetReset.Earliest,
            EnableAutoCommit = false,
            TopicMetadataRefreshIntervalMs = 1_000,
        }).SetLogHandler((_, _) => { }).Build();
        consumer.Subscribe(Topics.Messages);
        var told = new List<(string Id, long Seq)>();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        patience.CancelAfter(Patience);
        try
        {
            while (told.Count == 0 || told[^1].Seq < last)
            {
                if (Next(consumer, patience.Token) is { } record && record.Message.Key == key)
                {
                    using var message = JsonDocument.Parse(record.Message.Value);
                    told.Add((message.RootElement.GetProperty("id").GetString()!, long.Parse(message.RootElement.GetProperty("seq").GetString()!, CultureInfo.InvariantCulture)));
                }
            }
        }
        catch (OperationCanceledException) when (!Cancelled.IsCancellationRequested)
        {
            Assert.Fail($"After {Patience.TotalSeconds} s {Topics.Messages} had only these of {key}: {string.Join(", ", told)}.");
        }
        finally
        {
            consumer.Close();
        }

        return told;
    });

    /// <returns>Null: not now; the topic may not be made yet.</returns>
    private static ConsumeResult<string, byte[]>? Next(IConsumer<string, byte[]> consumer, CancellationToken cancellationToken)
    {
        try
        {
            return consumer.Consume(cancellationToken);
        }
        catch (ConsumeException failure) when (!failure.Error.IsFatal)
        {
            return null;
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
