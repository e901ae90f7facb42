using Caas.Contracts;
using Caas.Core.Bans;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Flags;
using Caas.Core.Ids;
using Caas.Core.Messages;
using Caas.Core.Refusals;
using Caas.Tests.Realtime;
using Xunit;

namespace Caas.Tests.Flags;

/// <summary>Flags and decisions over two replicas.</summary>
public sealed class FlagTests : TwoReplicas
{
    private static readonly ConversationId Room = new("room");

    [Fact]
    public async Task Flags_of_several_users_add_up_and_each_counts_once_wherever_it_is_given()
    {
        var before = await SendAsync("carol", "before");
        var message = await SendAsync("bob", "rude");
        var after = await SendAsync("alice", "after");
        var given = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => FlagAsync(i % 2 == 0 ? "alice" : "carol", message, $"reason {i}", i % 2)));
        Assert.Equal(2, given.Select(flag => flag.Reason).Distinct().Count());
        Assert.Equal(given[0], await FlagAsync("alice", message, "another reason", 1));

        var listed = Assert.Single((await QueueAsync(1)).Items);
        Assert.Equal((message, "room", "bob", FlagStatus.Open, 2, "rude"), (listed.Id, listed.ConversationId, listed.UserId, listed.Status, listed.Count, listed.Message!.Text));
        Assert.Equal(["alice", "carol"], listed.Reasons.Select(reason => reason.UserId).Order());
        Assert.Null(listed.Context);
        var one = await Replicas.Get<ReviewQueue>().GetAsync(Replicas.System, message, Cancelled);
        Assert.Equal([after, before], one.Context!.Select(other => other.Id));
        Assert.Equal(3, (await FlagAsync(null, message, "found by a machine", 0)) is not null ? (await QueueAsync(0)).Items[0].Count : 0);
        Assert.Equal(3, (await Replicas.Get<IEntryStore>().ReadAfterAsync(FlagFolder.LogOf(Replicas.Tenant, Room), 0, 100, Cancelled)).Count);
    }

    [Fact]
    public async Task A_decision_is_done_and_told_once_and_a_later_flag_opens_it_again()
    {
        var (message, other) = (await SendAsync("bob", "rude"), await SendAsync("bob", "fine"));
        await FlagAsync("alice", message, "rude", 0);
        await FlagAsync("alice", other, "boring", 1);
        Assert.Equal([other, message], (await QueueAsync(0)).Items.Select(flag => flag.Id));
        var decision = new ResolveFlagRequest(FlagAction.DeleteAndBan, "third time", new("rude", "room", Shadow: true), "carol");
        var decided = await Queue(1).ResolveAsync(Replicas.System, message, decision, Cancelled);
        Assert.Equal((FlagStatus.Resolved, FlagAction.DeleteAndBan, "third time", "carol"), (decided.Status, decided.Resolution!.Action, decided.Resolution.Note, decided.Resolution.By));
        Assert.NotNull(decided.Message!.DeletedAt);
        Assert.Equal(("bob", true), Assert.Single((await Replicas.Get<BanService>().ListAsync(Replicas.System, null, null, Cancelled)).Items) is { } ban ? (ban.UserId, ban.Shadow) : default);
        Assert.Equal(decided.Resolution, (await Queue(0).ResolveAsync(Replicas.System, message, decision, Cancelled)).Resolution);
        Assert.Equal(2, (await Replicas.Get<IEntryStore>().ReadChangesAsync(FlagFolder.LogOf(Replicas.Tenant, Room), decided.Message.Seq, 0, 100, Cancelled)).Count);

        await Queue(0).ResolveAsync(Replicas.System, other, new(FlagAction.Dismiss), Cancelled);
        Assert.Empty((await QueueAsync(1, "open")).Items);
        await FlagAsync("alice", other, "still boring", 1);
        Assert.Empty((await QueueAsync(0, "open")).Items);
        await FlagAsync("carol", other, "boring indeed", 1);
        var again = Assert.Single((await QueueAsync(0, "open")).Items);
        Assert.Equal((2, FlagAction.Dismiss), (again.Count, again.Resolution!.Action));
        Assert.Equal(2, (await QueueAsync(1)).Items.Count);
    }

    [Fact]
    public async Task The_queue_is_narrowed_down_and_paged()
    {
        await Replicas.Get<ConversationService>().CreateAsync(Replicas.System, new(ConversationType.Group, "other", MemberIds: ["alice", "bob"]), Cancelled);
        var ids = new List<string>();
        foreach (var (conversation, from) in new[] { ("room", "bob"), ("room", "carol"), ("other", "bob") })
        {
            ids.Add((await Replicas.Get<MessageService>().SendAsync(Replicas.CallerOf(from), new(conversation), new("x"), null, Cancelled)).Message.Id);
            await Replicas.Get<FlagService>().FlagAsync(Replicas.CallerOf("alice"), new(conversation), ids[^1], new("x"), Cancelled);
        }

        Assert.Equal([ids[2], ids[0]], (await Queue(1).ListAsync(Replicas.System, new(null, null, "bob", null, null), Cancelled)).Items.Select(flag => flag.Id));
        Assert.Equal([ids[1], ids[0]], (await Queue(1).ListAsync(Replicas.System, new("open", "room", null, null, null), Cancelled)).Items.Select(flag => flag.Id));
        var first = await Queue(0).ListAsync(Replicas.System, new(null, null, null, 2, null), Cancelled);
        var second = await Queue(1).ListAsync(Replicas.System, new(null, null, null, 2, first.Next), Cancelled);
        Assert.Equal(Enumerable.Reverse(ids), first.Items.Concat(second.Items).Select(flag => flag.Id));
        Assert.Null(second.Next);
        await RefusedAsync(Refusal.InvalidCursor, () => Queue(0).ListAsync(Replicas.System, new("open", null, null, 2, first.Next), Cancelled));
    }

    [Fact]
    public async Task What_makes_no_sense_is_refused()
    {
        var (message, gone) = (await SendAsync("bob", "theirs"), await SendAsync("bob", "gone"));
        await Replicas.Get<MessageService>().DeleteAsync(Replicas.CallerOf("bob"), Room, gone, Cancelled);
        await RefusedAsync(Refusal.NotAllowed, () => FlagAsync("alice", gone, "late", 0));
        await RefusedAsync(Refusal.MessageNotFound, () => FlagAsync("alice", "nothing", "?", 0));
        await RefusedAsync(Refusal.ValidationFailed, () => FlagAsync("alice", message, " ", 0));
        await RefusedAsync(Refusal.NotAMember, () => FlagAsync("dave", message, "x", 0));
        await RefusedAsync(Refusal.ValidationFailed, () => QueueAsync(0, "closed"));
        await RefusedAsync(Refusal.FlagNotFound, () => Queue(0).GetAsync(Replicas.System, message, Cancelled));
        await FlagAsync("alice", message, "x", 0);
        await RefusedAsync(Refusal.ValidationFailed, () => Queue(0).ResolveAsync(Replicas.System, message, new(FlagAction.BanUser), Cancelled));
        await RefusedAsync(Refusal.ValidationFailed, () => Queue(0).ResolveAsync(Replicas.System, message, new(FlagAction.Dismiss, Ban: new("x")), Cancelled));
        var system = (await Replicas.Get<MessageService>().SendAsync(Replicas.System, Room, new("from the backend"), null, Cancelled)).Message.Id;
        await FlagAsync("alice", system, "x", 0);
        await RefusedAsync(Refusal.NotAllowed, () => Queue(0).ResolveAsync(Replicas.System, system, new(FlagAction.BanUser, Ban: new("x")), Cancelled));
        await RefusedAsync(Refusal.NotAllowed, () => Queue(0).ListAsync(new Caller { Kind = CallerKind.User, Tenant = Replicas.Tenant, User = new UserId("alice") }, new(null, null, null, null, null), Cancelled));
    }

    private ReviewQueue Queue(int replica) => Replicas.Get<ReviewQueue>(replica);

    private Task<Page<FlagResponse>> QueueAsync(int replica, string? status = null) => Queue(replica).ListAsync(Replicas.System, new(status, null, null, null, null), Cancelled);

    private async Task<string> SendAsync(string user, string text) => (await Replicas.Get<MessageService>().SendAsync(Replicas.CallerOf(user), Room, new(text), null, Cancelled)).Message.Id;

    private Task<FlaggedResponse> FlagAsync(string? user, string message, string reason, int replica) =>
        Replicas.Get<FlagService>(replica).FlagAsync(user is null ? Replicas.System : Replicas.CallerOf(user), Room, message, new(reason), Cancelled);

    private static async Task RefusedAsync(Refusal refusal, Func<Task> call) => Assert.Equal(refusal, (await Assert.ThrowsAsync<RefusedException>(call)).Refusal);
}
