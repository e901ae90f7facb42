using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Feed;
using Caas.Core.Ids;
using Caas.Core.Messages;
using Caas.Core.Reactions;
using Caas.Core.Threads;
using Caas.Tests.Core;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Caas.Tests.Threads;

public sealed class ThreadServiceTests : IAsyncLifetime
{
    private static readonly ConversationId Room = new("room");

    private readonly CorePlatform _platform = new();
    private readonly Dictionary<string, Caller> _users = [];

    private static CancellationToken Cancelled => CorePlatform.Cancelled;

    private LogId Log => LogId.Of(_users["u0"].Tenant, Room);

    public async ValueTask InitializeAsync()
    {
        for (var i = 0; i < 25; i++)
        {
            _users.Add($"u{i}", await _platform.UserAsync($"u{i}"));
        }

        await _platform.Get<ConversationService>().CreateAsync(_users["u0"], new(ConversationType.Group, "room", "Room", [.. _users.Keys]), Cancelled);
    }

    public ValueTask DisposeAsync() => _platform.DisposeAsync();

    [Fact]
    public async Task A_reply_to_a_reply_hangs_on_the_first_message_and_has_no_replies_of_its_own()
    {
        var root = await SendAsync("u0");
        var reply = await SendAsync("u1", root.Id);
        var deeper = await SendAsync("u2", reply.Id);
        Assert.Equal((root.Id, root.Id), (reply.ThreadOf, deeper.ThreadOf));
        await AssertThreadAsync(root, 2, "u1", "u2");
        Assert.Equal([deeper.Id, reply.Id], (await RepliesAsync(root)).Items.Select(message => message.Id));
        Assert.Empty((await RepliesAsync(reply)).Items);
        Assert.Equal((0, null), ((await GetAsync(reply)).ReplyCount, (await GetAsync(reply)).Thread));
    }

    [Fact]
    public async Task Count_and_participants_follow_what_is_sent_and_deleted_beyond_those_that_are_named()
    {
        var root = await SendAsync("u0");
        var replies = new List<MessageResponse>();
        foreach (var user in _users.Keys.Concat(["u3", "u24", "u0"]))
        {
            replies.Add(await SendAsync(user, root.Id));
        }

        var now = await GetAsync(root);
        Assert.Equal((28, 25, 20), (now.ReplyCount, now.Thread!.ParticipantCount, now.Thread.ParticipantIds.Count));
        await DeleteAsync(replies[0]);
        await DeleteAsync(replies[24]);
        now = await GetAsync(root);
        Assert.Equal((26, 25, "u1", "u20"), (now.ReplyCount, now.Thread!.ParticipantCount, now.Thread.ParticipantIds[0], now.Thread.ParticipantIds[^1]));
        foreach (var reply in replies)
        {
            await DeleteAsync(reply);
        }

        Assert.Equal((0, null), ((await GetAsync(root)).ReplyCount, (await GetAsync(root)).Thread));
        await SendAsync("u7", replies[3].Id);
        await AssertThreadAsync(root, 1, "u7");
    }

    [Fact]
    public async Task A_deleted_message_keeps_its_replies_and_takes_more()
    {
        var root = await SendAsync("u0");
        await SendAsync("u1", root.Id);
        await DeleteAsync(root);
        await SendAsync("u2", root.Id);
        await AssertThreadAsync(root, 2, "u1", "u2");
        Assert.Null((await GetAsync(root)).Text);
        var backend = await _platform.Get<MessageService>().SendAsync(CorePlatform.Backend(), Room, new("system", ThreadOf: root.Id), null, Cancelled);
        await AssertThreadAsync(root, 3, "u1", "u2");
        Assert.Null(backend.Message.SenderId);
    }

