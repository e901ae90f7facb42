using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Flags;
using Caas.Core.Ids;
using Xunit;

namespace Caas.Tests.Flags;

/// <summary>What <see cref="IFlagStore"/> promises. Adapters inherit it.</summary>
public abstract class FlagStoreContract
{
    private static readonly TenantId Acme = new("acme");
    private static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123);

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>A store over the test's database; several calls give several instances over the same one.</summary>
    protected abstract IFlagStore CreateStore();

    [Fact]
    public async Task A_row_comes_back_as_it_was_stored_and_is_replaced_only_at_the_expected_rev()
    {
        Assert.Null(await CreateStore().FindAsync(Acme, "m1", Cancelled));
        var first = Flagged("m1");
        Assert.True(await CreateStore().SaveAsync(Acme, first, null, Cancelled));
        Assert.False(await CreateStore().SaveAsync(Acme, first with { Rev = 9 }, null, Cancelled));
        AssertSame(first, await CreateStore().FindAsync(Acme, "m1", Cancelled));
        var resolved = first with { Status = FlagStatus.Resolved, OpenedAt = At.AddHours(1), Rev = 2, Details = new(2, At.AddHours(2), [new(null, "spam", At)], new(FlagAction.DeleteAndBan, "a note", "key:k", At)) };
        Assert.False(await CreateStore().SaveAsync(Acme, resolved, 7, Cancelled));
        Assert.True(await CreateStore().SaveAsync(Acme, resolved, 1, Cancelled));
        Assert.False(await CreateStore().SaveAsync(Acme, first, 1, Cancelled));
        AssertSame(resolved, await CreateStore().FindAsync(Acme, "m1", Cancelled));
        Assert.Null(await CreateStore().FindAsync(new("globex"), "m1", Cancelled));
        Assert.False(await CreateStore().SaveAsync(new("globex"), resolved with { Rev = 3 }, 2, Cancelled));
    }

    [Fact]
    public async Task Lists_go_by_time_newest_first_narrowed_down_in_every_way_and_page_without_gap_or_repeat()
    {
        FlagCase[] all =
        [
            Flagged("m1"), Flagged("m2", minutes: 1, sender: "bob"), Flagged("m3", minutes: 1, sender: null) with { Status = FlagStatus.Resolved },
            Flagged("m4", minutes: 2, conversation: "other"), Flagged("m5", minutes: 3, sender: "bob", conversation: "other") with { Status = FlagStatus.Resolved },
        ];
        foreach (var one in all)
        {
            Assert.True(await CreateStore().SaveAsync(Acme, one, null, Cancelled));
        }

        await AssertListAsync(new(null, null, null), "m5", "m4", "m3", "m2", "m1");
        await AssertListAsync(new(FlagStatus.Open, null, null), "m4", "m2", "m1");
        await AssertListAsync(new(null, new("other"), null), "m5", "m4");
        await AssertListAsync(new(null, null, "bob"), "m5", "m2");
        await AssertListAsync(new(FlagStatus.Resolved, new("other"), "bob"), "m5");
        await AssertListAsync(new(FlagStatus.Open, new("other"), "bob"));
        Assert.Empty(await CreateStore().ListAsync(new("globex"), new(null, null, null), null, 10, Cancelled));
    }

    private async Task AssertListAsync(FlagFilter filter, params string[] expected)
    {
        Assert.Equal(expected, (await CreateStore().ListAsync(Acme, filter, null, 10, Cancelled)).Select(one => one.MessageId));
        var paged = new List<string>();
        for (FlagPlace? before = null; await CreateStore().ListAsync(Acme, filter, before, 2, Cancelled) is [.., var last] page; before = new(last.OpenedAt, last.MessageId))
        {
            paged.AddRange(page.Select(one => one.MessageId));
        }

        Assert.Equal(expected, paged);
    }

    private static FlagCase Flagged(string message, int minutes = 0, string? sender = "ann", string conversation = "room") =>
        new(message, new(conversation), 7, sender, FlagStatus.Open, At.AddMinutes(minutes), new(1, At, [new("cat", "rude", At)], null), 1);

    private static void AssertSame(FlagCase expected, FlagCase? actual) => Assert.Equal(JsonSerializer.Serialize(expected), JsonSerializer.Serialize(actual));
}
