using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Entries;
using Caas.Core.Messages;
using Xunit;
using static Caas.Tests.Entries.Drafts;

namespace Caas.Tests.Entries;

/// <summary>What <see cref="IEntryStore"/> promises about reading, folding and erasing.</summary>
public abstract class EntryReadContract
{
    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>A store over the test's database; several calls give several instances over the same one, as several replicas have.</summary>
    protected abstract IEntryStore CreateStore();

    [Fact]
    public async Task An_entry_comes_back_as_it_was_appended()
    {
        var log = Log();
        var message = Message(log, "m1", "hello") with
        {
            At = Noon.AddTicks(12_345_678),
            Message = new()
            {
                Text = "hello",
                Attachments = [new("https://example.com/a.png", "image/png", "a.png", 123, Parsed("""{"width":10}""")), new("https://example.com/b")],
                Mentions = ["bob", "cat@example.com"],
                ThreadOf = "some-message",
                Custom = Parsed("""{"nested":{"list":[1,2.50,true,null,"x"]}}"""),
            },
        };
        var change = Change(log, "e1", target: 1, actor: null) with { Data = Parsed("""{"b":1,"a":[{}]}""") };
        var appended = (await CreateStore().AppendAsync([message, change], Cancelled)).Select(outcome => outcome.Entry!).ToList();
        var read = await CreateStore().ReadAfterAsync(log, 0, 10, Cancelled);
        Assert.Equal(Shown(appended), Shown(read));
        Assert.Equal((message.Id, EntryTypes.MessageCreated, "ann", "m1", message.ContentHash), (read[0].Id, read[0].Type, read[0].ActorId, read[0].ClientMessageId, read[0].ContentHash));
        Assert.Equal((TimeSpan.Zero, Noon.AddMilliseconds(1234)), (read[0].At.Offset, read[0].At));
        Assert.Equal((change.Target, null, null), (read[1].Target, read[1].ActorId, read[1].Message));
        Assert.Equal(JsonSerializer.Serialize(message.Message), JsonSerializer.Serialize(read[0].Message));
    }

    [Theory]
    [InlineData("'; DROP TABLE entries; --")]
    [InlineData("\"double\" and $where: {'$gt': ''}")]
    [InlineData("a\0b and a\0c")]
    [InlineData("\0")]
    [InlineData("👩‍👩‍👧‍👦 family, 🇩🇪 flag, e\u0301 and é")]
    [InlineData("\u202Eright to left\u202C שלום عليكم")]
    [InlineData(" \t\r\n trailing \\ % _ ")]
    [InlineData("\uFEFF\u200B\uFFFF")]
    public async Task Hostile_text_is_just_text(string text)
    {
        var store = CreateStore();
        var log = Log();
        var draft = Message(log, text, text) with
        {
            Message = new() { Text = text, Mentions = [text], Custom = Parsed(JsonSerializer.Serialize(new Dictionary<string, string> { ["key " + text] = text })), Attachments = [new("https://x", Name: text)] },
        };
        var outcomes = await store.AppendAsync([draft, Message(log, text + "!"), Message(log, text[..^1] + "?")], Cancelled);
        Assert.All(outcomes, outcome => Assert.Equal(AppendStatus.Appended, outcome.Status));
        var again = Assert.Single(await CreateStore().AppendAsync([draft], Cancelled));
        Assert.Equal(AppendStatus.Duplicate, again.Status);
        var state = (await store.FindAsync(log, draft.Id, Cancelled))!.Message!;
        Assert.Equal((text, text, text), (state.Text, state.Mentions[0], state.Attachments[0].Name));
        Assert.Equal(text, state.Custom!.Value.GetProperty("key " + text).GetString());
    }