    [Fact]
    public async Task Sends_and_deletions_of_two_processes_at_once_are_counted_exactly()
    {
        await using var other = new CorePlatform(_platform.Folder);
        var root = await SendAsync("u0");
        await Task.WhenAll(Enumerable.Range(0, 120).Select(i => Task.Run(async () =>
        {
            var messages = (i % 2 == 0 ? _platform : other).Get<MessageService>();
            var caller = _users[$"u{i % 8}"];
            var reply = (await messages.SendAsync(caller, Room, new($"{i}", ThreadOf: root.Id), null, Cancelled)).Message;
            if (i % 3 == 0)
            {
                await (i % 2 == 1 ? _platform : other).Get<MessageService>().DeleteAsync(caller, Room, reply.Id, Cancelled);
            }
            else if (i % 5 == 0)
            {
                await (i % 2 == 1 ? _platform : other).Get<ReactionService>().AddAsync(caller, Room, root.Id, "👍", null, Cancelled);
            }
        }, Cancelled))).WaitAsync(TimeSpan.FromMinutes(1), Cancelled);
        var now = await GetAsync(root);
        Assert.Equal((80, 8), (now.ReplyCount, now.Thread!.ParticipantCount));
        Assert.Equal(await LastReplyAsync(root), now.Thread.LastReplyAt);
    }

    [Fact]
    public async Task What_died_between_the_entry_and_the_count_is_counted_by_the_projector()
    {
        var root = await SendAsync("u0");
        var reply = await SendAsync("u1", root.Id);
        var rootEntry = (await _platform.Get<IEntryStore>().FindAsync(Log, root.Id, Cancelled))!;
        var orphan = await AppendAsync(EntryTypes.MessageCreated, EntryTarget.Message, rootEntry.Seq, new() { Text = "orphan", ThreadOf = root.Id });
        Assert.Equal(1, (await GetAsync(root)).ReplyCount);
        await RepairAsync(orphan);
        await AssertThreadAsync(root, 2, "u1", "u2");

        // Neither the reply's own fold nor that of the thread was reached.
        await RepairAsync(await AppendAsync(EntryTypes.MessageDeleted, reply.Seq, rootEntry.Seq, null));
        await AssertThreadAsync(root, 1, "u2");
        Assert.NotNull((await GetAsync(reply)).DeletedAt);
    }

    [Fact]
    public async Task A_reply_that_is_stored_is_acknowledged_though_the_store_cannot_be_asked_afterwards()
    {
        var faults = new AwayThreads();
        await using var other = new CorePlatform(_platform.Folder, services => services.AddSingleton<IThreadStore>(faults));
        var root = await SendAsync("u0");
        var reply = (await other.Get<MessageService>().SendAsync(_users["u1"], Room, new("reply", "once", ThreadOf: root.Id), null, Cancelled)).Message;
        Assert.True(faults.Asked);
        Assert.Empty(other.Broadcaster.Entries);
        Assert.True((await _platform.Get<MessageService>().SendAsync(_users["u1"], Room, new("reply", "once", ThreadOf: root.Id), null, Cancelled)) is { Duplicate: true } again && again.Message.Id == reply.Id);
        await AssertThreadAsync(root, 1, "u1");
    }

    [Fact]
    public async Task Who_reads_an_entry_before_it_is_folded_gets_what_it_changed_all_the_same()
    {
        var root = await SendAsync("u0");
        var rootEntry = (await _platform.Get<IEntryStore>().FindAsync(Log, root.Id, Cancelled))!;
        var reply = await AppendAsync(EntryTypes.MessageCreated, EntryTarget.Message, rootEntry.Seq, new() { Text = "orphan", ThreadOf = root.Id });
        var second = await AppendAsync(EntryTypes.MessageCreated, EntryTarget.Message, rootEntry.Seq, new() { Text = "orphan 2", ThreadOf = root.Id });
        var reaction = await AppendAsync(EntryTypes.ReactionAdded, root.Seq, 0, null, """{"messageId":"x","emoji":"👍"}""");
        var read = (await _platform.Get<EntryReader>().ReadAfterAsync(_users["u0"], Room, root.Seq, 10, Cancelled)).Items;
        Assert.Equal([reply.Seq, second.Seq, reaction.Seq], read.Select(entry => entry.Seq));
        Assert.Null(read[0].Root);
        Assert.Equal((2, 1), (read[1].Root!.ReplyCount, read[1].Root!.Reactions["👍"].Count));
        Assert.Equal(1, read[2].Message!.Reactions["👍"].Count);
    }

