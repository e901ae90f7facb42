using System.Text.Json;
using Caas.Client;
using Caas.Contracts;
using Caas.Core.Bans;
using Caas.Core.Blocks;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Erasure;
using Caas.Core.Feed;
using Caas.Core.Members;
using Caas.Core.Messages;
using Caas.Core.Notifications;
using Caas.Core.Pins;
using Caas.Core.Presence;
using Caas.Core.Reactions;
using Caas.Core.Receipts;
using Caas.Core.Search;
using Caas.Core.Usage;
using Caas.Core.Users;
using Caas.Tests.Realtime;
using Caas.Tests.Redis;
using Caas.Tests.Sqlite;
using Xunit;

namespace Caas.Tests.Erasure;

/// <summary>A user is erased on one replica; on the other one hears of it, and nobody finds anything of the user, wherever one looks.</summary>
public sealed class ErasureTests : IAsyncLifetime
{
    /// <summary>The tombstone and what ends by itself; beside them <c>user.erased</c> tells clients whose id to forget.</summary>
    internal static readonly string[] Kept = ["entries.log", "feed.log", "revocations.id", "revocations.user", "users.id", "users.id_folded"];

    private readonly TempFolder _files = new();
    private readonly GarnetRedis _garnet = new();
    private Replicas _replicas = null!;
    private BusyLife _life = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private IEntryStore Entries => _replicas.Get<IEntryStore>();

    public async ValueTask InitializeAsync()
    {
        await _garnet.StartAsync();
        _replicas = await Replicas.StartAsync(settings: new() { ["Caas:Erasure:Settle"] = "00:00:00", ["Caas:Attachments:Folder"] = _files.Path }, redis: _garnet.ConnectionString, users: [BusyLife.Id, .. BusyLife.Others]);
        _life = new(_replicas.Apps[0].Services, Replicas.System);
    }

    public async ValueTask DisposeAsync()
    {
        await _replicas.DisposeAsync();
        await _garnet.DisposeAsync();
        _files.Dispose();
    }

    [Fact]
    public async Task Who_did_everything_is_found_nowhere_any_more_and_clients_forget()
    {
        var (zelda, bob) = (await _replicas.ConnectAsync(BusyLife.Id, 1), await _replicas.ConnectAsync("bob", 1));
        await _life.LiveAsync();
        await Eventually.HoldsAsync(async () => await FindAsync(BusyLife.Words) > 0 && await FindAsync("sorry") > 0 ? null : "the words are not indexed", Cancelled);
        Assert.NotEmpty(await DataFolder.FilesWithAsync(_replicas.Folder.Path, BusyLife.Words));
        Assert.NotEmpty(await DataFolder.FilesWithAsync(_files.Path, BusyLife.Words));
        var held = new ConversationMessages();
        var joined = await bob.JoinAsync(0);
        Assert.True(joined.Complete);
        joined.Items.ToList().ForEach(held.Apply);
        Assert.Contains(held.All, message => message.Mentions.Contains(BusyLife.Id));

        var asked = await _replicas.Get<UserService>().EraseAsync(Replicas.System, BusyLife.Id, Cancelled);
        Assert.Null(asked.CompletedAt);
        Assert.Equal(new Evicted(null, "user_deactivated"), await zelda.EvictedAsync());
        await zelda.ClosedAsync();
        await QuietAsync();
        Assert.Equal(0, await RoundAsync());
        Assert.Equal(1, await RoundAsync(1));
        Assert.Equal(0, await RoundAsync());
        Assert.NotNull((await _replicas.Get<UserService>(1).EraseAsync(Replicas.System, BusyLife.Id, Cancelled)).CompletedAt);

        // The clients' folds, the API and the log agree.
        for (var seq = joined.LastSeq; seq < (await Entries.ReadTailAsync(Room, Cancelled)).Seq; seq++)
        {
            held.Apply(await bob.EntryAsync());
        }

        var read = new ConversationMessages();
        read.Load((await _replicas.Get<MessageReader>(1).ListAsync(_life.As("bob"), new("room"), new(null, null, null, 200), Cancelled)).Items);
        Assert.Equal(Shown(read), Shown(held));
        Assert.DoesNotContain(BusyLife.Id, string.Concat(Shown(read)), StringComparison.Ordinal);
        Assert.Contains(asked.Pseudonym, string.Concat(Shown(read)), StringComparison.Ordinal);
        await AssertLogsAsync();
        await AssertReadableAsync(asked.Pseudonym);

        // And whoever looks beside the API finds nothing either.
        Assert.Equal(Kept, await DataFolder.ColumnsWithAsync(_replicas.Folder.Path, BusyLife.Id, exceptEntries: EntryTypes.UserErased));
        Assert.Empty(await DataFolder.ColumnsWithAsync(_replicas.Folder.Path, BusyLife.Words));
        Assert.Empty(await DataFolder.FilesWithAsync(_replicas.Folder.Path, BusyLife.Words));
        Assert.Empty(await DataFolder.FilesWithAsync(_files.Path, BusyLife.Words));
        Assert.Empty(await DataFolder.FilesWithAsync(_files.Path, BusyLife.Id));
        await AssertRedisAsync();
        Assert.Empty(_replicas.Errors);
    }

