using System.Text;
using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Attachments;
using Caas.Core.Audit;
using Caas.Core.Bans;
using Caas.Core.Blocks;
using Caas.Core.Callers;
using Caas.Core.Calls;
using Caas.Core.Conversations;
using Caas.Core.Devices;
using Caas.Core.Entries;
using Caas.Core.Flags;
using Caas.Core.Idempotency;
using Caas.Core.Ids;
using Caas.Core.Members;
using Caas.Core.Messages;
using Caas.Core.Notifications;
using Caas.Core.OwnViews;
using Caas.Core.Pins;
using Caas.Core.Polls;
using Caas.Core.Presence;
using Caas.Core.Push;
using Caas.Core.Reactions;
using Caas.Core.Receipts;
using Caas.Core.Reminders;
using Caas.Core.Scheduled;
using Caas.Core.Tokens;
using Caas.Core.Usage;
using Caas.Core.Users;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Caas.Tests.Erasure;

/// <summary>A user who has done everything that leaves something behind, and to whom everything was done. Every word of hers begins with <see cref="Words"/>.</summary>
internal sealed class BusyLife(IServiceProvider services, Caller system)
{
    public const string Id = "zelda";
    public const string Words = "zword";

    /// <summary>A conversation that she is no member of.</summary>
    public const string Without = "without";

    public static readonly string[] Others = ["bob", "carol", "dave"];

    private static readonly DateTimeOffset Tomorrow = TimeProvider.System.GetUtcNow().AddDays(1);

    public TenantId Tenant => system.Tenant;

    public Caller Zelda => As(Id);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private MessageService Messages => Get<MessageService>();

    public Caller As(string user) => new() { Kind = CallerKind.User, Tenant = Tenant, User = new(user) };

    /// <summary>In the conversation <c>room</c>, whose members all are, and others of her own.</summary>
    public async Task LiveAsync()
    {
        await ProfileAsync();
        var mine = await WriteAsync();
        await ReactAsync(mine);
        await BesidesAsync(mine);
        await FlagsAsync(mine);
        await ToldAsync();
        await InLogsAsync();
    }

    public async Task<MessageResponse> SendAsync(string user, string conversation, SendMessageRequest request) => (await Messages.SendAsync(As(user), new(conversation), request, null, Cancelled)).Message;

    private T Get<T>()
        where T : notnull => services.GetRequiredService<T>();

    private async Task ProfileAsync()
    {
        var users = Get<UserService>();
        await users.UpsertAsync(system, Id, new($"{Words}name", $"https://{Words}avatar.example/a.png", "user", JsonElement.Parse($$"""{"hobby":"{{Words}}hobby"}""")), Cancelled);
        await users.UpdateAsync(Zelda, Id, new() { Name = $"{Words}newname" }, Cancelled);
        await Get<TokenService>().IssueAsync(system, Id, new(), Cancelled);
        await Get<TokenService>().RevokeAsync(system, new(UserId: Id, Before: TimeProvider.System.GetUtcNow().AddDays(-1)), Cancelled);
        await Get<PresenceService>().SetAsync(Zelda, new(PresenceStatus.Busy, $"{Words}presence"), Cancelled);
    }

    private async Task<MessageResponse> WriteAsync()
    {
        var room = new ConversationId("room");
        var file = await UploadAsync();
        var mine = await SendAsync(Id, "room", new($"{Words}one", $"{Words}clientid", [new(AttachmentId: file)], ["bob"], Custom: JsonElement.Parse($$"""{"mood":"{{Words}}custom"}""")));
        await Messages.EditAsync(Zelda, room, mine.Id, new() { Text = $"{Words}two https://{Words}link.example" }, null, Cancelled);
        await SendAsync(Id, "room", new(Poll: new([$"{Words}yes", $"{Words}no"], $"{Words}question")));
        var gone = await SendAsync(Id, "room", new($"{Words}deleted before"));
        await Messages.DeleteAsync(Zelda, room, gone.Id, Cancelled);

        await SendAsync("bob", "room", new("Says who?", QuoteOf: mine.Id));
        await SendAsync("bob", "room", new("In a thread", ThreadOf: mine.Id));
        var first = await SendAsync("bob", "room", new($"@{Id}, ask @carol.", Mentions: [Id, "dave"]));
        await Messages.EditAsync(As("bob"), room, first.Id, new() { Text = $"Sorry @{Id}" }, null, Cancelled);
        await SendAsync(Id, "room", new($"{Words}reply", ThreadOf: first.Id));
        await SendAsync("carol", "room", new("So do I", ThreadOf: first.Id));
        return mine;
    }

