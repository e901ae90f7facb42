using System.IO.Compression;
using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Bans;
using Caas.Core.Blocks;
using Caas.Core.Callers;
using Caas.Core.Calls;
using Caas.Core.Conversations;
using Caas.Core.Devices;
using Caas.Core.Exports;
using Caas.Core.Flags;
using Caas.Core.Ids;
using Caas.Core.Members;
using Caas.Core.Messages;
using Caas.Core.OwnViews;
using Caas.Core.Pins;
using Caas.Core.Presence;
using Caas.Core.Privacy;
using Caas.Core.Reactions;
using Caas.Core.Receipts;
using Caas.Core.Refusals;
using Caas.Core.Reminders;
using Caas.Core.Scheduled;
using Caas.Core.Users;
using Caas.Tests.Core;
using Xunit;

namespace Caas.Tests.Exports;

/// <summary>What is done in one process is exported by another.</summary>
public sealed class ExportTests : IAsyncLifetime
{
    private static readonly ConversationId Room = new("room");

    private readonly CorePlatform _one = new();
    private CorePlatform _other = null!;

    private static CancellationToken Cancelled => CorePlatform.Cancelled;

    public async ValueTask InitializeAsync()
    {
        _other = new(_one.Folder);
        foreach (var user in new[] { "alice", "bob", "carol" })
        {
            await _one.Get<UserService>().UpsertAsync(CorePlatform.Backend(), user, new(user.ToUpperInvariant(), "https://example.com/a.png"), Cancelled);
        }

        await _one.Get<ConversationService>().CreateAsync(As("alice"), new(ConversationType.Group, "room", "Room", ["bob", "carol"]), Cancelled);
    }

    public async ValueTask DisposeAsync()
    {
        await _other.DisposeAsync();
        await _one.DisposeAsync();
    }