    [Fact]
    public async Task What_comes_back_between_the_two_passes_goes_with_the_second()
    {
        var mentioning = await _life.SendAsync("bob", "room", new($"Hello @{BusyLife.Id}"));
        var stale = Assert.Single(await Entries.ReadManyAsync(Room, [mentioning.Seq], Cancelled));
        await _replicas.Get<UserService>().EraseAsync(Replicas.System, BusyLife.Id, Cancelled);
        Assert.Equal(0, await RoundAsync());

        // Whoever folds with what it read before is overtaken; a call that had passed all its checks still stores a message.
        Assert.False(await Entries.FoldAsync(Room, stale.Seq, stale.Rev, stale.Message!, stale.Rev + 1, Cancelled));
        var late = _replicas.Get<EntryDrafts>().Create(_life.Zelda, Room, EntryTypes.MessageCreated, "hash", EntryTarget.Message, "late") with { Message = new() { Text = $"{BusyLife.Words}late" } };
        await Entries.AppendAsync([late], Cancelled);
        await Eventually.HoldsAsync(async () => await FindAsync(BusyLife.Words) > 0 ? null : "the late message is not in the feed", Cancelled);
        Assert.Equal(1, await RoundAsync());
        await NotifiedAsync();
        await AssertLogsAsync();
        Assert.Equal(Kept, await DataFolder.ColumnsWithAsync(_replicas.Folder.Path, BusyLife.Id, exceptEntries: EntryTypes.UserErased));
        Assert.Empty(await DataFolder.FilesWithAsync(_replicas.Folder.Path, BusyLife.Words));
        Assert.Empty(_replicas.Errors);
    }

    [Fact]
    public async Task Who_was_shadow_banned_goes_too_and_others_read_what_their_clients_hold()
    {
        var bob = await _replicas.ConnectAsync("bob", 1);
        var message = await _life.SendAsync("bob", "room", new($"Hello @{BusyLife.Id}"));
        await _replicas.Get<BanService>().PutAsync(Replicas.System, BusyLife.Id, new("spam", Shadow: true), Cancelled);
        await Eventually.HoldsAsync(async () =>
        {
            await _replicas.Get<ReactionService>().AddAsync(_life.Zelda, new("room"), message.Id, "👍", null, Cancelled);
            return (await Entries.ReadManyAsync(Room, [message.Seq], Cancelled))[0].Message!.Shadows is null ? "the ban does not count yet" : null;
        }, Cancelled);
        await _life.SendAsync(BusyLife.Id, "room", new($"{BusyLife.Words}hidden", ThreadOf: message.Id));
        var held = new ConversationMessages();
        var joined = await bob.JoinAsync(0);
        joined.Items.ToList().ForEach(held.Apply);
        await NotifiedAsync();

        await _replicas.Get<UserService>().EraseAsync(Replicas.System, BusyLife.Id, Cancelled);
        Assert.Equal(0, await RoundAsync());
        Assert.Equal(1, await RoundAsync());
        for (var seq = joined.LastSeq; seq < (await Entries.ReadTailAsync(Room, Cancelled)).Seq; seq++)
        {
            held.Apply(await bob.EntryAsync());
        }

        var read = new ConversationMessages();
        read.Load((await _replicas.Get<MessageReader>(1).ListAsync(_life.As("bob"), new("room"), new(null, null, null, 200), Cancelled)).Items);
        Assert.Equal(Shown(read), Shown(held));
        Assert.Equal((await Entries.ReadTailAsync(Room, Cancelled)).Seq, Assert.Single(read.All, one => one.Id == message.Id).Rev);
        await AssertLogsAsync();
        Assert.Equal(Kept, await DataFolder.ColumnsWithAsync(_replicas.Folder.Path, BusyLife.Id, exceptEntries: EntryTypes.UserErased));
        Assert.Empty(await DataFolder.FilesWithAsync(_replicas.Folder.Path, BusyLife.Words));
        Assert.Empty(_replicas.Errors);
    }