    [Fact]
    public async Task Very_long_text_and_data_fit()
    {
        var store = CreateStore();
        var log = Log();
        var (text, filler) = (string.Concat(Enumerable.Repeat("🙂", 100_000)), new string('x', 500_000));
        await store.AppendAsync([Message(log, "m1", "t") with { Message = new() { Text = text } }, Change(log, "e1", 1) with { Data = Parsed($$"""{"x":"{{filler}}"}""") }], Cancelled);
        var read = await store.ReadAfterAsync(log, 0, 10, Cancelled);
        Assert.Equal(text, read[0].Message!.Text);
        Assert.Equal(filler, read[1].Data!.Value.GetProperty("x").GetString());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"int":9007199254740993,"long":-9223372036854775808,"float":0.1,"exponent":1.5e300,"zero":0,"no":false,"nil":null}""")]
    [InlineData("""{"":"empty key","$set":{"a.b":1},"$ref":"x","_id":"y","type":"z","__proto__":{}}""")]
    [InlineData("""{"deep":{"deep":{"deep":{"deep":{"deep":{"deep":{"deep":{"deep":[[[[[]]]]]}}}}}}}}""")]
    [InlineData("""{"date":"2026-03-01T12:00:00Z","oid":{"$oid":"507f1f77bcf86cd799439011"},"number":{"$numberLong":"1"}}""")]
    public async Task Custom_json_comes_back_with_the_same_values(string custom)
    {
        var store = CreateStore();
        var log = Log();
        await store.AppendAsync([Message(log, "m1") with { Message = new() { Custom = Parsed(custom) } }, Change(log, "e1", 1) with { Data = Parsed(custom) }], Cancelled);
        var read = await CreateStore().ReadAfterAsync(log, 0, 10, Cancelled);
        Assert.True(JsonElement.DeepEquals(Parsed(custom), read[0].Message!.Custom!.Value), $"{read[0].Message!.Custom}");
        Assert.True(JsonElement.DeepEquals(Parsed(custom), read[1].Data!.Value), $"{read[1].Data}");
    }

    [Fact]
    public async Task An_empty_log_is_empty()
    {
        var store = CreateStore();
        var log = Log("nothing");
        Assert.Equal(default, await store.ReadTailAsync(log, Cancelled));
        Assert.Empty(await store.ReadAfterAsync(log, 0, 10, Cancelled));
        Assert.Empty(await store.ReadManyAsync(log, [1, 2], Cancelled));
        Assert.Empty(await store.ReadManyAsync(log, [], Cancelled));
        Assert.Null(await store.FindAsync(log, "m1", Cancelled));
        Assert.Empty(await store.ReadMessagesAsync(log, Direction.Older, long.MaxValue, 10, Cancelled));
        Assert.Empty(await store.ReadChangesAsync(log, EntryTarget.Log, 0, 10, Cancelled));
        Assert.False(await store.FoldAsync(log, 1, 1, new(), 2, Cancelled));
        await store.EraseChangesAsync(log, 1, Cancelled);
    }

    [Fact]
    public async Task Entries_are_read_after_a_seq_in_dense_pages()
    {
        var (store, log) = (CreateStore(), Log());
        await FillAsync(store, log);
        Assert.Equal([1, 2, 3, 4], Seqs(await store.ReadAfterAsync(log, 0, 4, Cancelled)));
        Assert.Equal([5, 6, 7, 8], Seqs(await store.ReadAfterAsync(log, 4, 4, Cancelled)));
        Assert.Equal([9, 10], Seqs(await store.ReadAfterAsync(log, 8, 4, Cancelled)));
        Assert.Empty(await store.ReadAfterAsync(log, 10, 4, Cancelled));
        Assert.Equal([2, 9], Seqs(await store.ReadManyAsync(log, [9, 2, 11, 9], Cancelled)).Order());
    }

    [Fact]
    public async Task Messages_are_paged_in_both_directions()
    {
        var (store, log) = (CreateStore(), Log());
        await FillAsync(store, log);
        Assert.Equal([10, 8, 6], Seqs(await store.ReadMessagesAsync(log, Direction.Older, long.MaxValue, 3, Cancelled)));
        Assert.Equal([4, 2], Seqs(await store.ReadMessagesAsync(log, Direction.Older, 6, 3, Cancelled)));
        Assert.Empty(await store.ReadMessagesAsync(log, Direction.Older, 2, 3, Cancelled));
        Assert.Equal([2, 4, 6], Seqs(await store.ReadMessagesAsync(log, Direction.Newer, 0, 3, Cancelled)));
        Assert.Equal([8, 10], Seqs(await store.ReadMessagesAsync(log, Direction.Newer, 7, 3, Cancelled)));
        Assert.Empty(await store.ReadMessagesAsync(log, Direction.Newer, 10, 3, Cancelled));
    }

    [Fact]
    public async Task Changes_are_read_by_what_they_target()
    {
        var (store, log) = (CreateStore(), Log());
        await FillAsync(store, log);
        Assert.Equal([3, 5, 7, 9], Seqs(await store.ReadChangesAsync(log, 2, 0, 10, Cancelled)));
        Assert.Equal([5, 7], Seqs(await store.ReadChangesAsync(log, 2, 3, 2, Cancelled)));
        Assert.Equal([1], Seqs(await store.ReadChangesAsync(log, EntryTarget.Log, 0, 10, Cancelled)));
        Assert.Empty(await store.ReadChangesAsync(log, 4, 0, 10, Cancelled));
    }

    [Fact]
    public async Task An_entry_is_found_by_its_id_in_its_own_log_only()
    {
        var (store, log) = (CreateStore(), Log());
        var entry = (await store.AppendAsync([Message(log, "m1")], Cancelled))[0].Entry!;
        Assert.Equal(Shown(entry), Shown(await CreateStore().FindAsync(log, entry.Id, Cancelled)));
        Assert.Null(await store.FindAsync(Log("other"), entry.Id, Cancelled));
        Assert.Null(await store.FindAsync(Log(tenant: Globex), entry.Id, Cancelled));
        Assert.Null(await store.FindAsync(log, entry.Id + "0", Cancelled));
    }

    [Fact]
    public async Task A_fold_replaces_the_state_only_at_the_expected_rev()
    {
        var (store, log) = (CreateStore(), Log());
        await FillAsync(store, log);
        var message = (await store.ReadManyAsync(log, [2], Cancelled))[0];
        Assert.True(await store.FoldAsync(log, 2, 2, Edited(message.Message!, "second"), 3, Cancelled));
        Assert.False(await store.FoldAsync(log, 2, 2, Edited(message.Message!, "late"), 5, Cancelled));
        Assert.False(await store.FoldAsync(log, 3, 0, new() { Text = "no message" }, 4, Cancelled));
        Assert.False(await store.FoldAsync(log, 99, 99, new(), 100, Cancelled));
        Assert.False(await store.FoldAsync(Log(tenant: Globex), 2, 3, new(), 5, Cancelled));
        var read = (await CreateStore().ReadManyAsync(log, [2], Cancelled))[0];
        Assert.Equal(Shown(message with { Message = Edited(message.Message!, "second"), Rev = 3 }), Shown(read));
    }

    [Fact]
    public async Task Of_folds_at_once_none_is_lost()
    {
        var log = Log();
        var stores = new[] { CreateStore(), CreateStore() };
        await stores[0].AppendAsync([Message(log, "m1")], Cancelled);
        var folds = await Task.WhenAll(Enumerable.Range(0, 4).Select(n => Task.Run(async () =>
        {
            var store = stores[n % 2];
            var done = 0;
            for (var tries = 0; done < 25 && tries < 10_000; tries++)
            {
                var message = (await store.ReadManyAsync(log, [1], Cancelled))[0];
                var state = message.Message! with { ReplyCount = message.Message.ReplyCount + 1 };
                done += await store.FoldAsync(log, 1, message.Rev, state, message.Rev + 1, Cancelled) ? 1 : 0;
            }

            return done;
        }, Cancelled))).WaitAsync(TimeSpan.FromMinutes(2), Cancelled);
        var folded = (await stores[1].ReadManyAsync(log, [1], Cancelled))[0];
        Assert.Equal((100, 100, 101), (folds.Sum(), folded.Message!.ReplyCount, folded.Rev));
    }

    [Fact]
    public async Task A_deleted_message_keeps_its_place()
    {
        var (store, log) = (CreateStore(), Log());
        await FillAsync(store, log);
        var tombstone = new MessageState { DeletedAt = Noon.AddMinutes(5) };
        Assert.True(await store.FoldAsync(log, 2, 2, tombstone, 9, Cancelled));
        await store.EraseChangesAsync(log, 2, Cancelled);
        await CreateStore().EraseChangesAsync(log, 2, Cancelled);

        var all = await CreateStore().ReadAfterAsync(log, 0, 100, Cancelled);
        Assert.Equal(Enumerable.Range(1, 10).Select(seq => (long)seq), Seqs(all));
        Assert.Equal((null, Noon.AddMinutes(5), 9), (all[1].Message!.Text, all[1].Message!.DeletedAt, all[1].Rev));
        Assert.All(all.Where(entry => entry.Target == 2), entry => Assert.Equal((null, EntryTypes.MessageEdited, Noon), ((object?)entry.Data, entry.Type, entry.At)));
        Assert.NotNull(all[0].Data);
        Assert.Contains(2, Seqs(await store.ReadMessagesAsync(log, Direction.Newer, 0, 10, Cancelled)));
    }

    [Fact]
    public async Task Tenants_with_the_same_ids_never_meet()
    {
        var store = CreateStore();
        var (acme, globex) = (Log(), Log(tenant: Globex));
        var draft = Message(acme, "m1", "of acme");
        await store.AppendAsync([draft, draft with { Log = globex, Message = new() { Text = "of globex" } }, Message(globex, "m2"), Change(globex, "e1", target: 1)], Cancelled);
        Assert.Equal((1, 3), ((await store.ReadTailAsync(acme, Cancelled)).Seq, (await store.ReadTailAsync(globex, Cancelled)).Seq));
        Assert.True(await store.FoldAsync(globex, 1, 1, new() { Text = "folded", DeletedAt = Noon }, 3, Cancelled));
        await store.EraseChangesAsync(acme, 1, Cancelled);
        Assert.Equal("of acme", (await store.FindAsync(acme, draft.Id, Cancelled))!.Message!.Text);
        Assert.Equal("folded", (await store.FindAsync(globex, draft.Id, Cancelled))!.Message!.Text);
        Assert.NotNull((await store.ReadAfterAsync(globex, 2, 1, Cancelled))[0].Data);
        Assert.Equal([1], Seqs(await store.ReadAfterAsync(acme, 0, 10, Cancelled)));
        Assert.Equal([1], Seqs(await store.ReadMessagesAsync(acme, Direction.Older, 100, 10, Cancelled)));
        Assert.Empty(await store.ReadChangesAsync(acme, 1, 0, 10, Cancelled));
    }

    [Fact]
    public async Task Logs_whose_names_are_alike_never_meet()
    {
        var store = CreateStore();
        LogId[] logs = [Log("c"), Log("C"), Log("c1"), Log("c."), LogId.OfTenant(Acme), LogId.OfUser(Acme, new("c")), LogId.OfUser(Acme, new("c1")), Log("tenant"), Log("ac"), Log("c", new("acme-c"))];
        await store.AppendAsync([.. logs.Select((log, n) => Message(log, "m1", $"{n}"))], Cancelled);
        foreach (var (log, n) in logs.Select((log, n) => (log, n)))
        {
            var entry = Assert.Single(await store.ReadAfterAsync(log, 0, 10, Cancelled));
            Assert.Equal((log, 1, $"{n}"), (entry.Log, entry.Seq, entry.Message!.Text));
        }
    }

    // Seq 1 concerns the log; even seqs are messages; odd ones from 3 on change the message at 2.
    private static async Task FillAsync(IEntryStore store, LogId log) =>
        await store.AppendAsync([.. Enumerable.Range(1, 10).Select(n => n == 1 ? Change(log, "1") : n % 2 == 0 ? Message(log, $"{n}") : Change(log, $"{n}", target: 2))], Cancelled);

    private static IEnumerable<long> Seqs(IEnumerable<Entry> entries) => entries.Select(entry => entry.Seq);
}
