using System.Collections.Frozen;
using System.Reflection;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Caas.Contracts;
using Caas.Core.Entries;
using Caas.Core.Events;
using Caas.Core.Feed;
using Caas.Core.Ids;
using Caas.Tests.Core;
using Caas.Tests.Gateway;
using CloudNative.CloudEvents.SystemTextJson;
using NJsonSchema;
using Xunit;

namespace Caas.Tests.Events;

public sealed class EventTests
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_schemas_of_all_events_are_committed()
    {
        foreach (var (type, log) in EventSchemas.All)
        {
            await Snapshots.MatchAsync(EventSchemas.PathOf(type), EventSchemas.Write(type, log).ToJsonString(Indented) + "\n");
        }

        Assert.Equal(
            EventSchemas.All.Select(known => Path.GetFileName(EventSchemas.PathOf(known.EntryType))).Order(StringComparer.Ordinal),
            Directory.GetFiles(Path.Combine(Snapshots.Root, "init/kafka/schemas")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_list_of_topics_and_events_is_committed()
    {
        var events = EventSchemas.All.Select(known => (JsonNode)new JsonObject
        {
            ["type"] = EventRouting.TypeOf(known.EntryType),
            ["topics"] = new JsonArray([.. EventSchemas.TopicsOf(known.EntryType, known.Log).Select(topic => (JsonNode)topic)]),
            ["key"] = EventSchemas.KeyOf(known.EntryType, known.Log),
            ["schema"] = EventSchemas.PathOf(known.EntryType),
        });
        var document = new JsonObject
        {
            ["format"] = "CloudEvents 1.0, JSON, structured",
            ["extensions"] = new JsonArray([.. CloudEvents.Extensions.Select(extension => (JsonNode)extension.Name)]),
            ["topics"] = new JsonArray([.. Topics.All.Select(topic => (JsonNode)topic)]),
            ["events"] = new JsonArray([.. events]),
        };
        await Snapshots.MatchAsync("docs/api/events.v1.json", document.ToJsonString(Indented) + "\n");
    }

    [Fact]
    public void Every_type_of_entry_is_in_the_catalog()
    {
        var catalog = EventCatalog.OfConversations.Concat(EventCatalog.OfTenants).Concat(EventCatalog.OfUsers).Concat(EventCatalog.OfFlags).ToFrozenSet();
        var constants = new[] { typeof(EntryTypes), typeof(SystemEntryTypes) }.SelectMany(type => type.GetFields(BindingFlags.Public | BindingFlags.Static)).Select(field => (string)field.GetRawConstantValue()!);
        Assert.Equal(constants.Except([EntryTypes.Hidden]).Order(), catalog.Order());
    }

    [Fact]
    public async Task Everything_that_happens_gives_events_that_fit_their_schemas_and_tell_no_secret()
    {
        await using var platform = new CorePlatform(configure: services => EverythingThatHappens.Configure(services));
        await using var projecting = await RunningServices.StartAsync<Projector>(platform);
        var secrets = await EverythingThatHappens.DoAsync(platform);
        var records = await ReadEventsAsync(platform, new("acme"), secrets.Entries);

        var formatter = new JsonEventFormatter();
        foreach (var (item, record) in records)
        {
            var text = Encoding.UTF8.GetString(record.CloudEvent.Span);
            var type = item.Entry.Type;
            var schema = await JsonSchema.FromFileAsync(Path.Combine(Snapshots.Root, EventSchemas.PathOf(type)), Cancelled);
            Assert.True(schema.Validate(text) is { Count: 0 } errors, $"{type}: {string.Join("; ", schema.Validate(text))}\n{text}");

            var read = formatter.DecodeStructuredModeMessage(record.CloudEvent, null, CloudEvents.Extensions);
            Assert.True(read.IsValid);
            Assert.Equal(($"acme/{item.Entry.Log.Name}/{item.Entry.Seq}", "/caas/tenants/acme", $"caas.{type}", item.Entry.Log.Name), (read.Id, read.Source!.ToString(), read.Type, read.Subject));
            Assert.Equal(("acme", $"{item.Entry.Seq}", $"{item.Position}"), ((string?)read["tenantid"], (string?)read["seq"], (string?)read["position"]));
            Assert.Equal(item.Entry.At, read.Time);
            Assert.Equal(item.Entry.Log.IsConversation ? $"acme/{item.Entry.Log.Name}" : "acme", record.Key);
            Assert.DoesNotContain(secrets.Values, secret => text.Contains(secret, StringComparison.Ordinal));
            Assert.DoesNotContain("sealed", text, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("\"hash\"", text, StringComparison.OrdinalIgnoreCase);
        }

        Assert.Equal(EventSchemas.All.Select(known => known.EntryType).Except([EventSchemas.DeadLetter, EventCatalog.PresenceChanged, EventSchemas.Notification, EventCatalog.Unavailable]).Order(), records.Select(record => record.Item.Entry.Type).Distinct().Order());
        foreach (var (type, log) in EventSchemas.All.Where(known => known.Log is not null))
        {
            var topics = records.Where(record => record.Item.Entry.Type == type).GroupBy(record => record.Item.Position).Select(item => item.Select(record => record.Record.Topic));
            Assert.All(topics, found => Assert.Equal(EventSchemas.TopicsOf(type, log), found));
        }
    }

    [Theory]
    [InlineData(EntryTypes.MessageCreated, Topics.Messages)]
    [InlineData(EntryTypes.MessagePinned, Topics.Messages)]
    [InlineData(EntryTypes.ReactionAdded, Topics.Events)]
    [InlineData(EntryTypes.MemberRemoved, Topics.Events)]
    [InlineData("call.started", Topics.Events)]
    public void What_happens_in_conversations_goes_to_the_chat_topics(string type, string topic) =>
        Assert.Equal([topic], EventRouting.TopicsOf(LogId.Of(new("acme"), new ConversationId("general")), type));

    [Fact]
    public void Revocations_and_rights_have_topics_of_their_own_besides()
    {
        Assert.Equal([Topics.Platform, Topics.Audit, Topics.Revocations], EventRouting.TopicsOf(LogId.OfTenant(new("acme")), SystemEntryTypes.TokensRevoked));
        Assert.Equal([Topics.Platform, Topics.Audit], EventRouting.TopicsOf(LogId.OfTenant(new("acme")), SystemEntryTypes.ApiKeyCreated));
        Assert.Equal([Topics.Platform], EventRouting.TopicsOf(LogId.OfUser(new("acme"), new("ann")), "notification.created"));
    }

    [Fact]
    public async Task A_dead_letter_is_an_event_that_fits_its_schema()
    {
        var letter = new DeadLetter("webhooks", Topics.Messages, "acme/general", "acme/general/7", """{"id":"acme/general/7"}""", "TimeoutException: too slow", DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123));
        var record = CloudEvents.Write(letter);
        Assert.Equal((Topics.DeadLetters, "acme/general"), (record.Topic, record.Key));
        var schema = await JsonSchema.FromFileAsync(Path.Combine(Snapshots.Root, EventSchemas.PathOf(EventSchemas.DeadLetter)), Cancelled);
        Assert.Empty(schema.Validate(Encoding.UTF8.GetString(record.CloudEvent.Span)));
    }

    [Fact]
    public async Task A_notification_is_an_event_that_fits_its_schema()
    {
        var at = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123);
        var notification = new NotificationResponse("messages:room", NotificationType.Messages, NotificationKind.Message, NotificationPriority.Normal, "room", "0197", 7, null, 2, "Room", "2 new messages", at, at, null);
        var record = CloudEvents.Write(new("acme"), new("ann"), notification);
        Assert.Equal((Topics.Notifications, "acme/ann", "acme/$user/ann/messages:room/7"), (record.Topic, record.Key, CloudEvents.ReadId(record.CloudEvent)));
        var schema = await JsonSchema.FromFileAsync(Path.Combine(Snapshots.Root, EventSchemas.PathOf(EventSchemas.Notification)), Cancelled);
        Assert.Empty(schema.Validate(Encoding.UTF8.GetString(record.CloudEvent.Span)));
    }

    [Fact]
    public async Task The_schemas_refuse_what_is_no_such_event()
    {
        var schema = await JsonSchema.FromFileAsync(Path.Combine(Snapshots.Root, EventSchemas.PathOf(EntryTypes.MessageCreated)), Cancelled);
        Assert.NotEmpty(schema.Validate("{}"));
        Assert.NotEmpty(schema.Validate("""{"specversion":"1.0","id":"a/b/1","source":"/caas/tenants/a","type":"caas.message.edited","subject":"b","time":"2026-01-01T00:00:00Z","datacontenttype":"application/json","tenantid":"a","seq":"1","position":"1","data":null}"""));
    }

    private static async Task<IReadOnlyList<(FeedItem Item, EventRecord Record)>> ReadEventsAsync(CorePlatform platform, TenantId tenant, int entries)
    {
        IReadOnlyList<FeedItem> items = [];
        await Eventually.HoldsAsync(async () => (items = await platform.Get<IFeedStore>().ReadAsync(tenant, 0, 1_000, Cancelled)).Count == entries ? null : $"{items.Count} of {entries} entries in the feed", Cancelled);
        var mapped = await platform.Get<EventMapper>().MapAsync(items, Topics.All, Cancelled);
        Assert.All(mapped, item => Assert.Null(item.Failure));
        return [.. mapped.SelectMany(item => item.Records.Select(record => (item.Item, record)))];
    }
}
