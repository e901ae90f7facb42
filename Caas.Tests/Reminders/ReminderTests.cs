using System.Threading.Channels;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Ids;
using Caas.Core.Messages;
using Caas.Core.Refusals;
using Caas.Core.Reminders;
using Caas.Core.Timed;
using Caas.Tests.Client;
using Caas.Tests.Core;
using Caas.Tests.Realtime;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Caas.Tests.Reminders;

public sealed class ReminderTests : IAsyncLifetime
{
    private static readonly ConversationId Room = new("room");

    private readonly FakeTimeProvider _clock = new(new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly CorePlatform _platform;
    private Caller _alice = null!;
    private Caller _bob = null!;

    public ReminderTests() => _platform = new(configure: services => services.AddSingleton<TimeProvider>(_clock));

    private static CancellationToken Cancelled => CorePlatform.Cancelled;

    private ReminderService Reminders => _platform.Get<ReminderService>();

    public async ValueTask InitializeAsync()
    {
        (_alice, _bob) = (await _platform.UserAsync("alice"), await _platform.UserAsync("bob"));
        await _platform.Get<ConversationService>().CreateAsync(_alice, new(ConversationType.Group, "room"), Cancelled);
    }

    public ValueTask DisposeAsync() => _platform.DisposeAsync();

    [Fact]
    public async Task A_due_reminder_stays_listed_until_it_is_dismissed()
    {
        var message = (await _platform.Get<MessageService>().SendAsync(_alice, Room, new("remember me"), null, Cancelled)).Message;
        var added = await AddAsync(_alice, new(Later(), ConversationId: "room", MessageId: message.Id));
        Assert.Equal((Later(), null, "room", message.Id, false), (added.RemindAt, added.Text, added.ConversationId, added.MessageId, added.Due));
        Assert.Equal(added, Assert.Single(await ListAsync(_alice)));
        Assert.Empty(await ListAsync(_bob));
        Assert.Empty(await DueAsync());
        _clock.Advance(TimeSpan.FromMinutes(1));
        await _platform.Services.GetServices<ITimedHandler>().OfType<ReminderTeller>().Single().HandleAsync(Assert.Single(await DueAsync()), Cancelled);
        Assert.Empty(await DueAsync());
        Assert.Equal(added with { Due = true }, Assert.Single(await ListAsync(_alice)));
        Assert.Equal(Refusal.ReminderNotFound, await RefusalAsync(Reminders.DeleteAsync(_bob, added.Id, Cancelled)));
        await Reminders.DeleteAsync(_alice, added.Id, Cancelled);
        Assert.Empty(await ListAsync(_alice));
        Assert.Equal(Refusal.ReminderNotFound, await RefusalAsync(Reminders.DeleteAsync(_alice, added.Id, Cancelled)));
    }

    [Fact]
    public async Task It_is_of_a_text_or_of_a_message_that_its_user_may_read()
    {
        var message = (await _platform.Get<MessageService>().SendAsync(_alice, Room, new("hers"), null, Cancelled)).Message;
        Assert.Equal(Refusal.NotAMember, await RefusalAsync(AddAsync(_bob, new(Later(), ConversationId: "room", MessageId: message.Id))));
        Assert.Equal(Refusal.MessageNotFound, await RefusalAsync(AddAsync(_alice, new(Later(), ConversationId: "room", MessageId: "nothing"))));
        Assert.Equal(Refusal.OnBehalfOfRequired, await RefusalAsync(AddAsync(CorePlatform.Backend(), new(Later(), "x"))));
        CreateReminderRequest[] wrong = [new(Later()), new(Later(), ""), new(Later(), new string('x', 1_001)), new(Later(), "x", "room"), new(Later(), "x", MessageId: message.Id), new(_clock.GetUtcNow(), "x"), new(_clock.GetUtcNow().AddDays(400), "x")];
        foreach (var request in wrong)
        {
            Assert.Equal(Refusal.ValidationFailed, await RefusalAsync(AddAsync(_alice, request)));
        }
    }

    [Fact]
    public async Task A_user_has_at_most_500_in_pages()
    {
        for (var i = 0; i < ReminderService.Most; i++)
        {
            await AddAsync(_alice, new(Later(), $"{i}"));
        }

        Assert.Equal(Refusal.LimitReached, await RefusalAsync(AddAsync(_alice, new(Later(), "one more"))));
        await AddAsync(_bob, new(Later(), "his"));
        var seen = new HashSet<string>();
        string? next = null;
        do
        {
            var page = await Reminders.ListAsync(_alice, 200, next, Cancelled);
            Assert.All(page.Items, reminder => Assert.True(seen.Add(reminder.Id)));
            next = page.Next;
        }
        while (next is not null);
        Assert.Equal(ReminderService.Most, seen.Count);
        Assert.Equal(Refusal.InvalidCursor, await RefusalAsync(Reminders.ListAsync(_alice, null, "x", Cancelled)));
    }

    [Fact]
    public async Task All_of_the_users_devices_are_told_on_whatever_replica_they_are()
    {
        await using var replicas = await Replicas.StartAsync();
        var heard = Channel.CreateUnbounded<(string Device, ReminderResponse Reminder)>();
        await using var phone = replicas.Connection("alice", 0);
        phone.ReminderDue += reminder => heard.Writer.TryWrite(("phone", reminder));
        await phone.ConnectAsync(Cancelled).Soon();
        var laptop = await replicas.ConnectAsync("alice", 1, messagePack: true);
        laptop.Hub.On<ReminderResponse>(nameof(IRealtimeClient.Reminder), reminder => heard.Writer.TryWrite(("laptop", reminder)));
        var bob = await replicas.ConnectAsync("bob", 1);
        bob.Hub.On<ReminderResponse>(nameof(IRealtimeClient.Reminder), reminder => heard.Writer.TryWrite(("bob", reminder)));

        var added = await replicas.Get<ReminderService>(1).AddAsync(replicas.CallerOf("alice"), new(TimeProvider.System.GetUtcNow().AddMilliseconds(300), "tea"), Cancelled);
        var told = new[] { await heard.Reader.ReadAsync(Cancelled).AsTask().Soon(), await heard.Reader.ReadAsync(Cancelled).AsTask().Soon() };
        Assert.Equal([("laptop", added with { Due = true }), ("phone", added with { Due = true })], told.OrderBy(one => one.Device, StringComparer.Ordinal));
        await Eventually.HoldsAsync(async () => (await replicas.Get<ReminderService>().ListAsync(replicas.CallerOf("alice"), null, null, Cancelled)).Items is [{ Due: true }] ? null : "it is not due yet", Cancelled);
        Assert.Equal(0, heard.Reader.Count);
        Assert.Empty(replicas.Errors);
    }

    private static async Task<Refusal> RefusalAsync(Task call) => (await Assert.ThrowsAsync<RefusedException>(() => call)).Refusal;

    private static DateTimeOffset Later() => new(2026, 3, 1, 12, 1, 0, TimeSpan.Zero);

    private Task<ReminderResponse> AddAsync(Caller caller, CreateReminderRequest request) => Reminders.AddAsync(caller, request, Cancelled);

    private async Task<IReadOnlyList<ReminderResponse>> ListAsync(Caller caller) => (await Reminders.ListAsync(caller, null, null, Cancelled)).Items;

    private Task<IReadOnlyList<TimedItem>> DueAsync() => _platform.Get<ITimedStore>().ListDueAsync(ReminderService.Kind, [], _clock.GetUtcNow(), 100, Cancelled);
}
