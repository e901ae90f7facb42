using Caas.Adapters.Sqlite;
using Caas.Adapters.Sqlite.Receipts;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Core.Import;
using Caas.Core.Messages;
using Caas.Core.Notifications;
using Caas.Core.Receipts;
using Caas.Core.Refusals;
using Caas.Core.Tenants;
using Caas.Core.Users;
using Caas.Tests.Core;
using Caas.Tests.Realtime;
using Caas.Tests.Receipts;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Caas.Tests.Import;

/// <summary>History is imported on one replica, and read on the other.</summary>
public sealed class ImportTests : IAsyncLifetime
{
    private static readonly ConversationId Room = new("room");
    private static readonly DateTimeOffset Then = new(2020, 5, 1, 10, 0, 0, TimeSpan.Zero);

    private Replicas _replicas = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _replicas = await Replicas.StartAsync();

    public ValueTask DisposeAsync() => _replicas.DisposeAsync();

    [Fact]
    public async Task History_comes_in_once_with_its_own_senders_and_times_and_is_not_unread()
    {
        await _replicas.Get<UserService>().UpsertAsync(Replicas.System, "gone", new("Gone"), Cancelled);
        await _replicas.Get<UserService>().DeactivateAsync(Replicas.System, "gone", Cancelled);
        ImportMessage[] messages = [.. Enumerable.Range(0, 100).Select(i => new ImportMessage($"old-{i}", Then.AddMinutes(i), i % 3 == 0 ? "gone" : i % 3 == 1 ? "alice" : null, $"message {i}"))];
        var first = await ImportAsync(messages);
        Assert.Equal(Enumerable.Range(2, 100).Select(seq => (long)seq), first.Select(item => item.Seq));
        Assert.All(first, item => Assert.False(item.Duplicate));

        var page = await _replicas.Get<MessageReader>(1).ListAsync(_replicas.CallerOf("bob"), Room, new(null, null, null, 200), Cancelled);
        Assert.Equal(messages.Reverse().Select(message => (message.SenderId, message.Text, message.CreatedAt)), page.Items.Select(message => (message.SenderId, message.Text, message.CreatedAt)));
        await Eventually.HoldsAsync(async () => (await _replicas.Get<IConversationStore>().FindAsync(Replicas.Tenant, Room, Cancelled))!.Summary.LastSeq == 101 ? null : "the summary is behind", Cancelled);
        foreach (var user in new[] { "alice", "bob" })
        {
            Assert.Equal(0, (await _replicas.Get<ReceiptService>(1).GetUnreadAsync(_replicas.CallerOf(user), Cancelled)).Total);
        }

        // Again, and with what comes next.
        var again = await ImportAsync([.. messages[60..], new("old-100", Then.AddMinutes(100), "alice", "the last")]);
        Assert.Equal([.. first.Skip(60).Select(item => item.MessageId)], again.SkipLast(1).Select(item => item.MessageId));
        Assert.Equal((102, false), (again[^1].Seq, again[^1].Duplicate));
        Assert.Equal(Refusal.ClientMessageIdReused, await RefusalAsync(new ImportMessage("old-100", Then.AddMinutes(100), "alice", "something else")));
        Assert.Empty(_replicas.Errors);
    }

    [Fact]
    public async Task What_broke_off_between_storing_and_reading_is_read_when_it_is_imported_again()
    {
        CountingReceiptStore receipts = null!;
        await using var platform = new CorePlatform(configure: services =>
            services.AddSingleton<IReceiptStore>(provider => receipts = new(new SqliteReceiptStore(provider.GetRequiredService<SqliteDatabase>()))));
        var (alice, bob, carol) = (await platform.UserAsync("alice"), await platform.UserAsync("bob"), await platform.UserAsync("carol"));
        await platform.Get<TenantService>().CreateAsync(new() { Kind = CallerKind.Admin }, new("Acme", "acme"), Cancelled);
        await platform.Get<ConversationService>().CreateAsync(alice, new(ConversationType.Group, "room", MemberIds: ["bob", "carol"]), Cancelled);
        ImportMessage[] messages = [.. Enumerable.Range(0, 50).Select(i => new ImportMessage($"old-{i}", Then.AddMinutes(i), "alice", $"message {i}"))];
        platform.Get<IReceiptStore>();
        receipts.Gone = true;
        await Assert.ThrowsAsync<StoreUnavailableException>(() => ImportAsync(messages));
        receipts.Gone = false;
        Assert.All(await ImportAsync(messages), item => Assert.True(item.Duplicate));
        await ImportAsync(new ImportMessage("next", Then.AddDays(1), "alice", "next"));
        Assert.Equal((0, 0), (await UnreadAsync(bob), await UnreadAsync(carol)));

        // A live message is read by nobody but those who read it, also when it stands in the middle of what is imported again.
        await platform.Get<MessageService>().SendAsync(alice, Room, new("live"), null, Cancelled);
        var log = new LogId(new("acme"), "room");
        var live = (await platform.Get<IEntryStore>().ReadTailAsync(log, Cancelled)).Seq;
        await receipts.MoveAsync([new(log, new("bob"), live, live)], Cancelled);
        await ImportAsync(new("next", Then.AddDays(1), "alice", "next"), new("after", TimeProvider.System.GetUtcNow(), "alice", "after"));
        Assert.Equal((0, 2), (await UnreadAsync(bob), await UnreadAsync(carol)));

        async Task<IReadOnlyList<ImportedMessage>> ImportAsync(params ImportMessage[] some) => (await platform.Get<MessageImport>().ImportAsync(CorePlatform.Backend(), Room, new(some), Cancelled)).Items;
        async Task<long> UnreadAsync(Caller caller) => (await platform.Get<ConversationReader>().GetAsync(caller, Room, Cancelled)).Unread ?? -1;
    }