    private async Task ReactAsync(MessageResponse mine)
    {
        var room = new ConversationId("room");
        var bobs = await SendAsync("bob", "room", new("Vote!", Poll: new(["tea", "coffee"])));
        await Get<PollService>().VoteAsync(Zelda, room, bobs.Id, ["1"], null, Cancelled);
        await Get<PollService>().VoteAsync(As("carol"), room, bobs.Id, ["2"], null, Cancelled);
        await Get<ReactionService>().AddAsync(Zelda, room, bobs.Id, "👍", null, Cancelled);
        await Get<ReactionService>().AddAsync(Zelda, room, bobs.Id, "❤️", null, Cancelled);
        await Get<ReactionService>().RemoveAsync(Zelda, room, bobs.Id, "❤️", null, Cancelled);
        await Get<ReactionService>().AddAsync(As("carol"), room, bobs.Id, "👍", null, Cancelled);
        await Get<ReactionService>().AddAsync(As("carol"), room, mine.Id, "👍", null, Cancelled);
        await Get<MemberService>().UpdateAsync(system, room, Id, new(MemberRole.Moderator), Cancelled);
        await Get<PinService>().PinAsync(Zelda, room, bobs.Id, null, Cancelled);
        await Get<PinService>().PinAsync(system, room, mine.Id, null, Cancelled);
    }

    private async Task BesidesAsync(MessageResponse mine)
    {
        var conversations = Get<ConversationService>();
        await conversations.CreateAsync(Zelda, new(ConversationType.Group, "hers", "Hers", ["bob"]), Cancelled);
        await SendAsync(Id, "hers", new($"{Words}hers"));
        var (direct, _) = await conversations.CreateAsync(Zelda, new(ConversationType.Direct, MemberIds: ["carol"]), Cancelled);
        await SendAsync(Id, direct.Id, new($"{Words}direct"));
        await SendAsync("carol", direct.Id, new("To you alone"));
        await conversations.CreateAsync(As("bob"), new(ConversationType.Group, "slow", "Slow", [Id]), Cancelled);
        await conversations.UpdateAsync(As("bob"), new("slow"), new() { SlowModeSeconds = 60 }, Cancelled);
        await SendAsync(Id, "slow", new($"{Words}slow"));
        await Get<BanService>().PutAsync(system, Id, new($"{Words}reason", "slow", Tomorrow), Cancelled);
        await conversations.CreateAsync(As("bob"), new(ConversationType.Group, "over", "Over", [Id]), Cancelled);
        await SendAsync(Id, "over", new($"{Words}over"));
        await conversations.DeleteAsync(As("bob"), new("over"), Cancelled);

        await Get<ScheduledMessages>().AddAsync(Zelda, new("room"), new(Tomorrow, new($"{Words}scheduled")), Cancelled);
        await Get<ScheduledMessages>().AddAsync(As("bob"), new("room"), new(Tomorrow, new($"Later, @{Id}", Mentions: [Id])), Cancelled);
        await Get<ReminderService>().AddAsync(Zelda, new(Tomorrow, $"{Words}reminder", "room", mine.Id), Cancelled);
        await Get<BlockService>().PutAsync(Zelda, "dave", Cancelled);
        await Get<BlockService>().PutAsync(As("dave"), Id, Cancelled);
        await Get<OwnViewService>().UpdateAsync(Zelda, new("room"), new() { Muted = true }, Cancelled);
        await Get<ReceiptService>().PutAsync(Zelda, new("room"), new(ReadSeq: mine.Seq), Cancelled);
        await AnswersAsync();
        var call = new CallRecord(Tenant, "call-1", new("room"), CallMedia.Audio, Id, Tomorrow, Tomorrow, null, 5, [new(Id, CallParticipantState.Joined, 5), new("bob", CallParticipantState.Joined, 5)]);
        await Get<ICallRecordStore>().SaveAsync(call, Cancelled);
        await Get<ICallRecordStore>().AddReportAsync(new(Tenant, call.Id), new(Id), new(1, new(1, 1, 1, 1), new(1, 1, 1, 1), new(0, 0, 0, 0), null, null, Tomorrow), Cancelled);
        await Get<UsageTracker>().FlushAsync(Cancelled);
    }

