using Caas.Contracts;
using Caas.Core.Conversations;
using Caas.Core.Ids;
using Caas.Core.Members;
using Xunit;
using static Caas.Tests.Conversations.Samples;

namespace Caas.Tests.Members;

/// <summary>What <see cref="IMemberStore"/> promises. Adapters inherit it.</summary>
public abstract class MemberStoreContract
{
    private static readonly ConversationId General = new("general");

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>A store over the test's database; several calls give several instances over the same one.</summary>
    protected abstract IMemberStore CreateStore();

    /// <summary>The conversations of the same database, which write the members.</summary>
    protected abstract IConversationStore CreateConversationStore();

    [Fact]
    public async Task A_member_comes_back_as_it_was_stored()
    {
        var ann = Member("general", "ann@example.com", 7) with { Role = MemberRole.Moderator, JoinedAt = Noon.AddMilliseconds(123), JoinedSeq = 5, ReadSeq = 6 };
        await FoldAsync(ann, Member("general", "bob", 7) with { Removed = true });
        Assert.Equal(ann, await CreateStore().FindAsync(Acme, General, ann.User, Cancelled));
        Assert.True((await CreateStore().FindAsync(Acme, General, new("bob"), Cancelled))!.Removed);
        Assert.Null(await CreateStore().FindAsync(Acme, General, new("Bob"), Cancelled));
        Assert.Null(await CreateStore().FindAsync(Acme, new("other"), ann.User, Cancelled));
        Assert.Null(await CreateStore().FindAsync(Globex, General, ann.User, Cancelled));
    }

    [Fact]
    public async Task The_latest_entry_wins_in_whatever_order_they_are_folded()
    {
        await FoldAsync(Member("general", "ann", 5) with { Role = MemberRole.Owner });
        await FoldAsync(Member("general", "ann", 4) with { Removed = true });
        await FoldAsync(Member("general", "ann", 5) with { Role = MemberRole.Reader });
        Assert.Equal((MemberRole.Owner, false, 5), await StandsAsync());
        await FoldAsync(Member("general", "ann", 6) with { Removed = true });
        await FoldAsync(Member("general", "ann", 9) with { Role = MemberRole.Reader, JoinedSeq = 9, JoinedAt = Noon.AddDays(1) });
        Assert.Equal((MemberRole.Reader, false, 9), await StandsAsync());
        var ann = (await CreateStore().FindAsync(Acme, General, new("ann"), Cancelled))!;
        Assert.Equal((9, Noon.AddDays(1)), (ann.JoinedSeq, ann.JoinedAt));

        async Task<(MemberRole, bool, long)> StandsAsync()
        {
            var member = (await CreateStore().FindAsync(Acme, General, new("ann"), Cancelled))!;
            return (member.Role, member.Removed, member.Rev);
        }
    }

    [Fact]
    public async Task Those_who_are_members_now_are_found_together()
    {
        await FoldAsync(Member("general", "ann", 1), Member("general", "bob", 1) with { Removed = true }, Member("general", "cat", 1), Member("general", "dan", 1));
        await FoldAsync(Member("other", "eve", 1));
        var found = await CreateStore().FindManyAsync(Acme, General, [new("cat"), new("bob"), new("eve"), new("ann"), new("nobody"), new("ann")], Cancelled);
        Assert.Equal(["ann", "cat"], found.Select(member => member.User.Value).Order());
        Assert.Empty(await CreateStore().FindManyAsync(Acme, General, [], Cancelled));
        Assert.Empty(await CreateStore().FindManyAsync(Globex, General, [new("ann")], Cancelled));
    }

    [Fact]
    public async Task One_users_memberships_are_found_together()
    {
        await FoldAsync(Member("general", "ann", 1), Member("general", "bob", 1));
        await FoldAsync(Member("other", "ann", 1));
        await FoldAsync(Member("left", "ann", 1) with { Removed = true });
        await FoldAsync(Member("bobs", "bob", 1));
        ConversationId[] asked = [General, new("other"), new("left"), new("bobs"), new("none"), General];
        Assert.Equal(["general", "other"], (await CreateStore().FindManyAsync(Acme, new UserId("ann"), asked, Cancelled)).Select(member => member.Conversation.Value).Distinct().Order());
        Assert.Empty(await CreateStore().FindManyAsync(Acme, new UserId("ann"), [], Cancelled));
        Assert.Empty(await CreateStore().FindManyAsync(Globex, new UserId("ann"), asked, Cancelled));
    }

    [Fact]
    public async Task Members_are_listed_by_id_in_pages()
    {
        string[] users = ["-", "Zoe", "ann", "ann.", "ann0", "ann:1", "ann@x", "bob", "zoe", "_"];
        await FoldAsync([.. users.Reverse().Select(user => Member("general", user, 1)), Member("general", "gone", 1) with { Removed = true }]);
        await FoldAsync(Member("general2", "ann1", 1), Member("Genera", "ann2", 1));
        var (store, listed) = (CreateStore(), new List<string>());
        for (UserId? after = null; await store.ListAsync(Acme, General, after, 3, Cancelled) is { Count: > 0 } page; after = page[^1].User)
        {
            Assert.InRange(page.Count, 1, 3);
            listed.AddRange(page.Select(member => member.User.Value));
            Assert.InRange(listed.Count, 1, 100);
        }

        Assert.Equal(users.Order(StringComparer.Ordinal), listed);
    }

    [Fact]
    public async Task Members_of_a_role_are_listed_by_how_long_they_stand()
    {
        Member Of(string user, MemberRole role, long joined) => Member("general", user, 50) with { Role = role, JoinedSeq = joined };
        await FoldAsync(Of("zoe", MemberRole.Moderator, 3), Of("ann", MemberRole.Moderator, 11), Of("bob", MemberRole.Moderator, 3), Of("cat", MemberRole.Owner, 1), Of("dan", MemberRole.Moderator, 2) with { Removed = true });
        await FoldAsync(Member("other", "eve", 1) with { Role = MemberRole.Moderator, JoinedSeq = 1 });
        var store = CreateStore();
        Assert.Equal(["bob", "zoe", "ann"], (await store.ListByRoleAsync(Acme, General, MemberRole.Moderator, 10, Cancelled)).Select(member => member.User.Value));
        Assert.Equal(["bob"], (await store.ListByRoleAsync(Acme, General, MemberRole.Moderator, 1, Cancelled)).Select(member => member.User.Value));
        Assert.Equal("cat", Assert.Single(await store.ListByRoleAsync(Acme, General, MemberRole.Owner, 10, Cancelled)).User.Value);
        Assert.Empty(await store.ListByRoleAsync(Acme, General, MemberRole.Reader, 10, Cancelled));
        Assert.Empty(await store.ListByRoleAsync(Globex, General, MemberRole.Owner, 10, Cancelled));
    }

    private async Task FoldAsync(params Member[] members)
    {
        var store = CreateConversationStore();
        foreach (var group in members.GroupBy(member => member.Conversation))
        {
            await store.FoldAsync(Conversation(group.Key.Value), (await store.FindAsync(Acme, group.Key, Cancelled))?.Rev, [.. group], Cancelled);
        }
    }
}
