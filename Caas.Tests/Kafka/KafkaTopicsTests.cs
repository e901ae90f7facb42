using System.Text;
using System.Text.Json;
using Caas.Adapters.Kafka;
using Caas.Bench.Clusters;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Events;
using Caas.Core.Feed;
using Caas.Core.Ids;
using Caas.Core.Messages;
using Caas.Core.Notifications;
using Caas.Core.Presence;
using Caas.Core.Tenants;
using Caas.Core.Users;
using Caas.Tests.Core;
using Caas.Tests.Events;
using Caas.Tests.Gateway;
using CloudNative.CloudEvents.SystemTextJson;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using NJsonSchema;
using Xunit;

namespace Caas.Tests.Kafka;

/// <summary>Every topic as a consumer outside the platform finds it on a broker: what the platform publishes there by itself, held against the schemas and the list of topics.</summary>
public sealed class KafkaTopicsTests : IAsyncDisposable
{
    private static readonly Dictionary<string, string?> Settings = new()
    {
        ["Aspire:Confluent:Kafka:Consumer:Config:SessionTimeoutMs"] = "6000",
        ["Aspire:Confluent:Kafka:Consumer:Config:FetchWaitMaxMs"] = "10",
        ["Aspire:Confluent:Kafka:Consumer:Config:TopicMetadataRefreshIntervalMs"] = "200",
        ["Aspire:Confluent:Kafka:Producer:Config:LingerMs"] = "1",
    };

    private static readonly TenantId Globex = new("globex");
    private readonly MockKafka _kafka = new();
    private readonly CorePlatform _platform;

