using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Core.Members;
using Caas.Core.Messages;
using Caas.Core.Receipts;
using Caas.Core.Refusals;
using Caas.Tests.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Xunit;

namespace Caas.Tests.Receipts;

/// <summary>How marks gather and are written: without hosts, on SQLite.</summary>
public sealed class ReceiptMarksTests : IAsyncDisposable
{
    private static readonly ConversationId Room = new("room");

    private readonly CorePlatform _platform = new(configure: services =>
    {
        var inner = services.Last(service => service.ServiceType == typeof(IReceiptStore));
        services.Replace(ServiceDescriptor.Singleton<IReceiptStore>(provider => new CountingReceiptStore((IReceiptStore)ActivatorUtilities.CreateInstance(provider, inner.ImplementationType!))));
    });

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private CountingReceiptStore Store => (CountingReceiptStore)_platform.Get<IReceiptStore>();

    private ReceiptService Receipts => _platform.Get<ReceiptService>();

    private ReceiptMarks Marks => _platform.Get<ReceiptMarks>();

    public ValueTask DisposeAsync() => _platform.DisposeAsync();

    [Fact]
    public async Task A_burst_of_100_marks_costs_a_handful_of_writes_and_the_furthest_stands_within_a_second()
    {
        var (alice, bob) = await RoomAsync(100);
        for (var seq = 2; seq <= 101; seq++)
        {
            await Receipts.MarkAsync(bob, Room, seq % 2 == 0 ? new(DeliveredSeq: seq) : new(ReadSeq: Math.Max(1, seq - 50)), Cancelled);
            await Receipts.MarkAsync(alice, Room, new(ReadSeq: seq), Cancelled);
        }

        await Eventually.HoldsAsync(async () => await CursorsAsync("bob") == (100, 51) && await CursorsAsync("alice") == (101, 101) ? null : "they are not written", Cancelled);
        Assert.InRange(Store.Writes, 1, 5);
        TestContext.Current.SendDiagnosticMessage($"200 marks of two members: {Store.Writes} writes.");
    }

    [Fact]
    public async Task Whoever_waits_for_a_mark_finds_it_written_and_those_who_wait_together_share_a_write()
    {
        var (_, bob) = await RoomAsync(40);
        var answers = await Task.WhenAll(Enumerable.Range(2, 40).Select(seq => Receipts.PutAsync(bob, Room, new(ReadSeq: seq), Cancelled)));
        Assert.All(answers.Zip(Enumerable.Range(2, 40)), answer => Assert.True(answer.First.ReadSeq >= answer.Second));
        Assert.InRange(Store.Writes, 1, 20);
        Assert.Equal(new ReceiptResponse("bob", 41, 41), await Receipts.PutAsync(bob, Room, new(ReadSeq: 7), Cancelled));
    }

    [Fact]
    public async Task A_mark_beyond_the_end_is_the_end_as_it_is_at_that_moment()
    {
        var (alice, bob) = await RoomAsync(3);
        await Receipts.MarkAsync(bob, Room, new(long.MaxValue, long.MaxValue), Cancelled);
        await _platform.Get<MessageService>().SendAsync(alice, Room, new("one more"), null, Cancelled);
        await Marks.FlushAsync(Cancelled);
        Assert.Equal((4, 4), await CursorsAsync("bob"));
    }

    [Fact]
    public async Task A_store_that_is_gone_loses_no_mark_and_tells_those_who_wait()
    {
        var (_, bob) = await RoomAsync(10);
        Store.Gone = true;
        await Assert.ThrowsAsync<StoreUnavailableException>(() => Receipts.PutAsync(bob, Room, new(ReadSeq: 5), Cancelled));
        await Receipts.MarkAsync(bob, Room, new(DeliveredSeq: 9), Cancelled);
        Store.Gone = false;
        await Eventually.HoldsAsync(async () => await CursorsAsync("bob") == (9, 5) ? null : "the marks are not written", Cancelled);
    }

