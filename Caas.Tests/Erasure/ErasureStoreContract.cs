using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Blocks;
using Caas.Core.Entries;
using Caas.Core.Erasure;
using Caas.Core.Events;
using Caas.Core.Flags;
using Caas.Core.Ids;
using Caas.Core.Reactions;
using Caas.Core.Users;
using Caas.Tests.Entries;
using Xunit;

namespace Caas.Tests.Erasure;

/// <summary>What <see cref="IErasureStore"/> promises. Adapters inherit it.</summary>
public abstract class ErasureStoreContract
{
    private static readonly TenantId Acme = Drafts.Acme;
    private static readonly UserErasure Ann = new(Acme, new("ann"), "erased-1", DateTimeOffset.UnixEpoch.AddSeconds(5));

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    protected abstract IErasureStore CreateStore();

    /// <summary>Over the same database.</summary>
    protected abstract T Create<T>()
        where T : class;

    [Fact]
    public async Task An_erasure_is_listed_from_its_request_to_its_end_and_a_later_save_of_the_user_does_not_begin_it_anew()
    {
        var (store, users) = (CreateStore(), Create<IUserStore>());
        await users.SaveAsync([User("ann", 1), User("bob", 1)], Cancelled);
        Assert.Empty(await store.ListAsync(Ann.RequestedAt.AddSeconds(1), null, 10, Cancelled));
        var erased = User("ann", 2) with { Erased = new(Ann.Pseudonym, Ann.RequestedAt) };
        await users.SaveAsync([erased], Cancelled);
        Assert.Equal([Ann], await store.ListAsync(Ann.RequestedAt.AddSeconds(1), null, 10, Cancelled));
        Assert.Equal(erased.Erased, (await users.FindAnyAsync(Acme, new("ann"), Cancelled))!.Erased);
        Assert.Null(await users.FindAsync(Acme, new("ann"), Cancelled));
        Assert.Equal(["bob"], (await users.FindManyAsync(Acme, [new("ann"), new("bob")], Cancelled)).Select(user => user.Id.Value));
        Assert.Equal(["bob"], (await users.ListAsync(Acme, null, null, 10, Cancelled)).Select(user => user.Id.Value));
        Assert.Empty(await users.ListAsync(Acme, "an", null, 10, Cancelled));

        var passed = Ann with { PassedAt = Ann.RequestedAt.AddSeconds(1) };
        await store.SaveAsync(passed, Cancelled);
        await users.SaveAsync([erased with { Rev = 3 }], Cancelled);
        Assert.Equal([passed], await store.ListAsync(Ann.RequestedAt.AddSeconds(1), null, 10, Cancelled));
        await store.SaveAsync(passed with { CompletedAt = Ann.RequestedAt.AddSeconds(2) }, Cancelled);
        Assert.Empty(await store.ListAsync(Ann.RequestedAt.AddSeconds(1), null, 10, Cancelled));
        Assert.Equal(Ann.RequestedAt.AddSeconds(2), (await users.FindAnyAsync(Acme, new("ann"), Cancelled))!.Erased!.CompletedAt);
        await store.CompactAsync(Cancelled);
    }

    [Fact]
    public async Task Those_whose_turn_it_is_are_listed_page_by_page_the_oldest_first()
    {
        var (store, users) = (CreateStore(), Create<IUserStore>());
        await users.SaveAsync([.. new[] { "ann", "bob", "carol", "dave" }.Select((id, n) => User(id, 1) with { Erased = new($"erased-{id}", Ann.RequestedAt.AddSeconds(n / 2)) })], Cancelled);
        var all = await store.ListAsync(Ann.RequestedAt, null, 10, Cancelled);
        Assert.Equal(["ann", "bob", "carol", "dave"], all.Select(erasure => erasure.User.Value));
        Assert.Equal(["bob", "carol"], (await store.ListAsync(Ann.RequestedAt, all[0], 2, Cancelled)).Select(erasure => erasure.User.Value));
        Assert.Equal(["dave"], (await store.ListAsync(Ann.RequestedAt, all[2], 2, Cancelled)).Select(erasure => erasure.User.Value));
        Assert.Empty(await store.ListAsync(Ann.RequestedAt, all[3], 2, Cancelled));

        var passed = all[1] with { PassedAt = Ann.RequestedAt.AddSeconds(9) };
        await store.SaveAsync(passed, Cancelled);
        Assert.Equal(["ann", "carol"], (await store.ListAsync(passed.PassedAt.Value.AddMilliseconds(-1), null, 2, Cancelled)).Select(erasure => erasure.User.Value));
        Assert.Equal([all[0], passed], await store.ListAsync(passed.PassedAt.Value, null, 2, Cancelled));
    }

