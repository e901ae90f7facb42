using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Core.Json;
using Caas.Core.Members;
using Caas.Core.Messages;
using Caas.Core.Reactions;
using Caas.Core.Refusals;
using Caas.Tests.Core;
using Xunit;

namespace Caas.Tests.Messages;

public sealed class MessageServiceTests : IAsyncLifetime
{
    private static readonly ConversationId Room = new("room");

    private readonly CorePlatform _platform = new();
    private Caller _alice = null!;
    private Caller _bob = null!;
    private Caller _reader = null!;
    private Caller _stranger = null!;

    private MessageService Messages => _platform.Get<MessageService>();

    private MessageReader Reader => _platform.Get<MessageReader>();

    private static CancellationToken Cancelled => CorePlatform.Cancelled;

    public async ValueTask InitializeAsync()
    {
        _alice = await _platform.UserAsync("alice");
        _bob = await _platform.UserAsync("bob");
        _reader = await _platform.UserAsync("reader");
        _stranger = await _platform.UserAsync("stranger");
        await _platform.Get<ConversationService>().CreateAsync(_alice, new(ConversationType.Group, "room", "Room", ["bob"]), Cancelled);
        await _platform.Get<MemberService>().AddAsync(_alice, Room, new(["reader"], MemberRole.Reader), Cancelled);
    }

    public ValueTask DisposeAsync() => _platform.DisposeAsync();

    [Fact]
    public async Task A_sent_message_is_stored_and_broadcast_with_the_next_seq()
    {
        var first = await SendAsync(_alice, "one");
        var second = await SendAsync(_bob, "two");

        Assert.Equal(first.Message.Seq + 1, second.Message.Seq);
        Assert.Equal("bob", second.Message.SenderId);
        Assert.Equal(second.Message.Seq, second.Message.Rev);
        Assert.Equal(["one", "two"], _platform.Broadcaster.Entries.Where(entry => entry.Type == EntryTypes.MessageCreated).Select(entry => entry.Message!.Text));
    }

    [Fact]
    public async Task The_same_client_id_gives_the_first_answer_again_also_after_an_edit()
    {
        var first = await Messages.SendAsync(_alice, Room, new("hello", ClientMessageId: "c1"), null, Cancelled);
        await Messages.EditAsync(_alice, Room, first.Message.Id, new() { Text = "hello there" }, null, Cancelled);
        var again = await Messages.SendAsync(_alice, Room, new("hello", ClientMessageId: "c1"), null, Cancelled);

        Assert.False(first.Duplicate);
        Assert.True(again.Duplicate);
        Assert.Equal(first.Message.Id, again.Message.Id);
        Assert.Equal(first.Message.Seq, again.Message.Seq);
        var refused = await Assert.ThrowsAsync<RefusedException>(() => Messages.SendAsync(_alice, Room, new("other", ClientMessageId: "c1"), null, Cancelled));
        Assert.Equal("client_message_id_reused", refused.Refusal.Code);
        Assert.False((await Messages.SendAsync(_bob, Room, new("other", ClientMessageId: "c1"), null, Cancelled)).Duplicate);
    }

    [Fact]
    public async Task Who_reads_a_change_that_is_not_folded_yet_gets_the_message_as_it_is_with_it()
    {
        var sent = (await SendAsync(_alice, "hello")).Message;
        var log = LogId.Of(_alice.Tenant, Room);

        // Between append and fold: another process was that far, or died there.
        var data = JsonSerializer.SerializeToElement(new MessageChangedData(sent.Id), CoreJsonContext.Default.MessageChangedData);
        var draft = _platform.Get<EntryDrafts>().Create(_alice, log, EntryTypes.MessagePinned, "hash", sent.Seq, clientId: null) with { Data = data };
        var (pinned, _) = await _platform.Get<EntryAppender>().AppendAsync(draft, Cancelled);

        var page = await _platform.Get<EntryReader>().ReadAfterAsync(_bob, Room, sent.Seq - 1, 10, Cancelled);
        Assert.Equal([EntryTypes.MessageCreated, EntryTypes.MessagePinned], page.Items.Select(entry => entry.Type));
        Assert.All(page.Items, entry => Assert.Equal((pinned.Seq, pinned.At), (entry.Message!.Rev, entry.Message.PinnedAt)));
    }