    public KafkaTopicsTests() => _platform = new(configure: services => EverythingThatHappens.Configure(services)
        .AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(Settings).Build())
        .AddKafkaBus(_kafka.BootstrapServers));

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _platform.DisposeAsync();
        _kafka.Dispose();
    }

    [Fact]
    public async Task Every_topic_carries_every_event_of_the_list_and_each_fits_its_schema()
    {
        using var tap = new TopicTap(_kafka, Topics.All);
        await using var running = await RunningServices.StartAsync(_platform, typeof(Projector), typeof(Publisher), typeof(PresencePublisher));
        var secrets = await EverythingThatHappens.DoAsync(_platform);
        await using var notifying = new Consuming(_platform.Get<IEventBus>(), Notifier.Group, Notifier.Topics, _platform.Get<Notifier>().HandleAsync);
        await using var failing = new Consuming(_platform.Get<IEventBus>(), "failing", [Topics.Revocations], (_, _) => throw new UnprocessableEventException("cannot be read"));
        await LiveOnAsync();

        var wanted = EventSchemas.All.SelectMany(known => EventSchemas.TopicsOf(known.EntryType, known.Log).Select(topic => (topic, EventRouting.TypeOf(known.EntryType)))).ToHashSet();
        await Eventually.HoldsAsync(
            () =>
            {
                tap.Take();
                var missing = wanted.Except(tap.Records.Select(record => (record.Topic, TypeOf(record)))).ToArray();
                return Task.FromResult(missing.Length == 0 ? null : $"these did not come: {string.Join(", ", missing)}");
            },
            Cancelled);

        Assert.Empty(tap.Records.Select(record => (record.Topic, TypeOf(record))).Except(wanted));
        await FitTheirSchemasAsync(tap.Records);
        Assert.All(tap.Records, record => Assert.DoesNotContain(secrets.Values, secret => record.Text.Contains(secret, StringComparison.Ordinal)));

        // The same event is the same on each of its topics.
        Assert.All(
            tap.Records.Where(record => record.Topic is Topics.Platform or Topics.Audit or Topics.Revocations).GroupBy(record => IdOf(record)),
            copies => Assert.Single(copies.Select(copy => copy.Text).Distinct()));
    }

    [Fact]
    public async Task A_notification_is_published_under_its_user_with_what_the_inbox_shows()
    {
        using var tap = new TopicTap(_kafka, Topics.Notifications);
        await using var running = await RunningServices.StartAsync(_platform, typeof(Projector), typeof(Publisher));
        await using var notifying = new Consuming(_platform.Get<IEventBus>(), Notifier.Group, Notifier.Topics, _platform.Get<Notifier>().HandleAsync);
        await LiveOnAsync();
        await Eventually.HoldsAsync(
            () =>
            {
                tap.Take();
                return Task.FromResult(tap.Records.Count > 0 ? null : "no notification came");
            },
            Cancelled);

        var record = tap.Records[0];
        var told = JsonDocument.Parse(record.Text).RootElement.GetProperty("data");
        var shown = Assert.Single((await _platform.Get<NotificationInbox>().ListAsync(As("bob"), unread: null, limit: null, cursor: null, Cancelled)).Items, item => item.Id == told.GetProperty("id").GetString());
        Assert.Equal("globex/bob", record.Key);
        Assert.Equal((shown.Id, shown.Seq, shown.Title, shown.Body), (told.GetProperty("id").GetString(), told.GetProperty("seq").GetInt64(), told.GetProperty("title").GetString(), told.GetProperty("body").GetString()));
    }

    [Fact]
    public async Task A_dead_letter_names_who_gave_up_on_what_and_why_and_holds_the_record_as_it_was()
    {
        using var tap = new TopicTap(_kafka, Topics.DeadLetters, Topics.Revocations);
        await using var running = await RunningServices.StartAsync(_platform, typeof(Projector), typeof(Publisher), typeof(DeadLetterPublisher));
        await using var failing = new Consuming(_platform.Get<IEventBus>(), "failing", [Topics.Revocations], (_, _) => throw new UnprocessableEventException("cannot be read"));
        await _platform.Get<TenantService>().CreateAsync(new() { Kind = CallerKind.Admin }, new("Globex", "globex"), Cancelled);
        await _platform.Get<UserService>().UpsertAsync(CorePlatform.Backend("globex"), "ann", new("Ann"), Cancelled);
        await _platform.Get<UserService>().DeactivateAsync(CorePlatform.Backend("globex"), "ann", Cancelled);

        // The second one is a push's: no record of the bus, but told alike.
        await _platform.Get<DeadLetterBox>().PutAsync(new("push", Topics.Notifications, "globex/ann", "globex/ann/phone/room/1", "{}", "fcm: 400", TimeProvider.System.GetUtcNow()), Cancelled);
        await Eventually.HoldsAsync(
            () =>
            {
                tap.Take();
                return Task.FromResult(tap.Records.Count(record => record.Topic == Topics.DeadLetters) == 2 ? null : $"{tap.Records.Count} records");
            },
            Cancelled);

        var revoked = Assert.Single(tap.Records, record => record.Topic == Topics.Revocations);
        var letter = Assert.Single(tap.Records, record => record.Topic == Topics.DeadLetters && record.Text.Contains("failing", StringComparison.Ordinal));
        var data = JsonDocument.Parse(letter.Text).RootElement.GetProperty("data");
        Assert.Equal(
            ("globex", "failing", Topics.Revocations, "globex", IdOf(revoked), "UnprocessableEventException: cannot be read", revoked.Text),
            (letter.Key, Of("group"), Of("topic"), Of("key"), Of("recordId"), Of("reason"), Of("event")));
        await FitTheirSchemasAsync(tap.Records);

        string Of(string name) => data.GetProperty(name).GetString()!;
    }

    /// <summary>What is told by other ways than the feed, in a second tenant that lives on: presence, and a message that notifies.</summary>
    private async Task LiveOnAsync()
    {
        await _platform.Get<TenantService>().CreateAsync(new() { Kind = CallerKind.Admin }, new("Globex", "globex"), Cancelled);
        foreach (var user in new[] { "ann", "bob" })
        {
            await _platform.Get<UserService>().UpsertAsync(CorePlatform.Backend("globex"), user, new(user), Cancelled);
        }

        await _platform.Get<ConversationService>().CreateAsync(As("ann"), new(ConversationType.Group, "room", "The room", ["bob"]), Cancelled);
        await _platform.Get<MessageService>().SendAsync(As("ann"), new("room"), new("hello"), null, Cancelled);
        await _platform.Get<PresenceAnnouncer>().AnnounceAsync([new(new(Globex, new("ann"), 1, PresenceStatus.Busy, "in a meeting", null))], Cancelled);
    }

    private static async Task FitTheirSchemasAsync(IEnumerable<Tapped> records)
    {
        var formatter = new JsonEventFormatter();
        foreach (var type in records.GroupBy(TypeOf))
        {
            var schema = await JsonSchema.FromFileAsync(Path.Combine(Snapshots.Root, EventSchemas.PathOf(type.Key[EventRouting.TypePrefix.Length..])), Cancelled);
            foreach (var record in type)
            {
                Assert.True(schema.Validate(record.Text) is { Count: 0 } errors, $"{type.Key}: {string.Join("; ", schema.Validate(record.Text))}\n{record.Text}");
                var read = formatter.DecodeStructuredModeMessage(Encoding.UTF8.GetBytes(record.Text), null, CloudEvents.Extensions);
                Assert.True(read.IsValid);
                var tenant = (string)read["tenantid"]!;
                var key = read.Type switch
                {
                    "caas.dead_letter" => JsonDocument.Parse(record.Text).RootElement.GetProperty("data").GetProperty("key").GetString(),
                    _ => record.Topic is Topics.Messages or Topics.Events or Topics.Presence or Topics.Notifications ? $"{tenant}/{read.Subject}" : tenant,
                };
                Assert.Equal(key, record.Key);
            }
        }
    }

    private static Caller As(string user) => new() { Kind = CallerKind.User, Tenant = Globex, User = new(user) };

    private static string TypeOf(Tapped record) => JsonDocument.Parse(record.Text).RootElement.GetProperty("type").GetString()!;

    private static string IdOf(Tapped record) => JsonDocument.Parse(record.Text).RootElement.GetProperty("id").GetString()!;
}