    [Fact]
    public async Task Flags_by_a_user_and_of_what_it_sent_are_found_under_both_names()
    {
        var (store, flags, entries) = (CreateStore(), Create<IFlagStore>(), Create<IEntryStore>());
        Assert.Empty(await store.FindFlaggedAsync(Ann, Cancelled));
        await entries.AppendAsync([Drafts.Change(FlagFolder.LogOf(Acme, new("one")), "1", actor: "ann"), Drafts.Change(FlagFolder.LogOf(Acme, new("two")), "2", actor: Ann.Pseudonym), Drafts.Change(FlagFolder.LogOf(Acme, new("three")), "3", actor: "bob")], Cancelled);
        await entries.AppendAsync([Drafts.Change(FlagFolder.LogOf(Drafts.Globex, new("other")), "1", actor: "ann")], Cancelled);
        foreach (var (conversation, sender) in new[] { ("three", "bob"), ("four", "ann"), ("two", "ann"), ("five", Ann.Pseudonym) })
        {
            Assert.True(await flags.SaveAsync(Acme, new($"in {conversation}", new(conversation), 1, sender, FlagStatus.Open, DateTimeOffset.UnixEpoch, new(1, DateTimeOffset.UnixEpoch, [], null), 1), null, Cancelled));
        }

        Assert.Equal(["five", "four", "one", "two"], (await store.FindFlaggedAsync(Ann, Cancelled)).Select(id => id.Value));
    }

    [Fact]
    public async Task Entries_are_written_over_and_what_is_gone_stays_gone()
    {
        var (store, entries, log) = (CreateStore(), Create<IEntryStore>(), Drafts.Log());
        await entries.AppendAsync([Drafts.Message(log, "words"), Drafts.Change(log, "one", 1) with { Data = JsonElement.Parse("""{"a":1}""") }, Drafts.Change(log, "two", 1) with { Data = JsonElement.Parse("""{"b":1}""") }], Cancelled);
        await entries.EraseChangesAsync(log, 1, Cancelled);
        await entries.AppendAsync([Drafts.Change(log, "three") with { Data = JsonElement.Parse("""{"c":1}""") }], Cancelled);
        await store.RewriteAsync(log, [new(1, null, "erased-1", "$erased:1"), new(2, JsonElement.Parse("""{"a":2}"""), null, null), new(4, JsonElement.Parse("""{"c":2}"""), null, "$erased:4")], Cancelled);
        await store.RewriteAsync(log, [], Cancelled);
        var now = (await entries.ReadAfterAsync(log, 0, 10, Cancelled)).ToDictionary(entry => entry.Seq);
        Assert.Equal(("erased-1", "$erased:1", ""), (now[1].ActorId, now[1].ClientMessageId, now[1].ContentHash));
        Assert.Equal("words", now[1].Message!.Text);
        Assert.Null(now[2].Data);
        Assert.Equal("ann", now[4].ActorId);
        Assert.Equal(("{\"c\":2}", "$erased:4"), (now[4].Data!.Value.GetRawText(), now[4].ClientMessageId));

        await store.ClearAsync(log, now[4].Type, Cancelled);
        Assert.NotNull((await entries.ReadManyAsync(log, [4], Cancelled))[0].Data);
        await store.ClearAsync(log, "another", Cancelled);
        Assert.Null((await entries.ReadManyAsync(log, [4], Cancelled))[0].Data);
    }

