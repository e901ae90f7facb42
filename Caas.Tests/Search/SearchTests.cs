using Caas.Core.Search;
using Caas.Tests.Realtime;
using Xunit;

namespace Caas.Tests.Search;

/// <summary>Search over two replicas: sent, edited and deleted on one, found on the other.</summary>
public sealed class SearchTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_sent_on_one_replica_is_found_on_the_other_and_follows_edits_and_deletions()
    {
        await using var replicas = await Replicas.StartAsync();
        var alice = await replicas.ConnectAsync("alice", 0);
        var sent = await alice.SendAsync("東京へようこそ");
        await FindsAsync("東京", sent.MessageId);
        await alice.CallAsync<Caas.Contracts.ChangeResult>("EditMessage", new Caas.Contracts.HubEditMessageRequest("room", sent.MessageId) { Text = "京都へようこそ" });
        await FindsAsync("京都", sent.MessageId);
        await FindsAsync("東京", null);
        await alice.CallAsync<Caas.Contracts.ChangeResult>("DeleteMessage", "room", sent.MessageId);
        await FindsAsync("京都", null);
        Assert.Empty(replicas.Errors);

        Task FindsAsync(string question, string? expected) => Eventually.HoldsAsync(async () =>
        {
            var found = await replicas.Get<SearchService>(1).SearchAsync(replicas.CallerOf("bob"), new(question, null, null, null, null, null), Cancelled);
            return found.Items.Select(item => item.Message.Id).SingleOrDefault() == expected ? null : $"{question} does not find {expected ?? "nothing"}";
        }, Cancelled);
    }
}
