using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Ids;
using Caas.Core.Members;
using Caas.Core.Mentions;
using Caas.Core.Messages;
using Caas.Core.Refusals;
using Caas.Tests.Core;
using Caas.Tests.Realtime;
using Xunit;

namespace Caas.Tests.Mentions;

public sealed class MentionTests : IAsyncLifetime
{
    private static readonly ConversationId Room = new("room");
    private static readonly string[] Users = ["alice", "bob", "bob.", "ann@example.com", "a:b", "here"];

    private readonly CorePlatform _platform = new();
    private Caller _alice = null!;
    private Caller _bob = null!;

    private static CancellationToken Cancelled => CorePlatform.Cancelled;

    private MessageService Messages => _platform.Get<MessageService>();

    public async ValueTask InitializeAsync()
    {
        var callers = new List<Caller>();
        foreach (var user in Users.Append("stranger"))
        {
            callers.Add(await _platform.UserAsync(user));
        }

        (_alice, _bob) = (callers[0], callers[1]);
        await _platform.Get<ConversationService>().CreateAsync(_alice, new(ConversationType.Group, "room", MemberIds: Users), Cancelled);
    }

    public ValueTask DisposeAsync() => _platform.DisposeAsync();

    [Fact]
    public async Task Full_stops_behind_a_marker_are_not_each_a_meaning_to_be_looked_up()
    {
        var text = string.Concat(Enumerable.Repeat($"@bob{new string('.', 55)} ", 150));
        Assert.InRange(MentionMarkers.Find(text).Sum(marker => marker.Count), MentionMarkers.Most, 10 * MentionMarkers.Most);
        Assert.Equal(["bob."], (await SendAsync(new($"@bob{new string('.', 55)}"))).Mentions);
    }