    [Fact]
    public async Task What_is_imported_notifies_nobody_also_of_the_last_hours()
    {
        var hours = TimeProvider.System.GetUtcNow().AddHours(-3);
        await _replicas.Get<ConversationService>().CreateAsync(Replicas.System, new(ConversationType.Group, "other", "Other", ["alice", "bob"]), Cancelled);
        await _replicas.Get<MessageImport>().ImportAsync(Replicas.System, new("other"), new([new("a", hours, "alice", "@bob, imported"), new("b", hours.AddMinutes(1), "alice", "imported")]), Cancelled);
        await _replicas.Get<MessageService>().SendAsync(_replicas.CallerOf("alice"), new("other"), new("now"), null, Cancelled);
        var inbox = _replicas.Get<NotificationInbox>(1);
        await Eventually.HoldsAsync(async () => (await inbox.ListAsync(_replicas.CallerOf("bob"), null, null, null, Cancelled)).Items.Any(item => item.Body == "alice: now") ? null : "bob was not notified", Cancelled);
        Assert.Equal([("messages:other", 1L)], (await inbox.ListAsync(_replicas.CallerOf("bob"), null, null, null, Cancelled)).Items.Where(item => item.ConversationId == "other" && item.Type != NotificationType.System).Select(item => (item.Id, item.Count)));
    }

    [Fact]
    public async Task What_is_live_is_unread_as_before_and_nothing_is_imported_behind_its_back()
    {
        var live = await _replicas.SendAsync("alice", "live");
        var refused = await Assert.ThrowsAsync<RefusedException>(() => ImportAsync(new ImportMessage("late", Then, "alice", "too late")));
        Assert.Contains("messages[0].createdAt", refused.Errors!.Keys);
        Assert.Equal(live, (await _replicas.Get<IEntryStore>().ReadTailAsync(new(Replicas.Tenant, "room"), Cancelled)).Seq);
    }

    [Fact]
    public async Task What_is_wrong_is_told_and_nothing_of_it_comes_in()
    {
        foreach (var (message, field) in new[]
        {
            (new ImportMessage("", Then, "alice", "x"), "messages[1].clientMessageId"),
            (new ImportMessage("b", Then.AddMinutes(-1), "alice", "x"), "messages[1].createdAt"),
            (new ImportMessage("b", TimeProvider.System.GetUtcNow().AddHours(1), "alice", "x"), "messages[1].createdAt"),
            (new ImportMessage("b", Then, "a b", "x"), "messages[1].senderId"),
            (new ImportMessage("b", Then, "alice", " "), "messages[1].text"),
            (new ImportMessage("a", Then, "alice", "x"), "messages[1].clientMessageId"),
        })
        {
            var refused = await Assert.ThrowsAsync<RefusedException>(() => ImportAsync(new ImportMessage("a", Then, "alice", "good"), message));
            Assert.Contains(field, refused.Errors!.Keys);
        }

        Assert.Equal(Refusal.UserNotFound, await RefusalAsync(new ImportMessage("a", Then, "nobody", "x")));
        Assert.Equal(Refusal.NotAllowed, (await Assert.ThrowsAsync<RefusedException>(() => _replicas.Get<MessageImport>().ImportAsync(new() { Kind = Caas.Core.Callers.CallerKind.User, Tenant = Replicas.Tenant, User = new("alice") }, Room, new([new("a", Then, "alice", "x")]), Cancelled))).Refusal);
        Assert.Equal(1, (await _replicas.Get<IEntryStore>().ReadTailAsync(new(Replicas.Tenant, "room"), Cancelled)).Seq);
    }

    private async Task<Refusal> RefusalAsync(ImportMessage message) => (await Assert.ThrowsAsync<RefusedException>(() => ImportAsync(message))).Refusal;

    private async Task<IReadOnlyList<ImportedMessage>> ImportAsync(params ImportMessage[] messages) =>
        (await _replicas.Get<MessageImport>().ImportAsync(Replicas.System, Room, new(messages), Cancelled)).Items;
}
