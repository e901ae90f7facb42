using Caas.Contracts;
using Caas.Core.Ids;
using Caas.Core.Notifications;
using Xunit;

namespace Caas.Tests.Notifications;

/// <summary>What <see cref="INotificationStore"/> promises. Adapters inherit it.</summary>
public abstract class NotificationStoreContract
{
    private static readonly TenantId Acme = new("acme");
    private static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123);

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>A store over the test's database; several calls give several instances over the same one.</summary>
    protected abstract INotificationStore CreateStore();

    [Fact]
    public async Task A_row_comes_back_as_it_was_saved_and_only_a_newer_entry_replaces_it()
    {
        var (one, other) = (CreateStore(), CreateStore());
        var row = Row("ann", "room", 7) with { Actor = null, Count = 3, UpdatedAt = At.AddMinutes(1), ReadAt = At.AddMinutes(2), Priority = NotificationPriority.Urgent };
        await one.SaveAsync([row, Row("bob", "room", 7)], Cancelled);
        await other.SaveAsync([row with { Count = 9, ReadAt = null }, row with { Seq = 6, Count = 9 }], Cancelled);
        Assert.Equal([row], await other.FindManyAsync(Acme, [new("ann"), new("cid")], row.Id, Cancelled));
        await other.SaveAsync([row with { Seq = 8, Count = 1, ReadAt = null, Kind = NotificationKind.Message }], Cancelled);
        Assert.Equal([row with { Seq = 8, Count = 1, ReadAt = null }], await one.FindManyAsync(Acme, [new("ann")], row.Id, Cancelled));
        Assert.Empty(await one.FindManyAsync(new("globex"), [new("ann")], row.Id, Cancelled));
        Assert.Empty(await one.FindManyAsync(Acme, [new("ann")], "mentions:room", Cancelled));
        Assert.Empty(await one.FindManyAsync(Acme, [], row.Id, Cancelled));
    }

    [Fact]
    public async Task A_list_goes_by_time_the_newest_first_in_pages_of_all_or_of_what_is_unread()
    {
        var store = CreateStore();
        await store.SaveAsync([.. Enumerable.Range(1, 6).Select(n => Row("ann", $"room-{n}", n) with { UpdatedAt = At.AddMinutes(n / 2), ReadAt = n % 2 == 0 ? At : null }), Row("bob", "room-1", 1)], Cancelled);
        var seen = new List<string>();
        NotificationPlace? after = null;
        for (IReadOnlyList<NotificationRow>? page = null; page is not { Count: 0 };)
        {
            page = await store.ListAsync(Acme, new("ann"), NotificationRows.Inbox, after, 2, Cancelled);
            seen.AddRange(page.Select(row => row.Conversation.Value));
            after = page.Count > 0 ? new(page[^1].UpdatedAt, page[^1].Id) : after;
        }

        Assert.Equal(["room-6", "room-5", "room-4", "room-3", "room-2", "room-1"], seen);
        Assert.Equal(["room-5", "room-3", "room-1"], (await store.ListAsync(Acme, new("ann"), NotificationRows.Unread, null, 10, Cancelled)).Select(row => row.Conversation.Value));
        Assert.Equal(["room-3"], (await store.ListAsync(Acme, new("ann"), NotificationRows.Unread, new(At.AddMinutes(2), "messages:room-5"), 1, Cancelled)).Select(row => row.Conversation.Value));
        Assert.Equal((3, 1, 0), (await store.CountUnreadAsync(Acme, new("ann"), Cancelled), await store.CountUnreadAsync(Acme, new("bob"), Cancelled), await store.CountUnreadAsync(new("globex"), new("ann"), Cancelled)));
    }

    [Fact]
    public async Task What_is_marked_as_read_keeps_its_first_time_and_others_stay_unread()
    {
        var store = CreateStore();
        await store.SaveAsync([Row("ann", "a", 1), Row("ann", "b", 2), Row("ann", "c", 3), Row("bob", "a", 1)], Cancelled);
        await store.ReadAsync(Acme, new("ann"), ["messages:a", "messages:nothing"], upTo: null, At.AddHours(1), Cancelled);
        Assert.Equal((2, 1), (await store.CountUnreadAsync(Acme, new("ann"), Cancelled), await store.CountUnreadAsync(Acme, new("bob"), Cancelled)));
        await store.ReadAsync(Acme, new("ann"), ["messages:b", "messages:c"], upTo: 1, At.AddHours(1), Cancelled);
        Assert.Equal(2, await store.CountUnreadAsync(Acme, new("ann"), Cancelled));
        await store.ReadAsync(Acme, new("ann"), null, upTo: null, At.AddHours(2), Cancelled);
        Assert.Equal([At.AddHours(2), At.AddHours(2), At.AddHours(1)], (await store.ListAsync(Acme, new("ann"), NotificationRows.Inbox, null, 10, Cancelled)).OrderByDescending(row => row.Seq).Select(row => row.ReadAt!.Value));
        Assert.Equal(1, await store.CountUnreadAsync(Acme, new("bob"), Cancelled));
    }

    [Fact]
    public async Task Reading_a_conversation_reads_its_messages_and_mentions_as_far_as_it_was_read()
    {
        var store = CreateStore();
        await store.SaveAsync([Row("ann", "a", 5), Row("ann", "a", 4) with { Kind = NotificationKind.Mention }, Row("ann", "a", 3) with { Kind = NotificationKind.MissedCall }, Row("ann", "b", 9), Row("bob", "a", 5)], Cancelled);
        ReadMark[] marks = [new(Acme, new("ann"), new("a"), 4), new(Acme, new("ann"), new("b"), 9), new(Acme, new("bob"), new("a"), 4), new(Acme, new("cy"), new("a"), 4)];
        Assert.Equal([(Acme, new UserId("ann"))], await store.ReadUpToAsync(marks, At, Cancelled));
        Assert.Empty(await store.ReadUpToAsync(marks, At, Cancelled));
        Assert.Empty(await store.ReadUpToAsync([], At, Cancelled));
        Assert.Equal(["calls:a", "messages:a"], (await store.ListAsync(Acme, new("ann"), NotificationRows.Unread, null, 10, Cancelled)).Select(row => row.Id).Order(StringComparer.Ordinal));
        Assert.Equal(1, await store.CountUnreadAsync(Acme, new("bob"), Cancelled));
    }

    [Fact]
    public async Task What_is_to_be_mailed_is_told_apart_from_what_the_inbox_shows_and_once()
    {
        var store = CreateStore();
        var (hidden, shown) = (Row("ann", "a", 1) with { InApp = false, ToMail = true }, Row("ann", "b", 2) with { ToMail = true, UpdatedAt = At.AddMinutes(1) });
        await store.SaveAsync([hidden, shown, Row("ann", "c", 3), Row("ann", "d", 4) with { ToMail = true, ReadAt = At }, Row("bob", "a", 1) with { ToMail = true }], Cancelled);
        Assert.Equal([shown, hidden], await store.ListAsync(Acme, new("ann"), NotificationRows.ToMail, null, 10, Cancelled));
        Assert.Equal(["messages:b", "messages:d", "messages:c"], (await store.ListAsync(Acme, new("ann"), NotificationRows.Inbox, null, 10, Cancelled)).Select(row => row.Id));
        Assert.Equal(["messages:b", "messages:c"], (await store.ListAsync(Acme, new("ann"), NotificationRows.Unread, null, 10, Cancelled)).Select(row => row.Id));
        Assert.Equal((4, 2), ((await store.ListAsync(Acme, new("ann"), NotificationRows.Kept, null, 10, Cancelled)).Count, (int)await store.CountUnreadAsync(Acme, new("ann"), Cancelled)));

        // One that moved on meanwhile is mailed with the next.
        await store.SaveAsync([shown with { Seq = 5 }], Cancelled);
        await store.MailedAsync([hidden, shown], Cancelled);
        await store.MailedAsync([], Cancelled);
        Assert.Equal([shown with { Seq = 5 }], await store.ListAsync(Acme, new("ann"), NotificationRows.ToMail, null, 10, Cancelled));
        Assert.Single(await store.ListAsync(Acme, new("bob"), NotificationRows.ToMail, null, 10, Cancelled));
        Assert.Equal([hidden with { ToMail = false }], await store.FindManyAsync(Acme, [new("ann")], hidden.Id, Cancelled));
        await store.ReadAsync(Acme, new("ann"), ["messages:a"], upTo: null, At, Cancelled);
        Assert.Equal(At, Assert.Single(await store.FindManyAsync(Acme, [new("ann")], hidden.Id, Cancelled)).ReadAt);
    }

    [Fact]
    public async Task What_stands_for_an_entry_is_found_in_pages_and_replaced_only_while_it_is_as_it_was_read()
    {
        var (one, other) = (CreateStore(), CreateStore());
        var grown = Row("bob", "a", 9) with { Count = 3, Earlier = new([5, 7]), ReadAt = At };
        await one.SaveAsync([Row("ann", "a", 5), grown, Row("cy", "a", 6), Row("dan", "a", 5) with { Kind = NotificationKind.Mention }, Row("ann", "b", 5), Row("eve", "a", 4), Row("ann", "a", 5) with { Tenant = new("globex") }], Cancelled);
        var seen = new List<NotificationRow>();
        for (IReadOnlyList<NotificationRow>? page = null; page is not { Count: 0 }; seen.AddRange(page))
        {
            page = await other.ListAroundAsync(Acme, new("a"), NotificationStretch.At(5), page is [.., var last] ? last : null, 2, Cancelled);
        }

        Assert.Equal([Row("ann", "a", 5), grown, Row("dan", "a", 5) with { Kind = NotificationKind.Mention }], seen.OrderBy(row => row.User.Value, StringComparer.Ordinal));
        Assert.Equal(["ann", "bob", "cy", "dan", "eve"], (await one.ListAroundAsync(Acme, new("a"), NotificationStretch.All, null, 10, Cancelled)).Select(row => row.User.Value).Order(StringComparer.Ordinal));
        Assert.Equal(["bob"], (await one.ListAroundAsync(Acme, new("a"), NotificationStretch.At(8), null, 10, Cancelled)).Select(row => row.User.Value));
        Assert.Equal(["dan"], (await one.ListAroundAsync(Acme, new("a"), new(5, 8, Mentions: true), null, 10, Cancelled)).Select(row => row.User.Value));
        Assert.Empty(await one.ListAroundAsync(Acme, new("a"), new(6, 8, Mentions: true), null, 10, Cancelled));
        Assert.Empty(await one.ListAroundAsync(Acme, new("a"), new(1, 4, Mentions: true), null, 10, Cancelled));

        var less = grown with { Seq = 7, Earlier = new([5]), Count = 2, Actor = null, UpdatedAt = At.AddMinutes(-1) };
        await other.ReplaceAsync([(grown, less), (Row("ann", "a", 5), null), (Row("cy", "a", 6) with { Count = 2 }, null), (Row("eve", "a", 4) with { Earlier = new([1]) }, null)], Cancelled);
        await other.ReplaceAsync([(grown, null)], Cancelled);
        await other.ReplaceAsync([], Cancelled);
        Assert.Equal(["bob", "cy", "dan", "eve"], (await one.ListAroundAsync(Acme, new("a"), NotificationStretch.All, null, 10, Cancelled)).Select(row => row.User.Value).Order(StringComparer.Ordinal));
        Assert.Equal([less], await one.FindManyAsync(Acme, [new("bob")], less.Id, Cancelled));
        Assert.Single(await one.FindManyAsync(new("globex"), [new("ann")], less.Id, Cancelled));
    }

    private static NotificationRow Row(string user, string conversation, long seq) => new()
    {
        Tenant = Acme,
        User = new(user),
        Kind = NotificationKind.Message,
        Priority = NotificationPriority.Normal,
        Conversation = new(conversation),
        Seq = seq,
        Actor = "zoe",
        Count = 1,
        CreatedAt = At,
        UpdatedAt = At,
    };
}