    [Fact]
    public async Task Pages_go_as_those_of_a_conversation_do()
    {
        var root = await SendAsync("u0");
        var sent = new List<MessageResponse>();
        for (var i = 0; i < 7; i++)
        {
            sent.Add(await SendAsync("u1", root.Id));
            await SendAsync("u2");
        }

        var threads = _platform.Get<ThreadReader>();
        var newest = await threads.ListAsync(_users["u2"], Room, root.Id, new(null, null, null, 3), Cancelled);
        Assert.Equal([sent[6].Id, sent[5].Id, sent[4].Id], newest.Items.Select(message => message.Id));
        var older = await threads.ListAsync(_users["u2"], Room, root.Id, new(newest.Next, null, null, 10), Cancelled);
        Assert.Equal((4, null), (older.Items.Count, older.Next));
        var newer = await threads.ListAsync(_users["u2"], Room, root.Id, new(null, sent[1].Seq, null, 2), Cancelled);
        Assert.Equal([sent[3].Id, sent[2].Id], newer.Items.Select(message => message.Id));
    }

    private async Task AssertThreadAsync(MessageResponse root, int count, params string[] participants)
    {
        var now = await GetAsync(root);
        Assert.Equal(count, now.ReplyCount);
        Assert.Equal(participants, now.Thread!.ParticipantIds);
        Assert.Equal(participants.Length, now.Thread.ParticipantCount);
        Assert.Equal(await LastReplyAsync(root), now.Thread.LastReplyAt);
    }

    private async Task<DateTimeOffset> LastReplyAsync(MessageResponse root) => (await RepliesAsync(root)).Items.Where(reply => reply.DeletedAt is null).Max(reply => reply.CreatedAt);

    private async Task<MessageResponse> SendAsync(string user, string? threadOf = null) => (await _platform.Get<MessageService>().SendAsync(_users[user], Room, new("hello", ThreadOf: threadOf), null, Cancelled)).Message;

    private Task<ChangedMessage> DeleteAsync(MessageResponse message) => _platform.Get<MessageService>().DeleteAsync(CorePlatform.Backend(), Room, message.Id, Cancelled);

    private Task<MessageResponse> GetAsync(MessageResponse message) => _platform.Get<MessageReader>().GetAsync(_users["u0"], Room, message.Id, Cancelled);

    private Task<MessagePage> RepliesAsync(MessageResponse root) => _platform.Get<ThreadReader>().ListAsync(_users["u0"], Room, root.Id, new(null, null, null, 200), Cancelled);

    private Task RepairAsync(Entry entry) => _platform.Services.GetServices<ILogProjection>().OfType<ConversationProjection>().Single().RepairAsync(Log, [new EntryHeader(Log, entry.Seq, entry.MessageNo, entry.Type, entry.Target, entry.ActorId, entry.At, entry.Thread)], Cancelled);

    private async Task<Entry> AppendAsync(string type, long target, long thread, MessageState? message, string? data = null)
    {
        var draft = _platform.Get<EntryDrafts>().Create(_users["u2"], Log, type, "x", target, null) with { Thread = thread, Message = message, Data = data is null ? null : System.Text.Json.JsonElement.Parse(data) };
        return (await _platform.Get<EntryAppender>().AppendAsync(draft, Cancelled)).Entry;
    }

    /// <summary>A store that went away after the entry was written.</summary>
    private sealed class AwayThreads : IThreadStore
    {
        public bool Asked { get; private set; }

        public Task<IReadOnlyList<Entry>> ReadChangesAsync(LogId log, long messageSeq, long afterSeq, int limit, CancellationToken cancellationToken)
        {
            Asked = true;
            throw new StoreUnavailableException("It is away.");
        }

        public Task<IReadOnlyList<Entry>> ReadRepliesAsync(LogId log, long messageSeq, Direction direction, long from, int limit, CancellationToken cancellationToken) => throw new StoreUnavailableException("It is away.");

        public Task<ThreadCount> CountAsync(LogId log, long messageSeq, long upToSeq, int first, CancellationToken cancellationToken) => throw new StoreUnavailableException("It is away.");
    }
}
