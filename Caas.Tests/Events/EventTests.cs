using System.Collections.Frozen;
using System.Reflection;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Caas.Contracts;
using Caas.Core.ApiKeys;
using Caas.Core.Audit;
using Caas.Core.Bans;
using Caas.Core.Blocklists;
using Caas.Core.Blocks;
using Caas.Core.Callers;
using Caas.Core.Calls;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Erasure;
using Caas.Core.Events;
using Caas.Core.Feed;
using Caas.Core.Flags;
using Caas.Core.Ids;
using Caas.Core.Json;
using Caas.Core.LinkPreviews;
using Caas.Core.Members;
using Caas.Core.Messages;
using Caas.Core.Notifications;
using Caas.Core.Pins;
using Caas.Core.Polls;
using Caas.Core.Privacy;
using Caas.Core.Push;
using Caas.Core.Reactions;
using Caas.Core.Tenants;
using Caas.Core.Tokens;
using Caas.Core.Users;
using Caas.Core.Webhooks;
using Caas.Tests.Core;
using Caas.Tests.Gateway;
using CloudNative.CloudEvents.SystemTextJson;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
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
        await using var platform = new CorePlatform(configure: services => services.AddSingleton<ILinkReader>(new AnyPage()));
        await using var projecting = await ProjectingAsync(platform);
        var secrets = await DoEverythingAsync(platform);
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

        Assert.Equal(EventSchemas.All.Select(known => known.EntryType).Except([EventSchemas.DeadLetter, EventCatalog.PresenceChanged, EventSchemas.Notification]).Order(), records.Select(record => record.Item.Entry.Type).Distinct().Order());
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

    /// <summary>Does everything there is, once at least.</summary>
    /// <returns>What must not be told, and how many entries there are.</returns>
    private static async Task<(IReadOnlyList<string> Values, int Entries)> DoEverythingAsync(CorePlatform platform)
    {
        var (admin, backend) = (new Caller { Kind = CallerKind.Admin }, CorePlatform.Backend());
        var (tenants, keys, users, tokens) = (platform.Get<TenantService>(), platform.Get<ApiKeyService>(), platform.Get<UserService>(), platform.Get<TokenService>());
        await tenants.CreateAsync(admin, new("Acme", "acme"), Cancelled);
        await tenants.UpdateAsync(admin, "acme", new() { Name = "Acme Inc." }, Cancelled);
        await tenants.PutSettingsAsync(backend, new() { CorsOrigins = ["https://app.example.com"], EditWindowSeconds = 60 }, Cancelled);
        await platform.Get<DeliveryAccountService>().PutAsync(backend, "webPush", new(WebPush: new("mailto:push@example.com")), Cancelled);
        await platform.Get<BlocklistService>().PutAsync(backend, new(["nonsense"]), Cancelled);
        var key = await keys.CreateAsync(admin, "acme", new("backend", ["messages:write"], null, ["10.0.0.0/8"]), Cancelled);
        var rotated = await keys.RotateAsync(backend, key.Id, new(), Cancelled);
        await keys.RevokeAsync(backend, key.Id, Cancelled);
        var secret = await tenants.CreateTokenSecretAsync(backend, Cancelled);
        await tenants.DeleteTokenSecretAsync(backend, Cancelled);
        var webhook = await platform.Get<WebhookService>().CreateAsync(backend, new("https://hook.example.com/", ["message.*"]), Cancelled);
        await platform.Get<WebhookService>().UpdateAsync(backend, webhook.Id, new() { Enabled = false }, Cancelled);
        var signing = await platform.Get<WebhookService>().RotateSecretAsync(backend, webhook.Id, new(), Cancelled);
        await platform.Get<TenantWriter>().AppendAsync(admin, new("acme"), SystemEntryTypes.WebhookDisabled, new("platform", webhook.Id, webhook.Url, "gone", null), IdentityJsonContext.Default.WebhookDisabledData, Cancelled);
        await platform.Get<WebhookService>().DeleteAsync(backend, webhook.Id, Cancelled);
        await platform.Get<AuditLog>().RecordAsync(backend, new("acme"), "webhook.deleted", new Dictionary<string, string> { ["webhookId"] = webhook.Id }, new("203.0.113.7", "trace"), Cancelled);
        const string Turn = "a-secret-of-the-turn-servers";
        await platform.Get<TurnServerService>().PutAsync(backend, new(["stun:stun.example.com"], ["turn:turn.example.com"], Turn, 600), Cancelled);

        using var custom = JsonDocument.Parse("""{"plan":"gold","nested":[1,{"a":null}]}""");
        foreach (var id in new[] { "ann", "bob", "cy" })
        {
            await users.UpsertAsync(backend, id, new(id, $"https://example.com/{id}.png", "user", custom.RootElement), Cancelled);
        }

        await users.UpdateAsync(backend, "ann", new() { Name = "Ann", AvatarUrl = new(null), Role = "admin" }, Cancelled);
        var annsCaller = new Caller { Kind = CallerKind.User, Tenant = new("acme"), User = new("ann") };
        await platform.Get<PrivacyService>().PutAsync(annsCaller, new(Typing: false), Cancelled);
        await platform.Get<NotificationPreferenceService>().PutAsync(annsCaller, new(Channels: new(Push: false)), Cancelled);
        await platform.Get<BlockService>().PutAsync(annsCaller, "bob", Cancelled);
        await platform.Get<BlockService>().DeleteAsync(annsCaller, "bob", Cancelled);
        await platform.Get<BanService>().PutAsync(backend, "bob", new("spam"), Cancelled);
        await platform.Get<BanService>().DeleteAsync(backend, "bob", null, Cancelled);
        var token = await tokens.IssueAsync(backend, "cy", new(), Cancelled);
        await tokens.RevokeAsync(backend, new(UserId: "cy"), Cancelled);
        await users.DeactivateAsync(backend, "cy", Cancelled);
        await users.ReactivateAsync(backend, "cy", Cancelled);

        await ChatAsync(platform, new() { Kind = CallerKind.User, Tenant = new("acme"), User = new("ann") }, custom.RootElement);
        await users.UpsertAsync(backend, "dee", new("Dee"), Cancelled);
        await platform.Get<ConversationService>().CreateAsync(annsCaller, new(ConversationType.Group, "dees", "Dee's", ["dee"]), Cancelled);
        await users.EraseAsync(backend, "dee", Cancelled);
        await platform.Get<ErasureWorker>().RoundAsync(Cancelled);
        await tenants.DeleteAsync(admin, "acme", Cancelled);

        string[] told = [key.Key, rotated.Key, secret.Secret, webhook.Secret, signing.Secret, token.Token, token.RefreshToken, Turn];
        string[] parts = [.. told.SelectMany(value => value.Split('.')).Where(part => part.Length > 20 && part != key.Id)];
        return ([.. parts, .. parts.Select(part => ApiKeySecret.Hash(part))], await CountEntriesAsync(platform));
    }

    private static async Task ChatAsync(CorePlatform platform, Caller ann, JsonElement custom)
    {
        var (conversations, members, messages, reactions) = (platform.Get<ConversationService>(), platform.Get<MemberService>(), platform.Get<MessageService>(), platform.Get<ReactionService>());
        var created = await conversations.CreateAsync(ann, new(ConversationType.Group, "general", "General", ["ann", "bob"], custom), Cancelled);
        var id = new ConversationId(created.Conversation.Id);
        await conversations.UpdateAsync(ann, id, new() { Name = "The general" }, Cancelled);
        await members.AddAsync(ann, id, new(["cy"]), Cancelled);
        await members.UpdateAsync(ann, id, "cy", new(MemberRole.Moderator), Cancelled);
        var sent = (await messages.SendAsync(ann, id, new("hello @bob 👋", "c-1", [new("https://example.com/a.png", "image/png", "a.png", 3, custom)], ["bob"], null, custom), null, Cancelled)).Message;
        var reply = (await messages.SendAsync(ann, id, new("a reply", ThreadOf: sent.Id), null, Cancelled)).Message;
        await messages.EditAsync(ann, id, sent.Id, new() { Text = "hello, edited" }, null, Cancelled);
        await messages.EditAsync(ann, id, sent.Id, new() { Text = "hello, edited: https://example.com/a" }, null, Cancelled);
        await platform.Get<LinkPreviewer>().PreviewAsync(new(LogId.Of(ann.Tenant, id), sent.Seq, sent.Seq), Cancelled);
        await reactions.AddAsync(ann, id, sent.Id, "👍", null, Cancelled);
        await reactions.RemoveAsync(ann, id, sent.Id, "👍", null, Cancelled);
        await platform.Get<PinService>().PinAsync(ann, id, sent.Id, null, Cancelled);
        await platform.Get<PinService>().UnpinAsync(ann, id, sent.Id, null, Cancelled);
        var asked = (await messages.SendAsync(ann, id, new(Poll: new(["yes", "no"], "Shall we?")), null, Cancelled)).Message;
        await platform.Get<PollService>().VoteAsync(ann, id, asked.Id, ["1"], null, Cancelled);
        await platform.Get<PollService>().CloseAsync(ann, id, asked.Id, Cancelled);
        await platform.Get<FlagService>().FlagAsync(ann with { User = new("bob") }, id, sent.Id, new("rude"), Cancelled);
        await platform.Get<ReviewQueue>().ResolveAsync(CorePlatform.Backend(), sent.Id, new(FlagAction.Dismiss, "fine"), Cancelled);
        await messages.DeleteAsync(ann, id, reply.Id, Cancelled);
        var call = await platform.Get<CallService>().StartAsync(ann, new("connection", "replica"), new(["bob"], "general"), Cancelled);
        await platform.Get<CallService>().LeaveAsync(ann, call.Id, Cancelled);
        await members.RemoveAsync(ann, id, "cy", Cancelled);
        await conversations.DeleteAsync(ann, id, Cancelled);
    }

    private sealed class AnyPage : ILinkReader
    {
        public Task<LinkPreview?> ReadAsync(string link, CancellationToken cancellationToken) => Task.FromResult<LinkPreview?>(new(link, "A page", "What it says", "https://example.com/a.png", "A site"));
    }

    private static async Task<int> CountEntriesAsync(CorePlatform platform)
    {
        TenantId tenant = new("acme");
        LogId[] logs = [LogId.OfTenant(tenant), .. new[] { "ann", "bob", "cy", "dee" }.Select(user => LogId.OfUser(tenant, new(user))), LogId.Of(tenant, new ConversationId("general")), LogId.Of(tenant, new ConversationId("dees")), FlagFolder.LogOf(tenant, new("general"))];
        var tails = await Task.WhenAll(logs.Select(log => platform.Get<IEntryStore>().ReadTailAsync(log, Cancelled)));
        return (int)tails.Sum(tail => tail.Seq);
    }

    private static async Task<IReadOnlyList<(FeedItem Item, EventRecord Record)>> ReadEventsAsync(CorePlatform platform, TenantId tenant, int entries)
    {
        IReadOnlyList<FeedItem> items = [];
        await Eventually.HoldsAsync(async () => (items = await platform.Get<IFeedStore>().ReadAsync(tenant, 0, 1_000, Cancelled)).Count == entries ? null : $"{items.Count} of {entries} entries in the feed", Cancelled);
        var mapped = await platform.Get<EventMapper>().MapAsync(items, Topics.All, Cancelled);
        Assert.All(mapped, item => Assert.Null(item.Failure));
        return [.. mapped.SelectMany(item => item.Records.Select(record => (item.Item, record)))];
    }

    private static async Task<IAsyncDisposable> ProjectingAsync(CorePlatform platform)
    {
        var projector = platform.Services.GetServices<IHostedService>().OfType<Projector>().Single();
        await projector.StartAsync(Cancelled);
        return new Stopping(projector);
    }

    private sealed class Stopping(Projector projector) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await projector.StopAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(60));
    }
}
