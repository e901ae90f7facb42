using System.Collections.Concurrent;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Caas.Client;
using Caas.Contracts;
using Caas.Standalone;
using Caas.Tests.Sqlite;
using Xunit;

namespace Caas.Tests.Client;

/// <summary>The typed REST API: against the standalone host, and against answers that a test makes up.</summary>
public sealed class RestTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Everything_that_the_gateway_has_can_be_called()
    {
        using var folder = new TempFolder();
        await using var host = await StandaloneHost.StartAsync(new() { Data = folder.Path, Port = 0, Replicas = 1 }, Cancelled);
        var gateway = new Uri($"http://localhost:{host.Ports.Gateway}");
        var called = new Recorder();
        using var http = new HttpClient(called);
        var options = new RestOptions { HttpClient = http };
        using var admin = new CaasRestClient(gateway, CaasCredential.Admin(host.AdminKey), options);
        await admin.PingAsync(Cancelled);
        Assert.Equal("healthy", (await admin.HealthAsync(Cancelled)).GetProperty("status").GetString());
        Assert.NotEmpty(await admin.RotateSigningKeyAsync(cancellationToken: Cancelled));
        Assert.Equal(2, (await admin.JwksAsync(Cancelled)).GetProperty("keys").GetArrayLength());

        await admin.Tenants.CreateAsync(new("Acme", "acme"), cancellationToken: Cancelled);
        await admin.Tenants.CreateAsync(new("Other", "other"), cancellationToken: Cancelled);
        Assert.Equal("Better", (await admin.Tenants.UpdateAsync("acme", new() { Name = "Better" }, Cancelled)).Name);
        Assert.Equal(["acme", "other"], (await admin.Tenants.ListAsync(Cancelled).ToListAsync(Cancelled)).Select(tenant => tenant.Id).Order());
        Assert.NotNull((await admin.Tenants.PageAsync(limit: 1, cancellationToken: Cancelled)).Next);
        await admin.Tenants.DeleteAsync("other", Cancelled);
        var refused = await Assert.ThrowsAsync<CaasException>(() => admin.Tenants.GetAsync("other", Cancelled));
        Assert.Equal(("tenant_not_found", 404), (refused.Code, refused.Status!.Value));
        Assert.NotNull(refused.TraceId);
        var key = await admin.Tenants.CreateApiKeyAsync("acme", new("backend"), cancellationToken: Cancelled);
        Assert.Equal([key.Id], (await admin.Tenants.ListApiKeysAsync("acme", Cancelled).ToListAsync(Cancelled)).Select(one => one.Id));

        using var backend = new CaasRestClient(gateway, CaasCredential.ApiKey(key.Key), options);
        await TenantAndKeysAsync(backend);
        await UsersAndTokensAsync(backend, gateway, options);
        await ConversationsAsync(backend);
        await MessagesAsync(backend);
        await AttachmentsAsync(backend, http);
        await ReceiptsAsync(backend);

        // Not called by an app: SignalR negotiates, and orchestrators look whether a process lives.
        var operations = called.Paths(await http.GetFromJsonAsync<JsonElement>(new Uri(gateway, "/openapi/v1.json"), Cancelled));
        Assert.Equal(["GET /alive", "POST /realtime/negotiate"], operations.Where(operation => !operation.Called).Select(operation => operation.Name).Order());
    }

    [Fact]
    public async Task What_may_be_tried_again_is_with_the_same_key_and_as_long_as_the_server_asks()
    {
        var requests = new List<HttpRequestMessage>();
        using var client = Client(
            requests,
            _ => throw new HttpRequestException(HttpRequestError.ResponseEnded, "gone"),
            _ => Problem(503, "unavailable"),
            _ => Problem(429, "rate_limited", retryAfter: "0"),
            _ => Problem(409, "idempotency_key_in_use", retryAfter: "0"),
            _ => Answer(201, """{"id":"acme","name":"Acme","settings":{},"createdAt":"2030-01-01T00:00:00Z"}"""));
        Assert.Equal("acme", (await client.Tenants.CreateAsync(new("Acme"), cancellationToken: Cancelled)).Id);
        Assert.Equal(5, requests.Count);
        Assert.Single(requests.Select(request => request.Headers.GetValues("Idempotency-Key").Single()).Distinct());
    }

    [Fact]
    public async Task What_is_refused_what_asks_for_too_long_a_wait_and_what_never_answers_is_told()
    {
        using var invalid = Client([], _ => Answer(400, """{"type":"t","title":"x","status":400,"detail":"name must be 1 to 200 characters","code":"validation_failed","traceId":"abc","errors":{"name":["must be 1 to 200 characters"]}}""", "application/problem+json"));
        var problem = await Assert.ThrowsAsync<CaasException>(() => invalid.Tenants.CreateAsync(new(""), cancellationToken: Cancelled));
        Assert.Equal(("validation_failed", 400, "abc"), (problem.Code, problem.Status, problem.TraceId));
        Assert.Equal(["must be 1 to 200 characters"], problem.Errors!["name"]);

        using var limited = Client([], _ => Problem(429, "rate_limited", retryAfter: "3600"));
        Assert.Equal(TimeSpan.FromHours(1), (await Assert.ThrowsAsync<CaasException>(() => limited.Users.GetAsync("a", Cancelled))).RetryAfter);
        using var slow = Client([], _ => Answer(429, """{"type":"t","title":"x","status":429,"detail":"No.","code":"slow_mode","traceId":null,"retryAfterMs":90001}""", "application/problem+json"));
        Assert.Equal(TimeSpan.FromMilliseconds(90_001), (await Assert.ThrowsAsync<CaasException>(() => slow.Users.GetAsync("a", Cancelled))).RetryAfter);

        using var proxy = Client([], _ => Answer(404, "<html>", "text/html"));
        Assert.Equal(ClientCodes.InvalidAnswer, (await Assert.ThrowsAsync<CaasException>(() => proxy.Users.GetAsync("a", Cancelled))).Code);

        var requests = new List<HttpRequestMessage>();
        using var away = Client(requests, _ => throw new HttpRequestException(HttpRequestError.ConnectionError, "refused"));
        var unreachable = await Assert.ThrowsAsync<CaasException>(() => away.Users.GetAsync("a", Cancelled));
        Assert.Equal((ClientCodes.Unreachable, false, 5), (unreachable.Code, unreachable.MayHaveHappened, requests.Count));
    }

    [Fact]
    public async Task What_refuses_a_later_try_says_nothing_of_an_earlier_one_without_an_answer()
    {
        async Task<(string, bool)> OutcomeAsync(params Func<HttpRequestMessage, HttpResponseMessage>[] answers)
        {
            using var client = Client([], answers);
            var refused = await Assert.ThrowsAsync<CaasException>(() => client.Messages.SendAsync("room", new("hello"), cancellationToken: Cancelled));
            Assert.Equal(403, refused.Status);
            return (refused.Code, refused.MayHaveHappened);
        }

        Func<HttpRequestMessage, HttpResponseMessage> refuse = _ => Problem(403, "not_a_member");
        Assert.Equal(("not_a_member", false), await OutcomeAsync(refuse));
        Assert.Equal(("not_a_member", false), await OutcomeAsync(_ => Problem(429, "rate_limited"), refuse));
        Assert.Equal(("not_a_member", false), await OutcomeAsync(_ => throw new HttpRequestException(HttpRequestError.ConnectionError, "refused"), refuse));
        Assert.Equal(("not_a_member", true), await OutcomeAsync(_ => throw new HttpRequestException("gone"), refuse));
        Assert.Equal(("not_a_member", true), await OutcomeAsync(_ => Problem(503, "unavailable"), refuse));
        Assert.Equal(("not_a_member", true), await OutcomeAsync(_ => Answer(504, "<html>", "text/html"), refuse));
    }

    [Fact]
    public async Task A_delete_whose_answer_was_lost_is_done_when_the_second_try_finds_nothing()
    {
        using var client = Client([], _ => throw new HttpRequestException("gone"), _ => Problem(404, "conversation_not_found"));
        await client.Conversations.DeleteAsync("room", Cancelled);
        using var first = Client([], _ => Problem(404, "conversation_not_found"));
        await Assert.ThrowsAsync<CaasException>(() => first.Conversations.DeleteAsync("room", Cancelled));
    }

    [Fact]
    public async Task Cancelling_ends_the_waiting_for_another_try()
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        using var client = Client([], _ =>
        {
            cancel.CancelAfter(TimeSpan.FromMilliseconds(50));
            return Problem(503, "unavailable", retryAfter: "30");
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.Users.GetAsync("a", cancel.Token).Soon());
    }

    [Fact]
    public async Task An_id_is_one_segment_of_a_path_whatever_it_holds()
    {
        var requests = new List<HttpRequestMessage>();
        using var client = Client(requests, _ => Problem(404, "user_not_found"));
        await Assert.ThrowsAsync<CaasException>(() => client.Users.GetAsync("a/../b?c#d e@f", Cancelled));
        Assert.Equal("/v1/users/a%2F..%2Fb%3Fc%23d%20e%40f", requests[0].RequestUri!.PathAndQuery);
    }

    private static async Task TenantAndKeysAsync(CaasRestClient backend)
    {
        Assert.Equal("acme", (await backend.Tenant.GetAsync(Cancelled)).Id);
        await backend.Tenant.UpdateAsync(new() { Name = "Acme" }, Cancelled);
        await backend.Tenant.PutSettingsAsync(new() { EditWindowSeconds = 60 }, Cancelled);
        Assert.Equal(60, (await backend.Tenant.GetSettingsAsync(Cancelled)).EditWindowSeconds);
        Assert.Equal(1, (await backend.Tenant.GetUsageAsync(Cancelled)).ActiveApiKeys);
        Assert.NotEmpty((await backend.Tenant.CreateTokenSecretAsync(cancellationToken: Cancelled)).Secret);
        await backend.Tenant.DeleteTokenSecretAsync(Cancelled);
        Assert.True((await backend.Tenant.PutTurnServersAsync(new(TurnUrls: ["turn:turn.example.com"], Secret: "a-secret-of-turn"), Cancelled)).HasSecret);
        Assert.Equal(["turn:turn.example.com"], (await backend.Tenant.GetTurnServersAsync(Cancelled)).TurnUrls);

        await backend.Tenant.PutDeliveryAccountAsync(DeliveryChannel.WebPush, new(WebPush: new("mailto:push@example.com")), Cancelled);
        Assert.Equal([(DeliveryChannel.WebPush, "mailto:push@example.com")], (await backend.Tenant.GetDeliveryAccountsAsync(Cancelled)).Select(account => (account.Channel, account.Name)));
        await backend.Tenant.DeleteDeliveryAccountAsync(DeliveryChannel.WebPush, Cancelled);

        var second = await backend.ApiKeys.CreateAsync(new("second", ["users:read"]), "once", Cancelled);
        var again = await Assert.ThrowsAsync<CaasException>(() => backend.ApiKeys.CreateAsync(new("second", ["users:read"]), "once", Cancelled));
        Assert.Equal(("already_created", second.Id), (again.Code, again.Id));
        Assert.NotEqual(second.Key, (await backend.ApiKeys.RotateAsync(second.Id, cancellationToken: Cancelled)).Key);
        await backend.ApiKeys.RevokeAsync(second.Id, Cancelled);
        Assert.Equal(2, (await backend.ApiKeys.ListAsync(Cancelled).ToListAsync(Cancelled)).Count);
        Assert.Equal(2, (await backend.ApiKeys.PageAsync(cancellationToken: Cancelled)).Items.Count);
    }

    private static async Task UsersAndTokensAsync(CaasRestClient backend, Uri gateway, RestOptions options)
    {
        await backend.Users.UpsertAsync("alice", new("Alice"), Cancelled);
        await backend.Users.UpsertAsync([new("bob", "Bob"), new("carol", "Carol"), new("dave", "Dave")], cancellationToken: Cancelled);
        Assert.Equal("Alice B.", (await backend.Users.UpdateAsync("alice", new() { Name = "Alice B." }, Cancelled)).Name);
        Assert.Equal("Alice B.", (await backend.Users.GetAsync("alice", Cancelled)).Name);
        Assert.Equal(["carol"], (await backend.Users.ListAsync("caro", Cancelled).ToListAsync(Cancelled)).Select(user => user.Id));
        Assert.Equal(2, (await backend.Users.PageAsync(limit: 2, cancellationToken: Cancelled)).Items.Count);
        await backend.Users.DeactivateAsync("dave", Cancelled);
        Assert.NotNull((await backend.Users.GetAsync("dave", Cancelled)).DeactivatedAt);
        Assert.Null((await backend.Users.ReactivateAsync("dave", cancellationToken: Cancelled)).DeactivatedAt);
        await backend.Users.UpsertAsync("erin", new("Erin"), Cancelled);
        Assert.Equal((await backend.Users.EraseAsync("erin", Cancelled)).Pseudonym, (await backend.Users.EraseAsync("erin", Cancelled)).Pseudonym);
        Assert.Equal("user_not_found", (await Assert.ThrowsAsync<CaasException>(() => backend.Users.GetAsync("erin", Cancelled))).Code);

        using (var archive = new MemoryStream())
        {
            await backend.Users.ExportAsync("alice", archive, Cancelled);
            using var zip = new ZipArchive(archive);
            Assert.Equal(18, zip.Entries.Count);
        }

        await backend.OnBehalfOf("alice").Privacy.PutAsync(new(ReadReceipts: false), Cancelled);
        Assert.Equal(new(false, true, true), await backend.OnBehalfOf("alice").Privacy.GetAsync(Cancelled));

        var notified = backend.OnBehalfOf("alice").Notifications;
        Assert.False((await notified.PutPreferencesAsync(new(Channels: new(Push: false), QuietHours: new("Europe/Berlin", "22:00", "07:00")), Cancelled)).Channels.Push);
        Assert.Equal("Europe/Berlin", (await notified.GetPreferencesAsync(Cancelled)).QuietHours?.TimeZone);
        Assert.Empty(await notified.ListAsync(unread: true, Cancelled).ToListAsync(Cancelled));
        Assert.Equal((0, 0), (await notified.ReadAsync(new(All: true), cancellationToken: Cancelled), (await notified.PageAsync(cancellationToken: Cancelled)).Unread));
        var devices = backend.OnBehalfOf("alice").Devices;
        Assert.Equal(DevicePlatform.Fcm, (await devices.PutAsync("phone", new(DevicePlatform.Fcm, "token"), Cancelled)).Platform);
        Assert.Equal(["phone"], (await devices.ListAsync(Cancelled).ToListAsync(Cancelled)).Select(device => device.Id));
        await devices.DeleteAsync("phone", Cancelled);
        Assert.Equal(87, (await devices.GetVapidKeyAsync(Cancelled)).Length);

        var until = DateTimeOffset.FromUnixTimeMilliseconds(DateTimeOffset.MaxValue.AddYears(-1000).ToUnixTimeMilliseconds());
        Assert.Equal(until, (await backend.Bans.BanAsync("bob", new("spam", ExpiresAt: until), Cancelled)).ExpiresAt);
        Assert.Equal(["bob"], (await backend.Bans.ListAsync(Cancelled).ToListAsync(Cancelled)).Select(ban => ban.UserId));
        await backend.Bans.UnbanAsync("bob", cancellationToken: Cancelled);

        var alices = backend.OnBehalfOf("alice").Blocks;
        Assert.Equal("bob", (await alices.BlockAsync("bob", Cancelled)).UserId);
        Assert.Equal(["bob"], (await alices.ListAsync(Cancelled).ToListAsync(Cancelled)).Select(block => block.UserId));
        await alices.UnblockAsync("bob", Cancelled);

        Assert.NotNull(Assert.Single((await backend.OnBehalfOf("alice").Calls.GetIceServersAsync(Cancelled)).IceServers).Credential);
        await backend.Tenant.DeleteTurnServersAsync(Cancelled);
        Assert.Empty((await backend.OnBehalfOf("bob").Calls.GetIceServersAsync(Cancelled)).IceServers);
        Assert.Empty(await backend.OnBehalfOf("bob").Calls.ListAsync(cancellationToken: Cancelled).ToListAsync(Cancelled));
        Assert.Empty((await backend.Calls.PageAsync(limit: 1, cancellationToken: Cancelled)).Items);
        Assert.Equal("call_not_found", (await Assert.ThrowsAsync<CaasException>(() => backend.Calls.GetAsync("none", Cancelled))).Code);
        Assert.Equal("call_not_found", (await Assert.ThrowsAsync<CaasException>(() => backend.Calls.GetQualityAsync("none", Cancelled))).Code);

        Assert.Equal(BlocklistAction.Mask, (await backend.Blocklist.PutAsync(new(["gosh"], Action: BlocklistAction.Mask), Cancelled)).Action);
        Assert.Equal(["gosh"], (await backend.Blocklist.GetAsync(Cancelled)).Words);

        Assert.Equal("Lunch", (await backend.OnBehalfOf("alice").Presence.PutAsync(new(PresenceStatus.Busy, "Lunch"), Cancelled)).Text);
        Assert.Equal(["bob", "alice"], (await backend.Presence.GetAsync(["bob", "alice"], Cancelled)).Select(state => state.UserId));
        Assert.Equal(0, (await backend.Presence.SummarizeAsync(Cancelled)).Online);

        var token = await backend.Tokens.CreateAsync("alice", 600, cancellationToken: Cancelled);
        Assert.Equal(2, (await backend.Tokens.CreateAsync(["alice", "bob"], cancellationToken: Cancelled)).Count);
        var fresh = await backend.Tokens.RefreshAsync(token.RefreshToken, cancellationToken: Cancelled);
        using var alice = new CaasRestClient(gateway, CaasCredential.User(_ => Task.FromResult(fresh.Token)), options);
        Assert.Equal("alice", (await alice.Users.GetAsync("alice", Cancelled)).Id);
        await alice.Tokens.LogoutAsync(Cancelled);
        await backend.Tokens.RevokeAsync(new(UserId: "bob"), cancellationToken: Cancelled);
    }

    private static async Task ConversationsAsync(CaasRestClient backend)
    {
        var batch = await backend.Conversations.UpsertAsync([new(ConversationType.Channel, "announcements", "Announcements"), new(ConversationType.Group, "of-nobody", MemberIds: ["nobody-at-all"])], cancellationToken: Cancelled);
        Assert.Equal([("announcements", true, null), ("of-nobody", false, "user_not_found")], batch.Select(item => (item.Id, item.Created, item.Code)));
        Assert.Equal(["announcements"], (await backend.OnBehalfOf("alice").Conversations.ListChannelsAsync("NOUNCE", Cancelled).ToListAsync(Cancelled)).Select(channel => channel.Id));
        await backend.Conversations.DeleteAsync("announcements", Cancelled);
        var alice = backend.OnBehalfOf("alice");
        await alice.Conversations.CreateAsync(new(ConversationType.Group, "room", "Room", ["bob"]), cancellationToken: Cancelled);
        await backend.Conversations.CreateAsync(new(ConversationType.Channel, "news", MemberIds: ["bob"]), cancellationToken: Cancelled);
        Assert.Equal(["room"], (await alice.Conversations.ListAsync(Cancelled).ToListAsync(Cancelled)).Select(conversation => conversation.Id));
        Assert.Equal(2, (await backend.Conversations.PageAsync(cancellationToken: Cancelled)).Items.Count);
        Assert.Equal("Hall", (await alice.Conversations.UpdateAsync("room", new() { Name = "Hall" }, Cancelled)).Name);
        Assert.Equal("Hall", (await backend.Conversations.GetAsync("room", Cancelled)).Name);

        Assert.Equal("carol", Assert.Single((await alice.Members.AddAsync("room", new(["carol"]), cancellationToken: Cancelled)).Items).UserId);
        Assert.Equal(MemberRole.Moderator, (await alice.Members.UpdateAsync("room", "carol", new(MemberRole.Moderator), Cancelled)).Role);
        await alice.Members.RemoveAsync("room", "carol", Cancelled);
        Assert.Equal(["alice", "bob"], (await backend.Members.ListAsync("room", Cancelled).ToListAsync(Cancelled)).Select(member => member.UserId).Order());
        Assert.Single((await backend.Members.PageAsync("room", limit: 1, cancellationToken: Cancelled)).Items);
        await alice.Members.JoinAsync("news", cancellationToken: Cancelled);
        await alice.Members.LeaveAsync("news", cancellationToken: Cancelled);
        await backend.Conversations.DeleteAsync("news", Cancelled);
    }

    private static async Task MessagesAsync(CaasRestClient backend)
    {
        var alice = backend.OnBehalfOf("alice");
        var sent = await alice.Messages.SendAsync("room", new("Helo", "hello-1"), cancellationToken: Cancelled);
        Assert.Equal(sent.Id, (await alice.Messages.SendAsync("room", new("Helo", "hello-1"), cancellationToken: Cancelled)).Id);
        Assert.Equal("Hello", (await alice.Messages.EditAsync("room", sent.Id, new() { Text = "Hello" }, Cancelled)).Text);
        Assert.Equal(["Helo", "Hello"], (await backend.Messages.GetHistoryAsync("room", sent.Id, Cancelled)).Select(version => version.Text));
        Assert.Equal(1, (await alice.Messages.AddReactionAsync("room", sent.Id, "👍", Cancelled)).Reactions["👍"].Count);
        await alice.Messages.RemoveReactionAsync("room", sent.Id, "👍", Cancelled);
        Assert.Empty((await alice.Messages.GetAsync("room", sent.Id, Cancelled)).Reactions);
        Assert.NotNull((await alice.Messages.PinAsync("room", sent.Id, Cancelled)).PinnedAt);
        var pin = Assert.Single((await alice.Messages.PinsPageAsync("room", limit: 1, cancellationToken: Cancelled)).Items);
        Assert.Equal((sent.Id, "alice"), (pin.Message.Id, pin.PinnedBy));
        await alice.Messages.UnpinAsync("room", sent.Id, Cancelled);
        Assert.Empty(await alice.Messages.ListPinsAsync("room", Cancelled).ToListAsync(Cancelled));
        var second = await alice.Messages.SendAsync("room", new("Bye"), cancellationToken: Cancelled);
        Assert.Equal([second.Id, sent.Id], (await alice.Messages.ListAsync("room", Cancelled).ToListAsync(Cancelled)).Select(message => message.Id));
        Assert.Equal([second.Id], (await alice.Messages.PageAsync("room", after: sent.Seq, limit: 10, cancellationToken: Cancelled)).Items.Select(message => message.Id));
        await alice.Messages.DeleteAsync("room", second.Id, Cancelled);
        var answer = await alice.Messages.SendAsync("room", new("An answer", ThreadOf: sent.Id), cancellationToken: Cancelled);
        Assert.Equal([answer.Id], (await backend.Messages.RepliesPageAsync("room", sent.Id, cancellationToken: Cancelled)).Items.Select(reply => reply.Id));
        await alice.Messages.DeleteAsync("room", answer.Id, Cancelled);
        await Eventually.HoldsAsync(async () => (await alice.Search.MessagesPageAsync("hell", new("room", "alice", DateTimeOffset.MaxValue), limit: 1, cancellationToken: Cancelled)).Items is [{ Message.Text: "Hello", Highlights: [{ Start: 0, Length: 5 }] }] ? null : "the message is not found", Cancelled);
        Assert.Equal([sent.Id], (await alice.Search.MessagesAsync("HELLO", cancellationToken: Cancelled).ToListAsync(Cancelled)).Select(found => found.Message.Id));
        var reminder = await alice.Reminders.CreateAsync(new(TimeProvider.System.GetUtcNow().AddDays(1), ConversationId: "room", MessageId: sent.Id), cancellationToken: Cancelled);
        Assert.Equal([reminder], await alice.Reminders.ListAsync(Cancelled).ToListAsync(Cancelled));
        await alice.Reminders.DeleteAsync(reminder.Id, Cancelled);
        var later = await alice.Messages.ScheduleAsync("room", new(TimeProvider.System.GetUtcNow().AddDays(1), new("Later")), cancellationToken: Cancelled);
        Assert.Equal([later.Id], (await alice.Messages.ListScheduledAsync("room", Cancelled).ToListAsync(Cancelled)).Select(item => item.Id));
        await alice.Messages.DeleteScheduledAsync("room", later.Id, Cancelled);
        var asked = await alice.Messages.SendAsync("room", new(Poll: new(["Yes", "No"], "Shall we?")), cancellationToken: Cancelled);
        Assert.Equal([1, 0], (await alice.Messages.VoteAsync("room", asked.Id, ["1"], Cancelled)).Poll!.Options.Select(option => option.Votes));
        Assert.Equal(["1"], (await alice.Messages.GetPollAsync("room", asked.Id, Cancelled)).OwnOptionIds!);
        await alice.Messages.WithdrawVoteAsync("room", asked.Id, Cancelled);
        Assert.NotNull((await alice.Messages.ClosePollAsync("room", asked.Id, Cancelled)).Poll!.ClosedAt);
        await alice.Messages.DeleteAsync("room", asked.Id, Cancelled);

        var log = await backend.Messages.ListEntriesAsync("room", 0, Cancelled).ToListAsync(Cancelled);
        Assert.Equal(Enumerable.Range(1, log.Count).Select(seq => (long)seq), log.Select(entry => entry.Seq));
        Assert.Equal(2, (await backend.Messages.ReadEntriesAsync("room", 1, 2, Cancelled)).Items.Count);

        var events = await backend.Events.ReadAsync(types: ["tenant.created"], waitSeconds: 20, cancellationToken: Cancelled);
        Assert.Equal(["acme/$tenant/1"], events.Items.Select(one => one.Id));
        Assert.Contains("api_key.rotated", (await backend.Audit.ListAsync(new(Action: "api_key.*"), Cancelled).ToListAsync(Cancelled)).Select(one => one.Action));
        var hook = await backend.Webhooks.CreateAsync(new("https://hook.invalid/", ["message.created"]), cancellationToken: Cancelled);
        Assert.StartsWith("whsec_", hook.Secret, StringComparison.Ordinal);
        Assert.Equal(["message.created"], (await backend.Webhooks.GetAsync(hook.Id, Cancelled)).Events);
        Assert.Equal(["*"], (await backend.Webhooks.UpdateAsync(hook.Id, new() { Events = new(null) }, Cancelled)).Events);
        Assert.NotEqual(hook.Secret, (await backend.Webhooks.RotateSecretAsync(hook.Id, cancellationToken: Cancelled)).Secret);
        var ping = await backend.Webhooks.PingAsync(hook.Id, Cancelled);
        Assert.NotNull(ping.Last[0].Error);
        Assert.Contains(ping.Id, (await backend.Webhooks.ListDeliveriesAsync(hook.Id, Cancelled).ToListAsync(Cancelled)).Select(delivery => delivery.Id));
        Assert.Equal("caas.webhook.ping", (await backend.Webhooks.GetDeliveryAsync(hook.Id, ping.Id, Cancelled)).Request!.Value.GetProperty("type").GetString());
        Assert.Equal(2, (await backend.Webhooks.RedeliverAsync(hook.Id, ping.Id, Cancelled)).Attempts);
        var before = await backend.Webhooks.PutBeforeSendHookAsync(new("https://hook.invalid/before", 100), Cancelled);
        Assert.NotEqual(before.Secret, (await backend.Webhooks.RotateBeforeSendHookSecretAsync(cancellationToken: Cancelled)).Secret);
        Assert.Equal((100, null), ((await backend.Webhooks.GetBeforeSendHookAsync(Cancelled)).TimeoutMs, (await backend.Webhooks.GetBeforeSendHookAsync(Cancelled)).Secret));
        Assert.Null((await backend.Webhooks.PingBeforeSendHookAsync(cancellationToken: Cancelled)).Status);
        await backend.Webhooks.DeleteBeforeSendHookAsync(Cancelled);
        await backend.Webhooks.DeleteAsync(hook.Id, Cancelled);
        Assert.Empty(await backend.Webhooks.ListAsync(Cancelled));
        await using var following = backend.Events.FollowAsync(types: ["message.*"], cancellationToken: Cancelled).GetAsyncEnumerator(Cancelled);
        Assert.True(await following.MoveNextAsync());
        Assert.Equal(sent.Id, following.Current.Data.GetProperty("message").GetProperty("id").GetString());
    }

    private static async Task AttachmentsAsync(CaasRestClient backend, HttpClient http)
    {
        await backend.Conversations.CreateAsync(new(ConversationType.Group, "old-room"), cancellationToken: Cancelled);
        Assert.False(Assert.Single(await backend.Messages.ImportAsync("old-room", [new("old-1", new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), "alice", "Of long ago")], cancellationToken: Cancelled)).Duplicate);
        await backend.Conversations.DeleteAsync("old-room", Cancelled);
        using var file = new MemoryStream("hello, file"u8.ToArray());
        var attachment = await backend.OnBehalfOf("alice").Attachments.UploadAsync(file, "hello.txt", "text/plain", Cancelled);
        var sent = await backend.OnBehalfOf("alice").Messages.SendAsync("room", new(Attachments: [attachment]), cancellationToken: Cancelled);
        Assert.Equal(("hello.txt", "text/plain", 11L), (sent.Attachments[0].Name, sent.Attachments[0].Type, sent.Attachments[0].Size!.Value));
        var found = await backend.OnBehalfOf("bob").Attachments.GetAsync(attachment.AttachmentId!, Cancelled);
        Assert.Equal("hello, file", await http.GetStringAsync(new Uri(found.DownloadUrl!), Cancelled));
        await FlagsAsync(backend, sent.Id);
        await backend.OnBehalfOf("alice").Messages.DeleteAsync("room", sent.Id, Cancelled);
    }

    private static async Task FlagsAsync(CaasRestClient backend, string message)
    {
        Assert.Equal("rude", (await backend.OnBehalfOf("bob").Flags.FlagAsync("room", message, "rude", cancellationToken: Cancelled)).Reason);
        Assert.Equal([message], (await backend.Flags.ListAsync(FlagStatus.Open, "room", "alice", Cancelled).ToListAsync(Cancelled)).Select(flag => flag.Id));
        Assert.NotNull((await backend.Flags.GetAsync(message, Cancelled)).Context);
        Assert.Equal("moderator-1", (await backend.Flags.ResolveAsync(message, new(FlagAction.Dismiss, "fine", By: "moderator-1"), cancellationToken: Cancelled)).Resolution!.By);
        Assert.Empty(await backend.Flags.ListAsync(FlagStatus.Open, cancellationToken: Cancelled).ToListAsync(Cancelled));
    }

    private static async Task ReceiptsAsync(CaasRestClient backend)
    {
        var (alice, bob) = (backend.OnBehalfOf("alice"), backend.OnBehalfOf("bob"));
        var sent = await alice.Messages.SendAsync("room", new("Have you read this?"), cancellationToken: Cancelled);
        await Eventually.HoldsAsync(async () => (await bob.Receipts.GetUnreadAsync(Cancelled)).Conversations.GetValueOrDefault("room") is 2 ? null : "bob has not two unread", Cancelled);
        Assert.Equal((sent.Seq, 1), ((await bob.Receipts.MarkAsync("room", new(DeliveredSeq: sent.Seq), Cancelled)) switch { var own => (own.DeliveredSeq!.Value, own.ReadSeq!.Value) }));
        Assert.Equal([("bob", false)], (await alice.Receipts.ListOfMessageAsync("room", sent.Id, Cancelled).ToListAsync(Cancelled)).Select(one => (one.UserId, one.Read)));
        Assert.Equal(sent.Seq, (await bob.Receipts.MarkAsync("room", new(ReadSeq: long.MaxValue), Cancelled)).ReadSeq);
        Assert.Equal(0, (await bob.Receipts.GetUnreadAsync(Cancelled)).Total);
        Assert.True((await bob.Conversations.UpdateOwnViewAsync("room", new() { Archived = true, MarkedUnread = true }, Cancelled)) is { Archived: true, MarkedUnread: true, Muted: false });
        Assert.Equal(["room"], (await bob.Conversations.ListAsync(archived: true, cancellationToken: Cancelled).ToListAsync(Cancelled)).Select(conversation => conversation.Id));
        Assert.Equal(["alice", "bob"], (await alice.Receipts.ListAsync("room", Cancelled).ToListAsync(Cancelled)).Select(one => one.UserId));
        Assert.Equal("alice", Assert.Single((await bob.Receipts.PageAsync("room", limit: 1, cancellationToken: Cancelled)).Items).UserId);
    }

    /// <summary>A client whose nth request gets the nth answer, and the last one from then on.</summary>
    private static CaasRestClient Client(List<HttpRequestMessage> requests, params Func<HttpRequestMessage, HttpResponseMessage>[] answers) =>
        new(new("http://caas.test"), CaasCredential.ApiKey("id.secret"), new RestOptions { HttpClient = new(new Answers(requests, answers)) });

    private static HttpResponseMessage Answer(int status, string body, string type = "application/json") =>
        new((HttpStatusCode)status) { Content = new StringContent(body, Encoding.UTF8, type) };

    private static HttpResponseMessage Problem(int status, string code, string? retryAfter = null)
    {
        var answer = Answer(status, JsonSerializer.Serialize(new Problem("t", code, status, "No.", code, null), CaasJson.Options), "application/problem+json");
        if (retryAfter is not null)
        {
            answer.Headers.Add("Retry-After", retryAfter);
        }

        return answer;
    }

    /// <summary>Notes what is called.</summary>
    private sealed class Recorder() : DelegatingHandler(new SocketsHttpHandler())
    {
        private readonly ConcurrentQueue<string> _called = new();

        /// <summary>The operations of a document, and whether each was called.</summary>
        public IEnumerable<(string Name, bool Called)> Paths(JsonElement openApi) =>
            from path in openApi.GetProperty("paths").EnumerateObject()
            from operation in path.Value.EnumerateObject()
            let name = $"{operation.Name.ToUpperInvariant()} {path.Name}"
            where operation.Value.TryGetProperty("operationId", out _)
            select (name, _called.Any(new Regex($"^{Regex.Replace(name, @"\{\w+\}", "[^/]+")}$").IsMatch));

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            _called.Enqueue($"{request.Method} {request.RequestUri!.AbsolutePath}");
            return base.SendAsync(request, cancellationToken);
        }
    }

    private sealed class Answers(List<HttpRequestMessage> requests, Func<HttpRequestMessage, HttpResponseMessage>[] answers) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            requests.Add(request);
            return Task.FromResult(answers[Math.Min(requests.Count, answers.Length) - 1](request));
        }
    }
}