    [Fact]
    public async Task What_waits_is_written_before_the_process_ends()
    {
        var (_, bob) = await RoomAsync(10);
        await Receipts.MarkAsync(bob, Room, new(ReadSeq: 8), Cancelled);
        await Marks.StopAsync(Cancelled);
        Assert.Equal((8, 8), await CursorsAsync("bob"));

        // A call that ends while the host stops is served too.
        await Receipts.MarkAsync(bob, Room, new(ReadSeq: 9), Cancelled);
        await Marks.StopAsync(Cancelled);
        Assert.Equal((9, 9), await CursorsAsync("bob"));
    }

    [Fact]
    public async Task Where_the_projector_has_not_come_counts_are_exact_all_the_same()
    {
        var (alice, bob) = await RoomAsync(700);
        var messages = _platform.Get<MessageService>();
        Assert.Equal(700, await UnreadAsync(bob));
        var mine = (await messages.SendAsync(bob, Room, new("mine"), null, Cancelled)).Message;
        Assert.Equal(0, await UnreadAsync(bob));
        var sent = (await messages.SendAsync(alice, Room, new("one"), null, Cancelled)).Message;
        await messages.SendAsync(alice, Room, new("two"), null, Cancelled);
        Assert.Equal(2, await UnreadAsync(bob));
        await messages.DeleteAsync(alice, Room, sent.Id, Cancelled);
        await messages.DeleteAsync(bob, Room, mine.Id, Cancelled);
        Assert.Equal(1, await UnreadAsync(bob));
        Assert.Equal(0, await UnreadAsync(alice));

        async Task<long?> UnreadAsync(Caller caller) => (await _platform.Get<ConversationReader>().GetAsync(caller, Room, Cancelled)).Unread;
    }

    [Fact]
    public async Task Only_members_mark_and_only_seqs()
    {
        var (alice, _) = await RoomAsync(1);
        var stranger = await _platform.UserAsync("eve");
        var boss = await _platform.UserAsync("boss", admin: true);
        Assert.Equal("validation_failed", await RefusalAsync(() => Receipts.MarkAsync(alice, Room, new(ReadSeq: -1), Cancelled)));
        Assert.Equal("validation_failed", await RefusalAsync(() => Receipts.MarkAsync(alice, Room, new(), Cancelled)));
        Assert.Equal("not_a_member", await RefusalAsync(() => Receipts.MarkAsync(stranger, Room, new(ReadSeq: 1), Cancelled)));
        Assert.Equal("not_a_member", await RefusalAsync(() => Receipts.MarkAsync(boss, Room, new(ReadSeq: 1), Cancelled)));
        Assert.Equal("conversation_not_found", await RefusalAsync(() => Receipts.MarkAsync(alice, new("nowhere"), new(ReadSeq: 1), Cancelled)));
        Assert.Equal("on_behalf_of_required", await RefusalAsync(() => Receipts.MarkAsync(CorePlatform.Backend(), Room, new(ReadSeq: 1), Cancelled)));
        Assert.Equal("on_behalf_of_required", await RefusalAsync(() => Receipts.GetUnreadAsync(CorePlatform.Backend(), Cancelled)));
        Assert.Equal(0, Store.Writes);
    }

    private static async Task<string> RefusalAsync(Func<Task> call) => (await Assert.ThrowsAsync<RefusedException>(call)).Refusal.Code;

    private async Task<(long Delivered, long Read)> CursorsAsync(string user) =>
        await _platform.Get<IMemberStore>().FindAsync(new("acme"), Room, new(user), Cancelled) switch { var member => (member!.DeliveredSeq, member.ReadSeq) };

    private async Task<(Caller Alice, Caller Bob)> RoomAsync(int messages)
    {
        var (alice, bob) = (await _platform.UserAsync("alice"), await _platform.UserAsync("bob"));
        await _platform.Get<ConversationService>().CreateAsync(CorePlatform.Backend(), new(ConversationType.Group, Room.Value, MemberIds: ["alice", "bob"]), Cancelled);
        for (var n = 0; n < messages; n++)
        {
            await _platform.Get<MessageService>().SendAsync(alice, Room, new($"{n}"), null, Cancelled);
        }

        return (alice, bob);
    }
}