    /// <summary>She flags, also where she is no member; what she wrote is flagged; and she is said to have decided.</summary>
    private async Task FlagsAsync(MessageResponse mine)
    {
        var (flags, review) = (Get<FlagService>(), Get<ReviewQueue>());
        await Get<ConversationService>().CreateAsync(As("bob"), new(ConversationType.Group, Without, "Without her", ["carol"]), Cancelled);
        var rude = await SendAsync("bob", Without, new("Rude"));
        await flags.FlagAsync(Zelda with { IsTenantAdmin = true }, new(Without), rude.Id, new($"{Words}flag"), Cancelled);
        await flags.FlagAsync(As("carol"), new(Without), rude.Id, new("Indeed"), Cancelled);
        await flags.FlagAsync(As("bob"), new("room"), mine.Id, new("Rude, too"), Cancelled);
        await review.ResolveAsync(system, rude.Id, new(FlagAction.Dismiss, By: Id), Cancelled);
    }

    /// <summary>What she is told, and what others are told of her.</summary>
    private async Task ToldAsync()
    {
        await Get<DeviceService>().PutAsync(Zelda, "phone", new(DevicePlatform.Fcm, $"{Words}token"), Cancelled);
        await Get<NotificationPreferenceService>().PutAsync(system with { User = new(Id) }, new(Email: new($"{Words}mail@example.com")), Cancelled);
        var row = new NotificationRow
        {
            Tenant = Tenant,
            User = new(Id),
            Kind = NotificationKind.Mention,
            Priority = NotificationPriority.Normal,
            Conversation = new("room"),
            Seq = 1_000,
            Actor = "bob",
            Count = 1,
            CreatedAt = DateTimeOffset.UnixEpoch,
            UpdatedAt = DateTimeOffset.UnixEpoch,
        };
        await Get<INotificationStore>().SaveAsync([row, row with { User = new("bob"), Actor = Id }], Cancelled);
        await Get<IPushStore>().AddAsync([new(Tenant, new(Id), "tablet", new("room"), 1_000, NotificationKind.Mention, NotificationPriority.Normal, 0, DateTimeOffset.UnixEpoch.AddYears(100))], Cancelled);
    }

    /// <summary>What the logs say of her where she is not who did it.</summary>
    private async Task InLogsAsync()
    {
        await Get<AuditLog>().RecordAsync(system, Tenant, "user.changed", new Dictionary<string, string> { ["userId"] = Id }, new("::1", null), Cancelled);
        await Get<AuditLog>().RecordAsync(Zelda, Tenant, "token.revoked", new Dictionary<string, string> { ["userId"] = "bob" }, new("::1", null), Cancelled);
        var ended = $$"""{"callId":"call-2","media":"audio","outcome":"missed","durationSeconds":0,"startedBy":"{{Id}}","participants":[{"userId":"{{Id}}","state":"left","seconds":0},{"userId":"bob","state":"missed","seconds":0}]} """;
        var draft = Get<EntryDrafts>().Create(Caller.Platform(Tenant), new(Tenant, "room"), EntryTypes.CallEnded, "hash", EntryTarget.Log, "call:call-2:ended");
        await Get<EntryAppender>().AppendAsync(draft with { Data = JsonElement.Parse(ended) }, Cancelled);
    }

    /// <summary>Answers to calls of hers, and to a call of the backend about her; an event that nobody could take.</summary>
    private async Task AnswersAsync()
    {
        var answers = Get<IdempotentAnswers>();
        foreach (var (caller, body) in new[] { (Zelda.Key, $"{Words}answer"), ((system with { User = new(Id) }).Key, $"{Words}answer"), (system.Key, $$"""{"items":[{"id":"{{Id}}","name":"{{Words}}name"}]}""") })
        {
            var (claim, _) = await answers.ClaimAsync(caller, "POST /v1/things", "key", Encoding.UTF8.GetBytes("{}"), Cancelled);
            await answers.CompleteAsync(claim!, 201, body, null, null, holdsSecret: false, Cancelled);
        }

        await Get<Caas.Core.Events.IDeadLetterStore>().AddAsync(new("group", "chat.messages", $"{Tenant}/room", $"{Tenant}/room/1", $$"""{"senderId":"{{Id}}","text":"{{Words}}letter"}""", "reason", Tomorrow), Cancelled);
    }

    private async Task<string> UploadAsync()
    {
        if (!Get<IAttachmentFiles>().IsConfigured)
        {
            throw new InvalidOperationException("The test keeps no files.");
        }

        var words = Encoding.UTF8.GetBytes($"{Words}file");
        var place = await Get<AttachmentService>().CreateAsync(Zelda, new($"{Words}file.txt", "text/plain", words.Length), new("http://caas.test"), Cancelled);
        var attachment = Assert.Single(await Get<IAttachmentStore>().FindManyAsync(Tenant, [place.Id], Cancelled));
        await Get<AttachmentIntake>().ReceiveAsync(attachment, new MemoryStream(words), Cancelled);
        return place.Id;
    }
}