    [Fact]
    public async Task Everything_about_a_user_and_of_others_only_what_the_user_is_shown()
    {
        var messages = _one.Get<MessageService>();
        var first = (await messages.SendAsync(As("alice"), Room, new("Frist"), null, Cancelled)).Message;
        await messages.EditAsync(As("alice"), Room, first.Id, new() { Text = "First" }, null, Cancelled);
        var deleted = (await messages.SendAsync(As("alice"), Room, new("Forget this"), null, Cancelled)).Message;
        await messages.DeleteAsync(As("alice"), Room, deleted.Id, Cancelled);
        var others = (await messages.SendAsync(As("bob"), Room, new("Bob's own words"), null, Cancelled)).Message;
        await _one.Get<ReactionService>().AddAsync(As("alice"), Room, others.Id, "👍", null, Cancelled);
        await _one.Get<PinService>().PinAsync(As("alice"), Room, others.Id, null, Cancelled);
        await _one.Get<ReceiptService>().PutAsync(As("alice"), Room, new(ReadSeq: others.Seq), Cancelled);
        await _one.Get<ReceiptService>().PutAsync(As("bob"), Room, new(ReadSeq: others.Seq), Cancelled);
        await _one.Get<PrivacyService>().PutAsync(As("bob"), new(ReadReceipts: false), Cancelled);
        await _one.Get<OwnViewService>().UpdateAsync(As("alice"), Room, new() { Muted = true }, Cancelled);
        await _one.Get<IPresenceStore>().SaveSeenAsync([new(new("acme"), new("alice"), DateTimeOffset.UnixEpoch)], Cancelled);
        await _one.Get<ConversationService>().CreateAsync(As("bob"), new(ConversationType.Group, "left", "Left", ["alice"]), Cancelled);
        await messages.SendAsync(As("alice"), new("left"), new("Before I go"), null, Cancelled);
        await _one.Get<MemberService>().LeaveAsync(As("alice"), new("left"), Cancelled);

        await _one.Get<ScheduledMessages>().AddAsync(As("alice"), Room, new(TimeProvider.System.GetUtcNow().AddDays(1), new("Later")), Cancelled);
        await _one.Get<ReminderService>().AddAsync(As("alice"), new(TimeProvider.System.GetUtcNow().AddDays(1), "Call home"), Cancelled);
        await _one.Get<BlockService>().PutAsync(As("alice"), "carol", Cancelled);
        await _one.Get<DeviceService>().PutAsync(As("alice"), "phone", new(DevicePlatform.Fcm, "alices-token"), Cancelled);

        var call = await _one.Get<CallService>().StartAsync(As("bob"), new("b1", "r1"), new(["alice"], "room"), Cancelled);
        await _one.Get<CallService>().LeaveAsync(As("bob"), call.Id, Cancelled);

        await _one.Get<FlagService>().FlagAsync(As("alice"), Room, others.Id, new("not his own words"), Cancelled);
        await _one.Get<FlagService>().FlagAsync(As("bob"), Room, first.Id, new("says bob"), Cancelled);
        await _one.Get<BanService>().PutAsync(CorePlatform.Backend(), "alice", new("rude", "room", Shadow: true), Cancelled);

        var files = await ExportAsync("alice");
        Assert.Equal("cancelled", Assert.Single(files["calls.jsonl"]).GetProperty("outcome").GetString());
        Assert.Equal(["manifest.jsonl", "profile.jsonl", "presence.jsonl", "account.jsonl", "conversations.jsonl", "messages.jsonl", "actions.jsonl", "receipts.jsonl", "scheduled.jsonl", "blocks.jsonl", "attachments.jsonl", "reminders.jsonl", "devices.jsonl", "calls.jsonl", "bans.jsonl", "flags.jsonl", "flagged.jsonl", "notifications.jsonl"], files.Keys);
        Assert.Equal(files.Keys.Skip(1), Assert.Single(files["manifest.jsonl"]).GetProperty("files").EnumerateArray().Select(file => file.GetString()!));
        Assert.Equal("ALICE", Assert.Single(files["profile.jsonl"]).GetProperty("user").GetProperty("name").GetString());
        Assert.Equal(DateTimeOffset.UnixEpoch, Assert.Single(files["presence.jsonl"]).GetProperty("lastSeenAt").GetDateTimeOffset());
        Assert.Equal(["user.created", "user.blocked", "user.banned"], Texts(files["account.jsonl"], "type"));
        Assert.Equal([("left", true, false), ("room", false, true)], files["conversations.jsonl"].Select(line => (line.GetProperty("conversationId").GetString()!, line.GetProperty("left").GetBoolean(), line.GetProperty("muted").GetBoolean())));
        Assert.Equal(["Before I go", "First", null], files["messages.jsonl"].Select(line => line.GetProperty("message").GetProperty("text").GetString()));
        Assert.Equal(["Frist", "First"], files["messages.jsonl"][1].GetProperty("versions").EnumerateArray().Select(version => version.GetProperty("text").GetString()!));
        Assert.Equal(["member.removed", "conversation.created", "message.edited", "message.deleted", "reaction.added", "message.pinned"], Texts(files["actions.jsonl"], "type"));
        Assert.Equal(others.Id, files["actions.jsonl"][^1].GetProperty("messageId").GetString());
        Assert.Equal(["alice", "bob", "carol"], Texts(files["receipts.jsonl"], "userId"));
        Assert.Equal(JsonValueKind.Null, files["receipts.jsonl"][1].GetProperty("readSeq").ValueKind);
        Assert.Equal("Later", Assert.Single(files["scheduled.jsonl"]).GetProperty("scheduled").GetProperty("message").GetProperty("text").GetString());
        Assert.Equal("Call home", Assert.Single(files["reminders.jsonl"]).GetProperty("reminder").GetProperty("text").GetString());
        Assert.Equal("alices-token", Assert.Single(files["devices.jsonl"]).GetProperty("token").GetString());
        Assert.Equal("carol", Assert.Single(files["blocks.jsonl"]).GetProperty("userId").GetString());
        Assert.Equal(("rude", true), (Assert.Single(files["bans.jsonl"]).GetProperty("reason").GetString(), files["bans.jsonl"][0].GetProperty("shadow").GetBoolean()));
        Assert.Equal((others.Id, "not his own words"), (Assert.Single(files["flags.jsonl"]).GetProperty("messageId").GetString(), files["flags.jsonl"][0].GetProperty("reason").GetString()));
        Assert.Equal((first.Id, "open", 1), (Assert.Single(files["flagged.jsonl"]).GetProperty("messageId").GetString(), files["flagged.jsonl"][0].GetProperty("status").GetString(), files["flagged.jsonl"][0].GetProperty("count").GetInt32()));
        Assert.DoesNotContain("bob", files["flagged.jsonl"][0].GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain(files.Values.SelectMany(lines => lines), line => line.GetRawText().Contains("Bob's own words", StringComparison.Ordinal) || line.GetRawText().Contains("Forget this", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_backend_alone_exports_and_only_users_that_there_are()
    {
        Assert.Equal(Refusal.NotAllowed, await RefusalAsync(As("alice"), "alice"));
        Assert.Equal(Refusal.UserNotFound, await RefusalAsync(CorePlatform.Backend(), "nobody"));
        foreach (var scopes in new[] { new[] { "users:read" }, ["users:write", "messages:read"], ["users:read", "conversations:write"], ["messages:read", "conversations:read"] })
        {
            Assert.Equal(Refusal.InsufficientScope, await RefusalAsync(CorePlatform.Backend() with { Scopes = scopes }, "alice"));
        }

        Assert.Equal(Refusal.UserNotFound, await RefusalAsync(CorePlatform.Backend(), "a/b"));
        Assert.Equal(Refusal.UserNotFound, await RefusalAsync(CorePlatform.Backend("globex"), "alice"));
        Assert.Equal(Refusal.InsufficientScope, await RefusalAsync(CorePlatform.Backend() with { Scopes = ["messages:read"] }, "alice"));
        await _one.Get<UserService>().DeactivateAsync(CorePlatform.Backend(), "alice", Cancelled);
        Assert.Single((await ExportAsync("alice"))["profile.jsonl"]);
    }

    private static Caller As(string user) => new() { Kind = CallerKind.User, Tenant = new("acme"), User = new(user) };

    private static IEnumerable<string> Texts(IEnumerable<JsonElement> lines, string field) => lines.Select(line => line.GetProperty(field).GetString()!);

    private async Task<Refusal> RefusalAsync(Caller caller, string user) => (await Assert.ThrowsAsync<RefusedException>(() => _other.Get<UserExporter>().OpenAsync(caller, user, Cancelled))).Refusal;

    private async Task<Dictionary<string, List<JsonElement>>> ExportAsync(string user)
    {
        using var stream = new MemoryStream();
        await (await _other.Get<UserExporter>().OpenAsync(CorePlatform.Backend(), user, Cancelled)).WriteAsync(stream, Cancelled);
        using var zip = new ZipArchive(stream);
        var files = new Dictionary<string, List<JsonElement>>();
        foreach (var entry in zip.Entries)
        {
            using var reader = new StreamReader(await entry.OpenAsync(Cancelled));
            files[entry.FullName] = [.. (await reader.ReadToEndAsync(Cancelled)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line))];
        }

        return files;
    }
}
