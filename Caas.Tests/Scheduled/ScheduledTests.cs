using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Feed;
using Caas.Core.Ids;
using Caas.Core.Members;
using Caas.Core.Messages;
using Caas.Core.Refusals;
using Caas.Core.Scheduled;
using Caas.Core.Tenants;
using Caas.Core.Timed;
using Caas.Core.Users;
using Caas.Tests.Core;
using Caas.Tests.Realtime;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Caas.Tests.Scheduled;

public sealed class ScheduledTests : IAsyncLifetime
{
    private static readonly ConversationId Room = new("room");

    private readonly FakeTimeProvider _clock = new(new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly CorePlatform _platform;
    private Caller _alice = null!;
    private Caller _bob = null!;

    public ScheduledTests() => _platform = new(configure: services => services.AddSingleton<TimeProvider>(_clock));

    private static CancellationToken Cancelled => CorePlatform.Cancelled;

    private ScheduledMessages Scheduled => _platform.Get<ScheduledMessages>();

    public async ValueTask InitializeAsync()
    {
        await _platform.Get<TenantService>().CreateAsync(new() { Kind = CallerKind.Admin }, new("Acme", "acme"), Cancelled);
        (_alice, _bob) = (await _platform.UserAsync("alice"), await _platform.UserAsync("bob"));
        await _platform.Get<ConversationService>().CreateAsync(_alice, new(ConversationType.Group, "room", MemberIds: ["bob"]), Cancelled);
    }

    public ValueTask DisposeAsync() => _platform.DisposeAsync();

    [Fact]
    public async Task It_is_sent_when_it_is_due_and_once_whatever_dies_in_between()
    {
        var added = await AddAsync(_bob, "later");
        Assert.Equal(("room", "bob", ScheduledStatus.Waiting, null), (added.ConversationId, added.SenderId, added.Status, added.Error));
        Assert.Empty(await DueAsync());
        _clock.Advance(TimeSpan.FromMinutes(1));
        var due = Assert.Single(await DueAsync());
        await HandleAsync(due);

        // As if the process had died before it took the item away, and two had it at once.
        await _platform.Get<ITimedStore>().AddAsync(due, Cancelled);
        await Task.WhenAll(HandleAsync(due), HandleAsync(due));
        var sent = Assert.Single(await MessagesAsync());
        Assert.Equal(("later", "bob", $"$scheduled:{added.Id}"), (sent.Text, sent.SenderId, sent.ClientMessageId));
        Assert.Empty((await Scheduled.ListAsync(_bob, Room, null, null, Cancelled)).Items);
        Assert.Equal(Refusal.ScheduledNotFound, await RefusalAsync(Scheduled.DeleteAsync(_bob, Room, added.Id, Cancelled)));
    }

    [Fact]
    public async Task The_sender_needs_the_right_when_it_is_sent_and_the_failure_is_kept_until_it_is_dismissed()
    {
        var removed = await AddAsync(_bob, "one");
        _clock.Advance(TimeSpan.FromSeconds(1));
        var deactivated = await AddAsync(_alice, "two");
        await _platform.Get<MemberService>().RemoveAsync(_alice, Room, "bob", Cancelled);
        var users = _platform.Get<IUserStore>();
        var alice = (await users.FindAsync(new("acme"), new("alice"), Cancelled))!;
        await users.SaveAsync([alice with { DeactivatedAt = _clock.GetUtcNow(), Rev = alice.Rev + 1 }], Cancelled);
        _clock.Advance(TimeSpan.FromMinutes(1));
        foreach (var due in await DueAsync())
        {
            await HandleAsync(due);
        }

        Assert.Empty(await MessagesAsync());
        Assert.Empty(await DueAsync());
        var listed = (await Scheduled.ListAsync(CorePlatform.Backend(), Room, null, null, Cancelled)).Items;
        Assert.Equal([removed.Id, deactivated.Id], listed.Select(item => item.Id));
        Assert.All(listed, item => Assert.Equal(ScheduledStatus.Failed, item.Status));
        Assert.StartsWith("not_a_member: ", listed[0].Error, StringComparison.Ordinal);
        Assert.StartsWith("user_not_found: ", listed[1].Error, StringComparison.Ordinal);
        await Scheduled.DeleteAsync(CorePlatform.Backend(), Room, removed.Id, Cancelled);
        Assert.Single((await Scheduled.ListAsync(CorePlatform.Backend(), Room, null, null, Cancelled)).Items);
    }

    [Fact]
    public async Task Who_left_sees_and_dismisses_what_could_not_be_sent_and_a_deleted_conversation_keeps_nothing()
    {
        var (first, second) = (await AddAsync(_bob, "one"), await AddAsync(_bob, "two"));
        await AddAsync(_alice, "hers");
        await _platform.Get<MemberService>().RemoveAsync(_alice, Room, "bob", Cancelled);
        _clock.Advance(TimeSpan.FromMinutes(1));
        foreach (var due in (await DueAsync()).Where(due => due.Owner == _bob.User))
        {
            await HandleAsync(due);
        }

        Assert.Equal([(first.Id, ScheduledStatus.Failed), (second.Id, ScheduledStatus.Failed)], (await Scheduled.ListAsync(_bob, Room, null, null, Cancelled)).Items.Select(item => (item.Id, item.Status)));
        await Scheduled.DeleteAsync(_bob, Room, first.Id, Cancelled);
        Assert.Equal(Refusal.NotAMember, await RefusalAsync(Scheduled.DeleteAsync(_bob, Room, first.Id, Cancelled)));
        await Scheduled.DeleteAsync(_bob, Room, second.Id, Cancelled);
        Assert.Equal(Refusal.NotAMember, await RefusalAsync(Scheduled.ListAsync(_bob, Room, null, null, Cancelled)));

        var late = Assert.Single(await DueAsync());
        await _platform.Get<ConversationService>().DeleteAsync(CorePlatform.Backend(), Room, Cancelled);
        var deletion = (await _platform.Get<IEntryStore>().ReadAfterAsync(LogId.Of(new("acme"), Room), 0, 10, Cancelled))[^1];
        await _platform.Services.GetServices<ILogProjection>().OfType<ConversationProjection>().Single()
            .RepairAsync(deletion.Log, [new(deletion.Log, deletion.Seq, deletion.MessageNo, deletion.Type, deletion.Target, deletion.ActorId, deletion.At)], Cancelled);
        Assert.Null(await _platform.Get<ITimedStore>().FindAsync(late.Place, late.Id, Cancelled));

        // As one that was added at that very moment.
        await _platform.Get<ITimedStore>().AddAsync(late, Cancelled);
        await HandleAsync(late);
        Assert.Null(await _platform.Get<ITimedStore>().FindAsync(late.Place, late.Id, Cancelled));
    }

    [Fact]
    public async Task What_an_erasure_took_out_between_the_reading_and_the_refusal_does_not_come_back_with_the_reason()
    {
        var added = await AddAsync(_bob, "hello @zelda");
        _clock.Advance(TimeSpan.FromMinutes(1));
        var read = Assert.Single(await DueAsync());
        var store = _platform.Get<ITimedStore>();
        Assert.True(await store.ReplaceAsync(read, read with { Body = read.Body.Replace("zelda", "erased-1", StringComparison.Ordinal) }, Cancelled));
        await _platform.Get<MemberService>().RemoveAsync(_alice, Room, "bob", Cancelled);
        await HandleAsync(read);
        var listed = Assert.Single((await Scheduled.ListAsync(_bob, Room, null, null, Cancelled)).Items);
        Assert.Equal((added.Id, ScheduledStatus.Failed, "hello @erased-1"), (listed.Id, listed.Status, listed.Message.Text));
        Assert.StartsWith("not_a_member: ", listed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_told_when_the_message_is_scheduled()
    {
        var message = new SendMessageRequest("see this", Attachments: [new(AttachmentId: "0198c0de-0000-7000-8000-000000000001")]);
        Assert.Equal(Refusal.AttachmentNotFound, await RefusalAsync(Scheduled.AddAsync(_bob, Room, new(_clock.GetUtcNow().AddMinutes(1), message), Cancelled)));
    }

    [Fact]
    public async Task Everyone_sees_and_takes_back_only_their_own()
    {
        var (alices, bobs) = (await AddAsync(_alice, "hers"), await AddAsync(_bob, "his"));
        Assert.Equal([bobs.Id], (await Scheduled.ListAsync(_bob, Room, null, null, Cancelled)).Items.Select(item => item.Id));
        Assert.Equal(Refusal.ScheduledNotFound, await RefusalAsync(Scheduled.DeleteAsync(_bob, Room, alices.Id, Cancelled)));
        await Scheduled.DeleteAsync(_bob, Room, bobs.Id, Cancelled);
        var first = await Scheduled.ListAsync(CorePlatform.Backend(), Room, 1, null, Cancelled);
        Assert.Equal((alices.Id, null), (first.Items.Single().Id, first.Next));
        _clock.Advance(TimeSpan.FromSeconds(1));
        await AddAsync(_alice, "more");
        first = await Scheduled.ListAsync(_alice, Room, 1, null, Cancelled);
        Assert.Equal("more", (await Scheduled.ListAsync(_alice, Room, 1, first.Next, Cancelled)).Items.Single().Message.Text);
    }

    [Fact]
    public async Task What_cannot_be_sent_at_all_is_refused_at_once()
    {
        var now = _clock.GetUtcNow();
        Task<ScheduledMessageResponse> TryAsync(DateTimeOffset at, SendMessageRequest message) => Scheduled.AddAsync(_bob, Room, new(at, message), Cancelled);
        Assert.Equal(Refusal.ValidationFailed, await RefusalAsync(TryAsync(now, new("x"))));
        Assert.Equal(Refusal.ValidationFailed, await RefusalAsync(TryAsync(now.AddDays(367), new("x"))));
        Assert.Equal(Refusal.ValidationFailed, await RefusalAsync(TryAsync(now.AddDays(1), new(" "))));
        Assert.Equal(Refusal.ValidationFailed, await RefusalAsync(TryAsync(now.AddDays(1), new("x", "mine"))));
        Assert.Equal(Refusal.NotAMember, await RefusalAsync(Scheduled.AddAsync(await _platform.UserAsync("carol"), Room, new(now.AddDays(1), new("x")), Cancelled)));
        for (var i = 0; i < ScheduledMessages.Most; i++)
        {
            await AddAsync(_bob, $"{i}");
        }

        Assert.Equal(Refusal.LimitReached, await RefusalAsync(AddAsync(_bob, "one more")));
        await AddAsync(_alice, "hers");

        // Users' do not use up the backend's.
        await AddAsync(CorePlatform.Backend(), "the backend's");
    }

    [Fact]
    public async Task What_is_scheduled_through_one_replica_is_sent_by_one_of_them_and_seen_on_the_other()
    {
        await using var replicas = await Replicas.StartAsync();
        var bob = await replicas.ConnectAsync("bob", 1);
        await bob.JoinAsync();
        var added = await replicas.Get<ScheduledMessages>().AddAsync(replicas.CallerOf("alice"), Room, new(TimeProvider.System.GetUtcNow().AddMilliseconds(300), new("@bob, it is time")), Cancelled);
        var message = (await bob.EntryAsync()).Message!;
        Assert.Equal(("@bob, it is time", "alice", $"$scheduled:{added.Id}"), (message.Text, message.SenderId, message.ClientMessageId));
        Assert.Equal(["bob"], message.Mentions);
        await Eventually.HoldsAsync(async () => (await replicas.Get<ScheduledMessages>(1).ListAsync(replicas.CallerOf("alice"), Room, null, null, Cancelled)).Items is [] ? null : "it is still listed", Cancelled);
        Assert.Equal(0, bob.EntriesWaiting);
        Assert.Empty(replicas.Errors);
    }

    private static async Task<Refusal> RefusalAsync(Task call) => (await Assert.ThrowsAsync<RefusedException>(() => call)).Refusal;

    private Task<ScheduledMessageResponse> AddAsync(Caller caller, string text) => Scheduled.AddAsync(caller, Room, new(_clock.GetUtcNow().AddMinutes(1), new(text)), Cancelled);

    private Task<IReadOnlyList<TimedItem>> DueAsync() => _platform.Get<ITimedStore>().ListDueAsync(ScheduledMessages.Kind, [], _clock.GetUtcNow(), 100, Cancelled);

    private Task HandleAsync(TimedItem item) => _platform.Services.GetServices<ITimedHandler>().OfType<ScheduledSender>().Single().HandleAsync(item, Cancelled);

    private async Task<IReadOnlyList<MessageResponse>> MessagesAsync() => (await _platform.Get<MessageReader>().ListAsync(CorePlatform.Backend(), Room, new(null, null, null, 200), Cancelled)).Items;
}