    [Fact]
    public async Task Others_rows_tell_the_pseudonym_and_those_that_the_user_is_found_by_come_last()
    {
        var (store, reactions, blocks, entries, log) = (CreateStore(), Create<IReactionStore>(), Create<IBlockStore>(), Create<IEntryStore>(), Drafts.Log());
        await reactions.ApplyAsync(log, [new(1, "👍", Ann.User, 2, false), new(1, "poll/1", Ann.User, 3, false), new(1, "👍", new("bob"), 4, false)], Cancelled);
        await reactions.ApplyAsync(Drafts.Log(tenant: Drafts.Globex), [new(1, "👍", Ann.User, 2, false)], Cancelled);
        await blocks.ApplyAsync(Acme, new(Ann.User, new("bob"), 1, DateTimeOffset.UnixEpoch, false), Cancelled);
        await blocks.ApplyAsync(Acme, new(new("carol"), Ann.User, 1, DateTimeOffset.UnixEpoch, false), Cancelled);
        await entries.AppendAsync([Drafts.Change(LogId.OfUser(Acme, new("dave")), "1", actor: "ann"), Drafts.Change(LogId.OfUser(Acme, Ann.User), "2", actor: "ann"), Drafts.Change(LogId.OfUser(Acme, new("bob")), "3", actor: "bob")], Cancelled);
        Assert.Equal(["carol", "dave"], (await store.FindNamingAsync(Ann, Cancelled)).Select(user => user.Value));

        await store.ReplaceAsync(Ann, last: false, Cancelled);
        Assert.Equal(["erased-1", "bob"], (await reactions.SummarizeAsync(log, 1, 10, Cancelled))["👍"].UserIds);
        Assert.NotNull(await reactions.FindAsync(log, 1, "poll/1", new("erased-1"), Cancelled));
        Assert.Equal(["ann"], (await reactions.SummarizeAsync(Drafts.Log(tenant: Drafts.Globex), 1, 10, Cancelled))["👍"].UserIds);
        Assert.Empty((await blocks.ReadAsync(Acme, Ann.User, Cancelled)).Blocked);
        Assert.Equal(["carol", "dave"], (await store.FindNamingAsync(Ann, Cancelled)).Select(user => user.Value));

        // What came back in between goes with the next pass.
        await reactions.ApplyAsync(log, [new(1, "👍", Ann.User, 2, false)], Cancelled);
        await store.ReplaceAsync(Ann, last: false, Cancelled);
        await store.ReplaceAsync(Ann, last: true, Cancelled);
        Assert.Equal(["erased-1", "bob"], (await reactions.SummarizeAsync(log, 1, 10, Cancelled))["👍"].UserIds);
        Assert.Equal(["erased-1"], (await blocks.ListAsync(Acme, new("carol"), null, 10, Cancelled)).Select(block => block.Other.Value));
        Assert.Equal(["carol", "dave"], (await store.FindNamingAsync(Ann, Cancelled)).Select(user => user.Value));
    }

    [Fact]
    public async Task Pushes_and_mails_that_nobody_took_go_by_whom_they_were_for_and_what_stands_in_a_conversation_of_that_name_stays()
    {
        var (store, letters) = (CreateStore(), Create<IDeadLetterStore>());
        DeadLetter[] all =
        [
            new("push", Topics.Notifications, "acme/ann", "acme/ann/phone/room/1", "{}", "410", DateTimeOffset.UnixEpoch),
            new("push", Topics.Notifications, "acme/bob", "acme/bob/phone/ann/1", "{}", "410", DateTimeOffset.UnixEpoch),
            new("push", Topics.Messages, "acme/ann", "acme/ann/1", "{}", "in the conversation ann", DateTimeOffset.UnixEpoch),
            new("push", Topics.Notifications, "globex/ann", "globex/ann/phone/room/1", "{}", "410", DateTimeOffset.UnixEpoch),
        ];
        foreach (var letter in all)
        {
            await letters.AddAsync(letter, Cancelled);
        }

        await store.ReplaceAsync(Ann, last: false, Cancelled);
        await store.ReplaceAsync(Ann, last: true, Cancelled);
        Assert.Equal(all.Skip(1).Select(letter => letter.RecordId).Order(StringComparer.Ordinal), (await letters.ListAsync("push", 10, Cancelled)).Select(letter => letter.RecordId).Order(StringComparer.Ordinal));
    }

    private static User User(string id, long rev) => new() { Tenant = Acme, Id = new(id), Name = id, Role = UserRoles.User, CreatedAt = DateTimeOffset.UnixEpoch, UpdatedAt = DateTimeOffset.UnixEpoch, Rev = rev };
}
