using System.Text.Json;
using Caas.Client;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Core.Members;
using Caas.Core.Messages;
using Caas.Core.Polls;
using Caas.Core.Reactions;
using Caas.Core.Refusals;
using Caas.Core.Scheduled;
using Caas.Tests.Core;
using Caas.Tests.Realtime;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Caas.Tests.Polls;

public sealed class PollTests : IAsyncLifetime
{
    private static readonly ConversationId Room = new("room");

    private readonly FakeTimeProvider _clock = new(new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly CorePlatform _platform;
    private Caller _alice = null!;
    private Caller _bob = null!;

    public PollTests() => _platform = new(configure: services => services.AddSingleton<TimeProvider>(_clock));

    private static CancellationToken Cancelled => CorePlatform.Cancelled;

    private PollService Polls => _platform.Get<PollService>();

    public async ValueTask InitializeAsync()
    {
        (_alice, _bob) = (await _platform.UserAsync("alice"), await _platform.UserAsync("bob"));
        await _platform.Get<ConversationService>().CreateAsync(_alice, new(ConversationType.Group, "room", MemberIds: ["bob"]), Cancelled);
    }

    public ValueTask DisposeAsync() => _platform.DisposeAsync();

    [Fact]
    public async Task A_vote_replaces_the_one_before_and_repeating_it_changes_nothing()
    {
        var poll = await AskAsync(new(["a", "b", "c"], "which?"));
        Assert.Equal(["1", "2", "3"], poll.Poll!.Options.Select(option => option.Id));
        var first = await VoteAsync(_alice, poll, "1");
        Assert.Equal(first.Seq, (await VoteAsync(_alice, poll, "1")).Seq);
        await VoteAsync(_bob, poll, "1");
        AssertVotes((await VoteAsync(_alice, poll, "3")).Message, 2, "bob", "", "alice");
        Assert.Equal(["3"], (await Polls.GetAsync(_alice, Room, poll.Id, Cancelled)).OwnOptionIds!);
        AssertVotes((await VoteAsync(_alice, poll)).Message, 1, "bob", "", "");
        Assert.Equal((await VoteAsync(_alice, poll)).Seq, (await VoteAsync(_alice, poll)).Seq);
        Assert.Empty((await Polls.GetAsync(_alice, Room, poll.Id, Cancelled)).OwnOptionIds!);
        Assert.Null((await Polls.GetAsync(CorePlatform.Backend(), Room, poll.Id, Cancelled)).OwnOptionIds);
        Assert.Equal(Refusal.ValidationFailed, await RefusalAsync(VoteAsync(_alice, poll, "1", "2")));
        Assert.Equal(Refusal.ValidationFailed, await RefusalAsync(VoteAsync(_alice, poll, "4")));
        Assert.Equal(Refusal.OnBehalfOfRequired, await RefusalAsync(VoteAsync(CorePlatform.Backend(), poll, "1")));
    }

    [Fact]
    public async Task Several_options_may_be_chosen_where_the_poll_says_so_and_reactions_stay_apart()
    {
        var poll = await AskAsync(new(["a", "b", "c"], Multiple: true));
        await VoteAsync(_alice, poll, "3", "1", "1");
        await _platform.Get<ReactionService>().AddAsync(_bob, Room, poll.Id, "👍", null, Cancelled);
        var voted = (await VoteAsync(_bob, poll, "1")).Message;
        AssertVotes(voted, 2, "alice bob", "", "alice");
        Assert.Equal(["👍"], voted.Reactions.Keys);
        Assert.Equal(["1", "3"], (await Polls.GetAsync(_alice, Room, poll.Id, Cancelled)).OwnOptionIds!);
    }

    [Fact]
    public async Task A_poll_that_is_closed_when_it_is_sent_is_none_and_the_same_call_later_has_its_answer()
    {
        Assert.Equal(Refusal.ValidationFailed, await RefusalAsync(AskAsync(new(["a", "b"], ClosesAt: _clock.GetUtcNow()))));
        var message = new SendMessageRequest(ClientMessageId: "once", Poll: new(["a", "b"], ClosesAt: _clock.GetUtcNow().AddMinutes(1)));
        var sent = await _platform.Get<MessageService>().SendAsync(_alice, Room, message, null, Cancelled);
        _clock.Advance(TimeSpan.FromMinutes(2));
        var again = await _platform.Get<MessageService>().SendAsync(_alice, Room, message, null, Cancelled);
        Assert.Equal((sent.Message.Id, true), (again.Message.Id, again.Duplicate));

        var closes = _clock.GetUtcNow().AddHours(1);
        var scheduled = _platform.Get<ScheduledMessages>();
        Assert.Equal(Refusal.ValidationFailed, await RefusalAsync(scheduled.AddAsync(_alice, Room, new(closes, new(Poll: new(["a", "b"], ClosesAt: closes))), Cancelled)));
        await scheduled.AddAsync(_alice, Room, new(closes.AddMinutes(-1), new(Poll: new(["a", "b"], ClosesAt: closes))), Cancelled);
    }

    [Fact]
    public async Task A_closed_poll_takes_no_votes()
    {
        var poll = await AskAsync(new(["a", "b"]));
        await VoteAsync(_bob, poll, "2");
        Assert.Equal(Refusal.NotAllowed, await RefusalAsync(Polls.CloseAsync(_bob, Room, poll.Id, Cancelled)));
        var closed = await Polls.CloseAsync(_alice, Room, poll.Id, Cancelled);
        Assert.Equal(_clock.GetUtcNow(), closed.Message.Poll!.ClosedAt);
        Assert.Equal(closed.Seq, (await Polls.CloseAsync(CorePlatform.Backend(), Room, poll.Id, Cancelled)).Seq);
        Assert.Equal(Refusal.NotAllowed, await RefusalAsync(VoteAsync(_bob, poll, "1")));
        Assert.Equal(Refusal.NotAllowed, await RefusalAsync(VoteAsync(_bob, poll)));
        await VoteAsync(_bob, poll, "2");

        // A vote that stands behind the closing does not count, however it came there.
        var late = _platform.Get<EntryDrafts>().Create(_bob, LogId.Of(_bob.Tenant, Room), EntryTypes.PollVoted, "x", poll.Seq, null) with { Data = JsonElement.Parse($$"""{"messageId":"{{poll.Id}}","optionIds":["1"]}""") };
        await _platform.Get<EntryAppender>().AppendAsync(late, Cancelled);
        AssertVotes((await _platform.Get<MessageFolder>().FoldAsync(LogId.Of(_bob.Tenant, Room), poll.Seq, Cancelled))!.ToMessage(), 1, "", "bob");
    }

    [Fact]
    public async Task A_poll_closes_by_itself_at_its_time()
    {
        var poll = await AskAsync(new(["a", "b"], ClosesAt: _clock.GetUtcNow().AddMinutes(1)));
        _clock.Advance(TimeSpan.FromSeconds(59));
        await VoteAsync(_bob, poll, "1");
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(Refusal.NotAllowed, await RefusalAsync(VoteAsync(_bob, poll, "2")));
        AssertVotes(await GetAsync(poll), 1, "bob", "");
    }

    [Fact]
    public async Task Nobody_is_told_who_voted_in_an_anonymous_poll()
    {
        var poll = await AskAsync(new(["a", "b"], Anonymous: true));
        await VoteAsync(_bob, poll, "2");
        AssertVotes(await GetAsync(poll), 1, null, null);
        Assert.Equal([0, 1], (await GetAsync(poll)).Poll!.Options.Select(option => option.Votes));
        Assert.Equal(["2"], (await Polls.GetAsync(_bob, Room, poll.Id, Cancelled)).OwnOptionIds!);
        var told = _platform.Broadcaster.Entries[^1];
        var read = (await _platform.Get<EntryReader>().ReadAfterAsync(_alice, Room, poll.Seq, 10, Cancelled)).Items.Single();
        Assert.All([told, read], entry =>
        {
            Assert.Equal((EntryTypes.PollVoted, null, null), (entry.Type, entry.ActorId, entry.ClientMessageId));
            Assert.DoesNotContain("bob", JsonSerializer.Serialize(entry, CaasJson.Options), StringComparison.Ordinal);
            Assert.DoesNotContain("optionIds\":[", JsonSerializer.Serialize(entry, CaasJson.Options), StringComparison.Ordinal);
        });
        await _platform.Get<MessageService>().DeleteAsync(_alice, Room, poll.Id, Cancelled);
        read = (await _platform.Get<EntryReader>().ReadAfterAsync(_alice, Room, poll.Seq, 10, Cancelled)).Items[0];
        Assert.Equal((EntryTypes.PollVoted, null), (read.Type, read.ActorId));
    }

    [Fact]
    public async Task A_poll_goes_with_its_message_and_an_edit_leaves_it()
    {
        var poll = await AskAsync(new(["a", "b"]));
        await VoteAsync(_bob, poll, "1");
        var edited = (await _platform.Get<MessageService>().EditAsync(_alice, Room, poll.Id, new() { Text = default(string) }, null, Cancelled)).Message;
        AssertVotes(edited, 1, "bob", "");
        Assert.Null((await _platform.Get<MessageService>().DeleteAsync(_alice, Room, poll.Id, Cancelled)).Message.Poll);
        Assert.Equal(Refusal.PollNotFound, await RefusalAsync(VoteAsync(_bob, poll, "1")));
        var plain = (await _platform.Get<MessageService>().SendAsync(_alice, Room, new("plain"), null, Cancelled)).Message;
        Assert.Equal(Refusal.PollNotFound, await RefusalAsync(Polls.GetAsync(_alice, Room, plain.Id, Cancelled)));
    }

    [Theory]
    [InlineData("one")]
    [InlineData("a", "a")]
    [InlineData("a", " ")]
    [InlineData("a", "line\nbreak")]
    public async Task What_is_no_poll_is_refused(params string[] options) => Assert.Equal(Refusal.ValidationFailed, await RefusalAsync(AskAsync(new(options))));

    [Fact]
    public async Task Readers_do_not_vote()
    {
        var poll = await AskAsync(new(["a", "b"]));
        await _platform.Get<MemberService>().UpdateAsync(_alice, Room, "bob", new(MemberRole.Reader), Cancelled);
        Assert.Equal(Refusal.NotAllowed, await RefusalAsync(VoteAsync(_bob, poll, "1")));
    }

    [Fact]
    public async Task Votes_on_two_replicas_at_once_are_counted_on_both()
    {
        await using var replicas = await Replicas.StartAsync();
        var (alice, carol, bob) = (await replicas.ConnectAsync("alice", 0), await replicas.ConnectAsync("carol", 1, messagePack: true), await replicas.ConnectAsync("bob", 1, messagePack: true));
        await bob.JoinAsync();
        var poll = await alice.CallAsync<SendMessageResult>("SendMessage", new HubSendMessageRequest("room", Poll: new(["a", "b"])));
        await Task.WhenAll(
            alice.CallAsync<ChangeResult>("VotePoll", "room", poll.MessageId, new[] { "1" }),
            carol.CallAsync<ChangeResult>("VotePoll", "room", poll.MessageId, new[] { "1" }),
            bob.CallAsync<ChangeResult>("VotePoll", "room", poll.MessageId, new[] { "2" }));
        Assert.StartsWith("not_allowed: ", await bob.RefusalAsync("ClosePoll", "room", poll.MessageId), StringComparison.Ordinal);
        var closed = await alice.CallAsync<ChangeResult>("ClosePoll", "room", poll.MessageId);
        Assert.StartsWith("not_allowed: ", await carol.RefusalAsync("VotePoll", "room", poll.MessageId, new[] { "2" }), StringComparison.Ordinal);
        var held = new ConversationMessages();
        var entries = await bob.EntriesAsync(5);
        foreach (var entry in entries)
        {
            held.Apply(entry);
        }

        Assert.Equal((closed.Seq, EntryTypes.PollClosed), (entries[^1].Seq, entries[^1].Type));
        Assert.Equal([2, 1], held.Find(poll.MessageId)!.Poll!.Options.Select(option => option.Votes));
        var read = await replicas.Get<MessageReader>(1).GetAsync(replicas.CallerOf("bob"), new("room"), poll.MessageId, Cancelled);
        Assert.Equal(JsonSerializer.Serialize(read, CaasJson.Options), JsonSerializer.Serialize(held.Find(poll.MessageId), CaasJson.Options));
        Assert.Empty(replicas.Errors);
    }

    /// <param name="users">Of each option, with blanks between; null: they are not told.</param>
    private static void AssertVotes(MessageResponse message, int voters, params string?[] users)
    {
        Assert.Equal(voters, message.Poll!.VoterCount);
        Assert.Equal(users.Select(ids => ids ?? ""), message.Poll.Options.Select(option => string.Join(' ', option.UserIds)));
        Assert.All(message.Poll.Options.Zip(users), pair => Assert.True(pair.Second is null || pair.First.Votes == pair.First.UserIds.Count));
    }

    private static async Task<Refusal> RefusalAsync(Task call) => (await Assert.ThrowsAsync<RefusedException>(() => call)).Refusal;

    private async Task<MessageResponse> AskAsync(CreatePoll poll) => (await _platform.Get<MessageService>().SendAsync(_alice, Room, new(Poll: poll), null, Cancelled)).Message;

    private Task<ChangedMessage> VoteAsync(Caller caller, MessageResponse poll, params string[] options) => Polls.VoteAsync(caller, Room, poll.Id, options, null, Cancelled);

    private Task<MessageResponse> GetAsync(MessageResponse message) => _platform.Get<MessageReader>().GetAsync(_alice, Room, message.Id, Cancelled);
}
