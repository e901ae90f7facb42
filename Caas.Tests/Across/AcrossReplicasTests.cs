using Caas.Client;
using Caas.Contracts;
using Caas.Tests.Client;
using Xunit;

namespace Caas.Tests.Across;

/// <summary>What is done at the gateway or at one replica, and seen at both. Features whose own tests have two replicas are not repeated here.</summary>
[Collection<TwoReplicasCollection>]
public sealed class AcrossReplicasTests(TwoReplicas platform)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_joins_and_leaves_a_channel_is_seen_at_both_replicas_and_hears_no_more_afterwards()
    {
        await using var tenant = await platform.FoundAsync("alice", "bob", "carol");
        await tenant.Backend.Conversations.CreateAsync(new(ConversationType.Channel, "news", "News", ["alice", "carol"]), cancellationToken: Cancelled);
        var watchers = new[] { await tenant.JoinAsync("alice", 0, "news"), await tenant.JoinAsync("carol", 1, "news") };
        Assert.Equal(["news"], await ChannelsAsync(tenant, "bob"));

        await tenant.As("bob").Members.JoinAsync("news", cancellationToken: Cancelled);
        await AllSeeAsync(watchers, EntryTypes.MemberAdded);
        Assert.Empty(await ChannelsAsync(tenant, "bob"));
        var his = await tenant.JoinAsync("bob", 1, "news");
        var sent = await watchers[0].SendAsync("welcome", cancellationToken: Cancelled).Soon();
        await his.TakeAsync(sent.Seq);

        await tenant.As("bob").Members.LeaveAsync("news", cancellationToken: Cancelled);
        await AllSeeAsync(watchers, EntryTypes.MemberRemoved);
        await Eventually.HoldsAsync(() => his.EndedBy is not null, "the watch of one who left goes on", Cancelled);
        Assert.Equal(["news"], await ChannelsAsync(tenant, "bob"));
        Assert.Equal("not_a_member", (await Assert.ThrowsAsync<CaasException>(() => tenant.JoinAsync("bob", 0, "news"))).Code);
    }

    [Fact]
    public async Task What_a_batch_changes_is_seen_at_both_replicas_and_what_it_repeats_changes_nothing()
    {
        await using var tenant = await platform.FoundAsync("alice", "bob");
        await UpsertAsync(tenant, "Room", "alice", "bob");
        var watchers = new[] { await tenant.JoinAsync("alice", 0), await tenant.JoinAsync("bob", 1) };
        await tenant.Backend.Users.UpsertAsync([new("bob", "Bobby"), new("dora", "Dora")], cancellationToken: Cancelled);
        var changed = await UpsertAsync(tenant, "Our room", "dora");
        foreach (var watcher in watchers)
        {
            var seen = await watcher.TakeAsync(changed);
            Assert.Equal([EntryTypes.ConversationChanged, EntryTypes.MemberAdded], seen.Select(entry => entry.Type).Where(type => type is not EntryTypes.ConversationCreated).Order());
        }

        Assert.Equal(changed, await UpsertAsync(tenant, "Our room", "dora"));
        var hers = await tenant.JoinAsync("dora", 1);
        var sent = await hers.SendAsync("hello", cancellationToken: Cancelled).Soon();
        await watchers[0].TakeAsync(sent.Seq);
    }

    [Fact]
    public async Task Messages_of_both_replicas_are_used_and_count_against_one_quota()
    {
        await using var tenant = await platform.FoundAsync("alice", "bob");
        await tenant.RoomAsync("alice", "bob");
        var (hers, his) = (await tenant.JoinAsync("alice", 0), await tenant.JoinAsync("bob", 1));
        await hers.SendAsync("one", cancellationToken: Cancelled).Soon();
        await his.SendAsync("two", cancellationToken: Cancelled).Soon();
        await Eventually.HoldsAsync(async () => await tenant.Backend.Tenant.GetUsageAsync(Cancelled) is { MonthlyMessages: 2, MonthlyActiveUsers: 2 } ? null : "what the replicas counted is not there", Cancelled);

        await platform.Admin.Tenants.UpdateAsync(tenant.Id, new() { Quotas = new TenantQuotas(MessagesPerMonth: 2, Users: 2, Conversations: 1) }, Cancelled);
        await Task.WhenAll(RefusedAsync(hers, "quota_exceeded"), RefusedAsync(his, "quota_exceeded"));
        await Eventually.HoldsAsync(async () => await CodeAsync(() => tenant.Backend.Users.UpsertAsync($"user-{Guid.NewGuid():N}"[..20], new("More"), Cancelled)) == "quota_exceeded" ? null : "users are still made", Cancelled);
        Assert.Equal("quota_exceeded", await CodeAsync(() => tenant.Backend.Conversations.CreateAsync(new(ConversationType.Group), cancellationToken: Cancelled)));

        await platform.Admin.Tenants.UpdateAsync(tenant.Id, new() { Quotas = null }, Cancelled);
        await Eventually.HoldsAsync(async () => await CodeAsync(() => his.SendAsync("three", cancellationToken: Cancelled)), Cancelled);
    }

    [Fact]
    public async Task What_may_not_be_written_and_what_is_spam_is_refused_at_both_replicas()
    {
        await using var tenant = await platform.FoundAsync("alice", "bob");
        await tenant.Backend.Tenant.PutSettingsAsync(new() { RateLimits = TenantOnTwoReplicas.NoLimits, Spam = new(RepeatsPerMinute: 1) }, Cancelled);
        await tenant.RoomAsync("alice", "bob");
        var (hers, again, his) = (await tenant.JoinAsync("alice", 0), await tenant.JoinAsync("alice", 1), await tenant.JoinAsync("bob", 1));
        await hers.SendAsync("buy now", cancellationToken: Cancelled).Soon();
        Assert.Equal("spam_detected", await CodeAsync(() => again.SendAsync("Buy, now!", cancellationToken: Cancelled)));

        await tenant.Backend.Blocklist.PutAsync(new(["forbidden"]), Cancelled);
        await Task.WhenAll(RefusedAsync(hers, "content_blocked"), RefusedAsync(his, "content_blocked"));
        var last = await his.SendAsync("allowed", cancellationToken: Cancelled).Soon();
        await hers.TakeAsync(last.Seq);
    }

    private static async Task<IReadOnlyList<string>> ChannelsAsync(TenantOnTwoReplicas tenant, string user) =>
        [.. (await tenant.As(user).Conversations.ListChannelsAsync(cancellationToken: Cancelled).ToListAsync(Cancelled)).Select(channel => channel.Id)];

    /// <returns>The last seq of the room.</returns>
    private static async Task<long> UpsertAsync(TenantOnTwoReplicas tenant, string name, params string[] members)
    {
        Assert.Null(Assert.Single(await tenant.Backend.Conversations.UpsertAsync([new(ConversationType.Group, "room", name, members)], cancellationToken: Cancelled)).Code);
        return (await tenant.Backend.Messages.ReadEntriesAsync("room", 0, cancellationToken: Cancelled)).LastSeq;
    }

    private static async Task AllSeeAsync(IEnumerable<Conversation> watchers, string type)
    {
        foreach (var watcher in watchers)
        {
            var seen = new List<string>();
            while (!seen.Contains(type))
            {
                seen.AddRange((await watcher.TakeAsync(watcher.LastSeq + 1)).Select(entry => entry.Type));
            }
        }
    }

    /// <summary>Sends until the refusal counts there: what a tenant sets does within 5 s.</summary>
    private static Task RefusedAsync(Conversation conversation, string code) => Eventually.HoldsAsync(
        async () => await CodeAsync(() => conversation.SendAsync($"forbidden {Guid.NewGuid():N}", cancellationToken: Cancelled)) is { } refused ? refused == code ? null : $"{refused} instead of {code}" : "it was sent",
        Cancelled);

    private static async Task<string?> CodeAsync(Func<Task> call) => ((CaasException?)await Record.ExceptionAsync(() => call().Soon()))?.Code;
}