    [Fact]
    public async Task Hundred_senders_at_once_get_dense_seqs_and_the_reader_sees_them_in_order()
    {
        var tail = (await _platform.Get<IEntryStore>().ReadTailAsync(LogId.Of(_alice.Tenant, Room), Cancelled)).Seq;
        var sent = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => SendAsync(i % 2 == 0 ? _alice : _bob, $"m{i}")));

        Assert.Equal(Enumerable.Range(1, 100).Select(i => tail + i), sent.Select(item => item.Message.Seq).Order());
        var page = await _platform.Get<EntryReader>().ReadAfterAsync(_bob, Room, tail, 1000, Cancelled);
        Assert.True(page.Complete);
        Assert.Equal(Enumerable.Range(1, 100).Select(i => tail + i), page.Items.Select(item => item.Seq));
    }

    [Fact]
    public async Task Who_is_not_a_member_a_reader_and_another_tenant_are_refused_each_with_its_code()
    {
        var foreign = await _platform.UserAsync("alice", tenant: "other");
        Assert.Equal("not_a_member", await CodeAsync(() => SendAsync(_stranger, "hi")));
        Assert.Equal("not_allowed", await CodeAsync(() => SendAsync(_reader, "hi")));
        Assert.Equal("conversation_not_found", await CodeAsync(() => SendAsync(foreign, "hi")));
        Assert.Equal("conversation_not_found", await CodeAsync(() => Reader.ListAsync(foreign, Room, new(null, null, null, null), Cancelled)));
    }

    [Fact]
    public async Task The_backend_sends_system_messages()
    {
        var sent = await SendAsync(CorePlatform.Backend(), "maintenance at noon");
        Assert.Null(sent.Message.SenderId);
    }

    [Fact]
    public async Task An_edit_keeps_every_version_for_those_who_may_see_them()
    {
        var sent = await SendAsync(_bob, "first");
        await Messages.EditAsync(_bob, Room, sent.Message.Id, new() { Text = "second" }, null, Cancelled);
        var edited = await Messages.EditAsync(_bob, Room, sent.Message.Id, new() { Text = "third" }, null, Cancelled);

        Assert.Equal(("third", edited.Seq), (edited.Message.Text, edited.Message.Rev));
        Assert.NotNull(edited.Message.EditedAt);
        var history = await Reader.GetHistoryAsync(_alice, Room, sent.Message.Id, Cancelled);
        Assert.Equal(["first", "second", "third"], history.Items.Select(version => version.Text));
        Assert.Equal("not_allowed", await CodeAsync(() => Reader.GetHistoryAsync(_reader, Room, sent.Message.Id, Cancelled)));
        Assert.Equal("not_allowed", await CodeAsync(() => Messages.EditAsync(_alice, Room, sent.Message.Id, new() { Text = "mine" }, null, Cancelled)));
    }

    [Fact]
    public async Task An_edit_that_changes_nothing_makes_no_entry()
    {
        var sent = await SendAsync(_bob, "same");
        var edited = await Messages.EditAsync(_bob, Room, sent.Message.Id, new() { Text = "other" }, null, Cancelled);
        foreach (var edit in new EditMessageRequest[] { new() { Text = "other" }, new() { Mentions = new Optional<IReadOnlyList<string>>([]) } })
        {
            Assert.Equal(edited.Seq, (await Messages.EditAsync(_bob, Room, sent.Message.Id, edit, null, Cancelled)).Seq);
        }

        Assert.Equal("validation_failed", await CodeAsync(() => Messages.EditAsync(_bob, Room, sent.Message.Id, new(), null, Cancelled)));
        Assert.Equal(edited.Seq, (await _platform.Get<IEntryStore>().ReadTailAsync(LogId.Of(_bob.Tenant, Room), Cancelled)).Seq);
    }

    [Fact]
    public async Task Two_edits_of_different_fields_at_once_both_stay()
    {
        await using var other = new CorePlatform(_platform.Folder);
        var sent = await SendAsync(_bob, "text");
        var custom = JsonSerializer.SerializeToElement(new { there = true });
        await Task.WhenAll(
            Messages.EditAsync(_bob, Room, sent.Message.Id, new() { Text = "changed" }, null, Cancelled),
            other.Get<MessageService>().EditAsync(_bob, Room, sent.Message.Id, new() { Custom = custom }, null, Cancelled));

        var message = await Reader.GetAsync(_bob, Room, sent.Message.Id, Cancelled);
        Assert.Equal(("changed", custom.GetRawText()), (message.Text, message.Custom?.GetRawText()));
        var last = (await Reader.GetHistoryAsync(_bob, Room, sent.Message.Id, Cancelled)).Items[^1];
        Assert.Equal(("changed", custom.GetRawText()), (last.Text, last.Custom?.GetRawText()));
    }

    [Fact]
    public async Task An_edit_sent_again_gets_its_first_answer_also_when_the_message_is_gone()
    {
        var sent = await SendAsync(_bob, "text");
        var first = await Messages.EditAsync(_bob, Room, sent.Message.Id, new() { Text = "edited", ClientMessageId = "e1" }, null, Cancelled);
        await Messages.DeleteAsync(_bob, Room, sent.Message.Id, Cancelled);
        Assert.Equal(first.Seq, (await Messages.EditAsync(_bob, Room, sent.Message.Id, new() { Text = "edited", ClientMessageId = "e1" }, null, Cancelled)).Seq);
    }

    [Fact]
    public async Task An_edit_cannot_empty_a_message_and_leaves_absent_fields_as_they_are()
    {
        var custom = JsonSerializer.SerializeToElement(new { color = "red", big = 9007199254740993 });
        var sent = await Messages.SendAsync(_bob, Room, new("text", Custom: custom), null, Cancelled);
        var edited = await Messages.EditAsync(_bob, Room, sent.Message.Id, new() { Text = "changed" }, null, Cancelled);
        Assert.Equal(custom.GetRawText(), edited.Message.Custom!.Value.GetRawText());
        Assert.Equal("validation_failed", await CodeAsync(() => Messages.EditAsync(_bob, Room, sent.Message.Id, new() { Text = null, Custom = new Optional<JsonElement>(default) }, null, Cancelled)));
    }

    [Fact]
    public async Task A_deleted_message_keeps_its_place_and_nothing_of_its_content_also_not_in_the_log()
    {
        var sent = await SendAsync(_bob, "secret-one");
        await Messages.EditAsync(_bob, Room, sent.Message.Id, new() { Text = "secret-two" }, null, Cancelled);
        await _platform.Get<ReactionService>().AddAsync(_alice, Room, sent.Message.Id, "👍", null, Cancelled);
        var deleted = await Messages.DeleteAsync(_alice, Room, sent.Message.Id, Cancelled);
        var again = await Messages.DeleteAsync(_bob, Room, sent.Message.Id, Cancelled);

        Assert.Null(deleted.Message.Text);
        Assert.NotNull(deleted.Message.DeletedAt);
        Assert.Empty(deleted.Message.Reactions);
        Assert.Equal(deleted.Seq, again.Seq);
        var raw = await _platform.Get<IEntryStore>().ReadAfterAsync(LogId.Of(_alice.Tenant, Room), 0, 1000, Cancelled);
        Assert.DoesNotContain("secret", string.Concat(raw.Select(entry => entry.Data?.GetRawText() + entry.Message)), StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range(1, raw.Count).Select(seq => (long)seq), raw.Select(entry => entry.Seq));
        Assert.Empty((await Reader.GetHistoryAsync(_bob, Room, sent.Message.Id, Cancelled)).Items);
        Assert.Equal("not_allowed", await CodeAsync(() => Messages.EditAsync(_bob, Room, sent.Message.Id, new() { Text = "back" }, null, Cancelled)));
    }

    [Fact]
    public async Task Pages_go_before_after_and_around_any_seq_newest_first()
    {
        var sent = new List<MessageResponse>();
        for (var i = 0; i < 20; i++)
        {
            sent.Add((await SendAsync(_alice, $"m{i}")).Message);
            await _platform.Get<ReactionService>().AddAsync(_bob, Room, sent[^1].Id, "👍", null, Cancelled);
        }

        var newest = await Reader.ListAsync(_bob, Room, new(null, null, null, 5), Cancelled);
        Assert.Equal(["m19", "m18", "m17", "m16", "m15"], newest.Items.Select(message => message.Text));
        var older = await Reader.ListAsync(_bob, Room, new(newest.Next, null, null, 5), Cancelled);
        Assert.Equal(["m14", "m13", "m12", "m11", "m10"], older.Items.Select(message => message.Text));
        var newer = await Reader.ListAsync(_bob, Room, new(null, sent[2].Seq, null, 3), Cancelled);
        Assert.Equal(["m5", "m4", "m3"], newer.Items.Select(message => message.Text));
        Assert.Equal(sent[5].Seq, newer.Next);
        var around = await Reader.ListAsync(_bob, Room, new(null, null, sent[10].Seq, 4), Cancelled);
        Assert.Equal(["m12", "m11", "m10", "m9"], around.Items.Select(message => message.Text));
        var first = await Reader.ListAsync(_bob, Room, new(sent[3].Seq, null, null, 5), Cancelled);
        Assert.Equal((3, (long?)null), (first.Items.Count, first.Next));
        Assert.Equal("validation_failed", await CodeAsync(() => Reader.ListAsync(_bob, Room, new(1, 2, null, null), Cancelled)));
    }

    [Fact]
    public async Task Reactions_count_each_user_once_and_name_the_first()
    {
        var reactions = _platform.Get<ReactionService>();
        var sent = await SendAsync(_alice, "react to this");
        var one = await reactions.AddAsync(_alice, Room, sent.Message.Id, "👍", null, Cancelled);
        var repeated = await reactions.AddAsync(_alice, Room, sent.Message.Id, "👍", null, Cancelled);
        var two = await reactions.AddAsync(_bob, Room, sent.Message.Id, "👍", null, Cancelled);
        var back = await reactions.RemoveAsync(_alice, Room, sent.Message.Id, "👍", null, Cancelled);

        Assert.Equal(one.Seq, repeated.Seq);
        Assert.Equal(2, two.Message.Reactions["👍"].Count);
        Assert.Equal(["bob"], back.Message.Reactions["👍"].UserIds);
        Assert.Equal("validation_failed", await CodeAsync(() => reactions.AddAsync(_alice, Room, sent.Message.Id, "not an emoji", null, Cancelled)));
        Assert.Equal("validation_failed", await CodeAsync(() => reactions.AddAsync(_alice, Room, sent.Message.Id, "a/b", null, Cancelled)));
        Assert.Equal("on_behalf_of_required", await CodeAsync(() => reactions.AddAsync(CorePlatform.Backend(), Room, sent.Message.Id, "👍", null, Cancelled)));
    }

    [Fact]
    public async Task Changes_from_two_replicas_at_once_all_fold()
    {
        await using var other = new CorePlatform(_platform.Folder);
        var sent = await SendAsync(_alice, "start");
        var users = await Task.WhenAll(Enumerable.Range(0, 30).Select(i => _platform.UserAsync($"user{i}")));
        await _platform.Get<MemberService>().AddAsync(_alice, Room, new([.. users.Select(user => user.User!.Value.Value)]), Cancelled);

        var changes = users.Select((user, i) => (i % 2 == 0 ? _platform : other).Get<ReactionService>().AddAsync(user, Room, sent.Message.Id, "🎉", null, Cancelled)).ToList();
        changes.Add(other.Get<MessageService>().EditAsync(_alice, Room, sent.Message.Id, new() { Text = "edited there" }, null, Cancelled));
        changes.Add(_platform.Get<MessageService>().EditAsync(_alice, Room, sent.Message.Id, new() { Custom = JsonSerializer.SerializeToElement(new { here = true }) }, null, Cancelled));
        var last = (await Task.WhenAll(changes)).Max(change => change.Seq);

        var message = await Reader.GetAsync(_bob, Room, sent.Message.Id, Cancelled);
        Assert.Equal(last, message.Rev);
        Assert.Equal(30, message.Reactions["🎉"].Count);
        Assert.Equal(20, message.Reactions["🎉"].UserIds.Count);
        Assert.NotNull(message.EditedAt);
    }

    [Theory]
    [InlineData(null, "text")]
    [InlineData("", "text")]
    public async Task An_empty_message_is_refused(string? text, string field)
    {
        var refused = await Assert.ThrowsAsync<RefusedException>(() => SendAsync(_alice, text));
        Assert.Equal("validation_failed", refused.Refusal.Code);
        Assert.Contains(field, refused.Errors!.Keys);
    }

    [Fact]
    public async Task Everything_that_is_wrong_with_a_message_is_told_at_once()
    {
        var request = new SendMessageRequest(
            new string('x', 10_001),
            ClientMessageId: "$mine",
            Attachments: [new("javascript:alert(1)", Size: -1)],
            Mentions: ["a/b"],
            Custom: JsonSerializer.SerializeToElement(new[] { 1 }));
        var refused = await Assert.ThrowsAsync<RefusedException>(() => Messages.SendAsync(_alice, Room, request, null, Cancelled));
        Assert.Equal(["attachments[0].size", "attachments[0].url", "clientMessageId", "custom", "mentions", "text"], refused.Errors!.Keys.Order(StringComparer.Ordinal));
    }

    private Task<SentMessage> SendAsync(Caller caller, string? text) => Messages.SendAsync(caller, Room, new(text), null, Cancelled);

    private static async Task<string> CodeAsync(Func<Task> call) => (await Assert.ThrowsAsync<RefusedException>(call)).Refusal.Code;
}
