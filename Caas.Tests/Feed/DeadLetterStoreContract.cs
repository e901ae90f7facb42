using Caas.Core.Events;
using Xunit;

namespace Caas.Tests.Feed;

/// <summary>What <see cref="IDeadLetterStore"/> promises. Adapters inherit it.</summary>
public abstract class DeadLetterStoreContract
{
    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>A store over the test's database; several calls give several instances over the same one.</summary>
    protected abstract IDeadLetterStore CreateStore();

    [Fact]
    public async Task What_was_stored_is_listed_newest_first_as_it_was()
    {
        var store = CreateStore();
        var (first, second) = (Letter("webhooks", "acme/c/1"), Letter("webhooks", "acme/c/2") with { Reason = "500 from \"the\" endpoint 🤷" });
        await store.AddAsync(first, Cancelled);
        await store.AddAsync(second, Cancelled);
        Assert.Equal([second, first], await CreateStore().ListAsync("webhooks", 10, Cancelled));
        Assert.Equal([second], await store.ListAsync("webhooks", 1, Cancelled));
    }

    [Fact]
    public async Task A_group_sees_its_own_only()
    {
        var store = CreateStore();
        await store.AddAsync(Letter("webhooks", "acme/c/1"), Cancelled);
        await store.AddAsync(Letter("audit", "acme/c/1"), Cancelled);
        Assert.Equal("webhooks", Assert.Single(await store.ListAsync("webhooks", 10, Cancelled)).Group);
        Assert.Empty(await store.ListAsync("search", 10, Cancelled));
    }

    [Fact]
    public async Task The_same_record_again_changes_nothing_but_the_same_record_of_another_topic_is_another_letter()
    {
        var store = CreateStore();
        await store.AddAsync(Letter("audit", "acme/$tenant/1"), Cancelled);
        await store.AddAsync(Letter("audit", "acme/$tenant/1") with { Reason = "again" }, Cancelled);
        await store.AddAsync(Letter("audit", "acme/$tenant/1") with { Topic = Topics.Audit }, Cancelled);
        var letters = await store.ListAsync("audit", 10, Cancelled);
        Assert.Equal([Topics.Audit, Topics.Messages], letters.Select(letter => letter.Topic));
        Assert.DoesNotContain(letters, letter => letter.Reason == "again");
    }

    [Fact]
    public async Task Those_that_wait_to_be_published_are_given_the_oldest_first_until_they_are()
    {
        var store = CreateStore();
        await store.AddAsync(Letter("audit", "acme/c/0"), Cancelled);
        var (first, second) = (Letter("push", "acme/c/1"), Letter("email", "acme/c/2") with { At = Letter("", "").At.AddSeconds(1) });
        await store.AddWaitingAsync(first, Cancelled);
        await store.AddWaitingAsync(second, Cancelled);
        await store.AddWaitingAsync(Letter("audit", "acme/c/0"), Cancelled);
        Assert.Equal([first, second], await CreateStore().ListWaitingAsync(10, Cancelled));
        Assert.Equal([first], await store.ListWaitingAsync(1, Cancelled));
        await store.PublishedAsync([first], Cancelled);
        await store.AddWaitingAsync(first, Cancelled);
        Assert.Equal([second], await store.ListWaitingAsync(10, Cancelled));
        await store.PublishedAsync([first, second], Cancelled);
        Assert.Empty(await store.ListWaitingAsync(10, Cancelled));
        Assert.Equal([first], await store.ListAsync("push", 10, Cancelled));
    }

    private static DeadLetter Letter(string group, string recordId) =>
        new(group, Topics.Messages, "acme/c", recordId, $$"""{"id":"{{recordId}}"}""", "TimeoutException", DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123));
}