    [Theory]
    [InlineData("@bob", "bob")]
    [InlineData("hi @bob, and @alice: look", "bob alice")]
    [InlineData("@bob. Yes", "bob.")]
    [InlineData("@bob... yes", "bob.")]
    [InlineData("@alice.", "alice")]
    [InlineData("(@alice), \"@bob\" and\n@alice", "alice bob")]
    [InlineData("write to ann@example.com", "")]
    [InlineData("@ann@example.com, hello", "ann@example.com")]
    [InlineData("@a:b: x", "a:b")]
    [InlineData("<@bob>s", "bob")]
    [InlineData("@bobs @stranger @nobody @ @@ @@bob é@bob 你好@bob", "")]
    [InlineData("@Bob", "")]
    [InlineData("你好，@bob！", "bob")]
    public async Task Markers_in_a_text_mention_members_alone(string text, string expected)
    {
        var sent = await SendAsync(new(text));
        Assert.Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries), sent.Mentions);
        Assert.Equal((false, false), (sent.MentionsHere, sent.MentionsChannel));
    }

    [Theory]
    [InlineData("@here", true, false)]
    [InlineData("look, @channel.", false, true)]
    [InlineData("@here: @channel!", true, true)]
    [InlineData("@hereby @channels here channel", false, false)]
    public async Task Here_and_channel_are_words_of_the_text(string text, bool here, bool channel)
    {
        var sent = await SendAsync(new(text));
        Assert.Equal((here, channel), (sent.MentionsHere, sent.MentionsChannel));
        Assert.Empty(sent.Mentions);
    }

    [Fact]
    public async Task Those_who_are_named_come_first_and_who_is_no_member_is_left_out()
    {
        Assert.Equal(["here", "bob", "alice"], (await SendAsync(new("@alice and @bob", Mentions: ["here", "stranger", "bob", "here", "nobody"]))).Mentions);
        await _platform.Get<MemberService>().RemoveAsync(_alice, Room, "bob", Cancelled);
        Assert.Empty((await SendAsync(new("@bob", Mentions: ["bob"]))).Mentions);
    }

    [Fact]
    public async Task An_edit_looks_up_what_it_sets_and_leaves_the_other()
    {
        var sent = await SendAsync(new("@bob and @here", Mentions: ["a:b"]));
        var text = (await Messages.EditAsync(_alice, Room, sent.Id, new() { Text = "@alice and @channel" }, null, Cancelled)).Message;
        Assert.Equal(["a:b", "alice"], text.Mentions);
        Assert.Equal((false, true), (text.MentionsHere, text.MentionsChannel));
        var named = (await Messages.EditAsync(_alice, Room, sent.Id, new() { Mentions = new(["bob", "stranger"]) }, null, Cancelled)).Message;
        Assert.Equal(["bob", "alice"], named.Mentions);
        Assert.True(named.MentionsChannel);
        var none = (await Messages.EditAsync(_alice, Room, sent.Id, new() { Text = "nobody", Mentions = default(Optional<IReadOnlyList<string>>) }, null, Cancelled)).Message;
        Assert.Equal(["bob"], none.Mentions);
        Assert.Empty((await Messages.DeleteAsync(_alice, Room, sent.Id, Cancelled)).Message.Mentions);
    }

    [Fact]
    public async Task Only_who_may_mentions_everyone()
    {
        await _platform.Get<ConversationService>().CreateAsync(_alice, new(ConversationType.Channel, "news", MemberIds: ["bob"]), Cancelled);
        async Task<bool> SaysAsync(Caller caller) => (await Messages.SendAsync(caller, new("news"), new("@channel"), null, Cancelled)).Message.MentionsChannel;
        Assert.Equal((true, false, true), (await SaysAsync(_alice), await SaysAsync(_bob), await SaysAsync(CorePlatform.Backend())));
    }

    [Fact]
    public async Task More_than_50_are_refused_wherever_they_stand()
    {
        string[] many = [.. Enumerable.Range(0, 60).Select(n => $"user{n:00}")];
        await Task.WhenAll(many.Select(user => _platform.UserAsync(user)));
        await _platform.Get<MemberService>().AddAsync(_alice, Room, new(many), Cancelled);
        string Text(int count) => string.Join(' ', many.Take(count).Select(user => $"@{user}"));
        Assert.Equal(50, (await SendAsync(new(Text(50), Mentions: many[..50]))).Mentions.Count);
        await RefusedAsync(SendAsync(new(Text(51))));
        await RefusedAsync(SendAsync(new(Text(50), Mentions: ["alice"])));
        var sent = await SendAsync(new("x", Mentions: many[..30]));
        await RefusedAsync(Messages.EditAsync(_alice, Room, sent.Id, new() { Text = string.Join(' ', many.Skip(30).Take(21).Select(user => $"@{user}")) }, null, Cancelled));
    }

    [Fact]
    public void Only_the_first_markers_of_a_text_are_looked_at_and_ids_that_are_too_long_are_none()
    {
        Assert.Equal(MentionMarkers.Most, MentionMarkers.Find(string.Concat(Enumerable.Repeat("@a ", 3_000))).Count);
        Assert.Empty(MentionMarkers.Find("@" + new string('a', 65)).SelectMany(marker => marker));
        Assert.Equal(["a" + new string('.', 63), "a"], MentionMarkers.Find("@a" + new string('.', 5_000)).SelectMany(marker => marker).Where((candidate, i) => i is 0 or 7));
        Assert.Empty(MentionMarkers.Find(null));
    }

    [Fact]
    public async Task Mentions_reach_another_replica()
    {
        await using var replicas = await Replicas.StartAsync();
        var (alice, bob) = (await replicas.ConnectAsync("alice", 0), await replicas.ConnectAsync("bob", 1, messagePack: true));
        await bob.JoinAsync();
        var sent = await alice.CallAsync<SendMessageResult>("SendMessage", new HubSendMessageRequest("room", "@bob and @here", Mentions: ["carol", "nobody"]));
        var message = (await bob.EntryAsync()).Message!;
        Assert.Equal(["carol", "bob"], message.Mentions);
        Assert.True(message is { MentionsHere: true, MentionsChannel: false });
        await alice.CallAsync<ChangeResult>("EditMessage", new HubEditMessageRequest("room", sent.MessageId) { Text = "@channel" });
        message = (await bob.EntryAsync()).Message!;
        Assert.Equal(["carol"], message.Mentions);
        Assert.True(message is { MentionsHere: false, MentionsChannel: true });
    }

    private static async Task RefusedAsync(Task call)
    {
        var refused = await Assert.ThrowsAsync<RefusedException>(() => call);
        Assert.Equal((Refusal.ValidationFailed, true), (refused.Refusal, refused.Message.Contains("mentions", StringComparison.Ordinal)));
    }

    private async Task<MessageResponse> SendAsync(SendMessageRequest request) => (await Messages.SendAsync(_alice, Room, request, null, Cancelled)).Message;
}