    private static LogId Room => new(Replicas.Tenant, "room");

    private static IEnumerable<string> Shown(ConversationMessages messages) =>
        messages.All.Select(message => JsonSerializer.Serialize(message with { Rev = 0, Quote = message.Quote is { } quote ? quote with { Rev = 0 } : null }, CaasJson.Options));

    private Task<int> RoundAsync(int replica = 0) => _replicas.Get<ErasureWorker>(replica).RoundAsync(Cancelled);

    private async Task<int> FindAsync(string words) => (await _replicas.Get<SearchService>().SearchAsync(Replicas.System, new(words, null, null, null, null, null), Cancelled)).Items.Count;

    /// <summary>The notifier has told what happened: the time before the second pass is also for those who read an entry before it was rewritten.</summary>
    private Task NotifiedAsync() => Eventually.HoldsAsync(
        async () => await _replicas.Get<IFeedStore>().ReadPositionAsync(FeedConsumers.Group(Notifier.Group), Replicas.Tenant, Cancelled) >= await _replicas.Get<IFeedStore>().ReadHeadAsync(Replicas.Tenant, Cancelled) ? null : "the notifier is behind",
        Cancelled);

    /// <summary>What the user's end still makes the replicas do is done: this is what they are given time for before the second pass.</summary>
    private async Task QuietAsync()
    {
        await Eventually.HoldsAsync(async () =>
        {
            var record = (await _replicas.Get<IPresenceDirectory>().ReadAsync(Replicas.Tenant, [new(BusyLife.Id)], Cancelled))[0];
            var stored = (await _replicas.Get<IPresenceStore>().FindManyAsync(Replicas.Tenant, [new(BusyLife.Id)], Cancelled)).SingleOrDefault();
            return record.Status == PresenceStatus.Offline && record.LastSeenAt is { } seen && stored?.SeenAt == seen ? null : $"the device is there, or not stored as gone: {record}, {stored}";
        }, Cancelled);
        await Task.WhenAll(_replicas.Get<UsageTracker>(0).FlushAsync(Cancelled), _replicas.Get<UsageTracker>(1).FlushAsync(Cancelled));
    }

    /// <summary>Dense, every message of hers a tombstone, none of her ids but where clients are told.</summary>
    private async Task AssertLogsAsync()
    {
        foreach (var conversation in (await _replicas.Get<IConversationStore>().ListForTenantAsync(Replicas.Tenant, null, 100, Cancelled)).Where(conversation => conversation.Id.Value != BusyLife.Without))
        {
            var log = await Entries.ReadAfterAsync(conversation.Log, 0, 1_000, Cancelled);
            Assert.Equal(Enumerable.Range(1, log.Count).Select(seq => (long)seq), log.Select(entry => entry.Seq));
            Assert.Single(log, entry => entry.Type == EntryTypes.UserErased && entry.Data!.Value.GetProperty("userId").GetString() == BusyLife.Id);
            Assert.DoesNotContain(log, entry => entry.ActorId == BusyLife.Id);
            Assert.All(log.Where(entry => entry.Message is not null && entry.ActorId?.StartsWith("erased-", StringComparison.Ordinal) == true), entry => Assert.NotNull(entry.Message!.DeletedAt));
        }
    }

