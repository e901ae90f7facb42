using Caas.Adapters.Sqlite.Conversations;
using Caas.Adapters.Sqlite.Members;
using Caas.Core.Conversations;
using Caas.Core.Members;
using Caas.Core.OwnViews;
using Caas.Tests.Sqlite;
using Xunit;

namespace Caas.Tests.Conversations;

public sealed class SqliteConversationStoreTests : ConversationStoreContract, IDisposable
{
    private readonly SqliteStores _stores = new();

    public void Dispose() => _stores.Dispose();

    protected override IConversationStore CreateStore() => new SqliteConversationStore(_stores.Open());

    protected override IMemberStore CreateMemberStore() => new SqliteMemberStore(_stores.Open());

    [Fact]
    public async Task The_list_of_a_user_in_very_many_is_the_same_whether_the_latest_are_walked_or_all_are_sorted()
    {
        const int Own = 1_600;
        var store = CreateStore();
        await Task.WhenAll(Enumerable.Range(0, Own).Select(n => AddAsync($"own-{n:0000}", "ann", n * 7919 % Own)));
        string[] expected = [.. Enumerable.Range(0, Own).OrderByDescending(n => n * 7919 % Own).Select(n => $"own-{n:0000}")];

        // Among the tenant's latest, then behind more of others than are walked.
        Assert.Equal(expected[..60], await FirstAsync(null));
        Assert.Equal(expected[^1..], await FirstAsync(new(Samples.Noon.AddMinutes(1), "")));
        await Task.WhenAll(Enumerable.Range(0, 3_100).Select(n => AddAsync($"foreign-{n}", "bob", 10_000 + n)));
        Assert.Equal(expected[..60], await FirstAsync(null));

        async Task<IReadOnlyList<string>> FirstAsync(ConversationCursor? before) =>
            [.. (await store.ListForUserAsync(Samples.Acme, new("ann"), OwnViewFilter.Plain, before, 60, Cancelled)).Select(item => item.Conversation.Id.Value)];

        Task AddAsync(string name, string user, int minutes) =>
            store.FoldAsync(Samples.Conversation(name) with { Summary = new(1, 0, 0, Samples.Noon.AddMinutes(minutes)) }, null, [Samples.Member(name, user, 1)], Cancelled);
    }
}