    private async Task AssertReadableAsync(string pseudonym)
    {
        var (bob, carol) = (_life.As("bob"), _life.As("carol"));
        Assert.Equal(0, await FindAsync(BusyLife.Words));
        Assert.Equal(0, await FindAsync(BusyLife.Id));
        Assert.Equal(1, await FindAsync("sorry"));
        var messages = (await _replicas.Get<MessageReader>().ListAsync(bob, new("room"), new(null, null, null, 200), Cancelled)).Items;
        var poll = Assert.Single(messages, message => message.Poll is not null);
        Assert.Equal([pseudonym], poll.Poll!.Options[0].UserIds);
        Assert.Equal((2, 2), (poll.Poll.VoterCount, poll.Reactions["👍"].Count));
        Assert.Equal([pseudonym, "carol"], poll.Reactions["👍"].UserIds);
        var mentioning = Assert.Single(messages, message => message.Text?.StartsWith("Sorry", StringComparison.Ordinal) == true);
        Assert.Equal(($"Sorry @{pseudonym}", 1), (mentioning.Text, mentioning.ReplyCount));
        Assert.Equal(["carol"], mentioning.Thread!.ParticipantIds);
        Assert.Equal([$"@{pseudonym}, ask @carol.", $"Sorry @{pseudonym}"], (await _replicas.Get<MessageReader>().GetHistoryAsync(bob, new("room"), mentioning.Id, Cancelled)).Items.Select(version => version.Text!));
        var pin = Assert.Single((await _replicas.Get<PinService>().ListAsync(bob, new("room"), null, null, Cancelled)).Items);
        Assert.Equal((poll.Id, pseudonym), (pin.Message.Id, pin.PinnedBy));
        var quoting = Assert.Single(messages, message => message.Quote is not null);
        Assert.Equal((pseudonym, null), (quoting.Quote!.SenderId, quoting.Quote.Text));

        Assert.Equal(["bob", "carol", "dave"], (await _replicas.Get<MemberService>().ListAsync(bob, new("room"), null, null, Cancelled)).Items.Select(member => member.UserId));
        var hers = await _replicas.Get<ConversationReader>().GetAsync(bob, new("hers"), Cancelled);
        Assert.Equal((pseudonym, 1, MemberRole.Owner), (hers.CreatedBy, hers.MemberCount, hers.Me!.Role));
        Assert.Equal([pseudonym], (await _replicas.Get<BlockService>().ListAsync(_life.As("dave"), null, null, Cancelled)).Items.Select(block => block.UserId));
        Assert.Empty((await _replicas.Get<UserService>().ListAsync(Replicas.System, BusyLife.Id, null, null, Cancelled)).Items);

        // Unread: what others sent since carol sent last, and stands.
        var all = (await _replicas.Get<MessageReader>().ListAsync(carol, new("room"), new(null, null, null, 200), Cancelled)).Items;
        var last = all.First(message => message.SenderId == "carol").Seq;
        Assert.Equal(all.Count(message => message.Seq > last && message.DeletedAt is null), (await _replicas.Get<ReceiptService>().GetUnreadAsync(carol, Cancelled)).Conversations.GetValueOrDefault("room"));
    }

    private async Task AssertRedisAsync()
    {
        await using var redis = await _garnet.ConnectAsync();
        foreach (var key in redis.GetServers()[0].Keys(pattern: "*presence*"))
        {
            var name = key.ToString();
            Assert.DoesNotContain(BusyLife.Id, name, StringComparison.Ordinal);
            var values = await redis.GetDatabase().KeyTypeAsync(key) switch
            {
                StackExchange.Redis.RedisType.Set => await redis.GetDatabase().SetMembersAsync(key),
                StackExchange.Redis.RedisType.SortedSet => await redis.GetDatabase().SortedSetRangeByRankAsync(key),
                _ => [],
            };
            Assert.DoesNotContain(values, value => value.ToString().Contains(BusyLife.Id, StringComparison.Ordinal));
        }
    }
}
