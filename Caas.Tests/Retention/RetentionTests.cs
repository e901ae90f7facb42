using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Messages;
using Caas.Core.Retention;
using Caas.Core.Scheduled;
using Caas.Core.Tenants;
using Caas.Core.Timed;
using Caas.Tests.Realtime;
using Xunit;

namespace Caas.Tests.Retention;

/// <summary>What is too old goes, on one replica, and is told on the other.</summary>
public sealed class RetentionTests : IAsyncLifetime
{
    private static readonly LogId Log = new(Replicas.Tenant, "room");
    private static readonly Caller Admin = new() { Kind = CallerKind.Admin };

    private Replicas _replicas = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private IEntryStore Entries => _replicas.Get<IEntryStore>();

    public async ValueTask InitializeAsync() => _replicas = await Replicas.StartAsync();

    public ValueTask DisposeAsync() => _replicas.DisposeAsync();

    [Fact]
    public async Task Messages_older_than_the_tenant_keeps_them_are_erased_and_told()
    {
        var (first, second, third) = (await SendAsync("a secret of long ago", 40), await SendAsync("a secret of a month ago", 31), await SendAsync("of last week", 7));
        await KnownAsync(third);
        var bob = await _replicas.ConnectAsync("bob", 1);
        await bob.JoinAsync();

        // Without the setting nothing is too old.
        Assert.Equal(0, await SweepAsync());
        await SetAsync(30);
        Assert.Equal(2, await SweepAsync());
        var told = await bob.EntriesAsync(2);
        Assert.All(told, entry => Assert.Equal((EntryTypes.MessageDeleted, (string?)null), (entry.Type, entry.ActorId)));
        Assert.Equal([first, second], told.Select(entry => entry.Message!.Seq));
        Assert.All(told, entry => Assert.True(entry.Message is { Text: null, DeletedAt: not null }));
        Assert.Equal("of last week", (await Entries.ReadManyAsync(Log, [third], Cancelled))[0].Message!.Text);

        // Dense, and done once: whoever sweeps next goes on behind.
        var log = await Entries.ReadAfterAsync(Log, 0, 100, Cancelled);
        Assert.Equal(Enumerable.Range(1, log.Count).Select(seq => (long)seq), log.Select(entry => entry.Seq));
        Assert.Equal(0, await SweepAsync(1, epoch: 2));
        Assert.Equal(log.Count, (await Entries.ReadTailAsync(Log, Cancelled)).Seq);

        // What could not be sent then, and nobody dismissed, goes, too.
        var timed = _replicas.Get<ITimedStore>();
        foreach (var (id, days, waiting) in new[] { ("1", 31, false), ("2", 29, false), ("3", 31, true) })
        {
            await timed.AddAsync(new(new(Replicas.Tenant, ScheduledMessages.Kind, "elsewhere"), id, new("bob"), TimeProvider.System.GetUtcNow().AddDays(waiting ? days : -days), waiting, "{}"), Cancelled);
        }

        Assert.Equal(1, await SweepAsync(1, epoch: 2));
        Assert.Equal(["2", "3"], (await timed.ListAsync(new(Replicas.Tenant, ScheduledMessages.Kind, "elsewhere"), TimedOwner.Everybody, null, 10, Cancelled)).Select(item => item.Id));

        // Shorter is later heeded, longer brings nothing back.
        await SetAsync(5);
        Assert.Equal(2, await SweepAsync(1, epoch: 3));
        await SetAsync(365);
        Assert.Equal(0, await SweepAsync(0, epoch: 4));
        Assert.Empty(_replicas.Errors);
    }

    [Fact]
    public async Task What_is_deleted_already_is_passed_over_and_a_round_that_broke_off_is_finished()
    {
        var seqs = new List<long>();
        for (var i = 0; i < 220; i++)
        {
            seqs.Add(await SendAsync($"message {i}", 100));
        }

        await KnownAsync(seqs[^1]);
        await SetAsync(30);
        var message = Assert.Single(await Entries.ReadManyAsync(Log, [seqs[3]], Cancelled));
        await _replicas.Get<MessageService>().DeleteAsync(Replicas.System, new("room"), message.Id, Cancelled);

        // Two at once, as when a lease was lost without being noticed: nothing is erased twice.
        await Task.WhenAll(SweepAsync(0), SweepAsync(1));
        Assert.Equal(0, await SweepAsync());
        var left = await Entries.ReadMessagesAsync(Log, Direction.Newer, 0, 1_000, Cancelled);
        Assert.All(left, one => Assert.NotNull(one.Message!.DeletedAt));
        Assert.Equal(220, (await Entries.ReadAfterAsync(Log, 0, 2_000, Cancelled)).Count(entry => entry.Type == EntryTypes.MessageDeleted));
    }

    [Fact]
    public async Task Messages_of_a_deleted_conversation_go_at_the_same_age()
    {
        var (old, young) = (await SendAsync("a secret of long ago", 40), await SendAsync("of last week", 7));
        await KnownAsync(young);
        await SetAsync(30);
        await _replicas.Get<ConversationService>().DeleteAsync(Replicas.System, new("room"), Cancelled);
        await Eventually.HoldsAsync(async () => (await _replicas.Get<IConversationStore>().FindAsync(Replicas.Tenant, new("room"), Cancelled))!.DeletedAt is null ? "it stands" : null, Cancelled);
        Assert.Equal(1, await SweepAsync());
        Assert.Equal([null, "of last week"], (await Entries.ReadManyAsync(Log, [old, young], Cancelled)).Select(entry => entry.Message!.Text));
        Assert.Equal(0, await SweepAsync());
        await SetAsync(5);
        Assert.Equal(1, await SweepAsync(1, epoch: 2));
        Assert.Empty(_replicas.Errors);
    }

    [Fact]
    public async Task A_tenant_says_how_long_it_keeps_in_days()
    {
        foreach (var days in new[] { 0, -1, 36_501 })
        {
            await Assert.ThrowsAsync<Caas.Core.Refusals.RefusedException>(() => SetAsync(days));
        }

        await SetAsync(36_500);
    }

    private Task<long> SweepAsync(int replica = 0, long epoch = 1) => _replicas.Get<RetentionSweep>(replica).SweepAsync(epoch, Cancelled);

    private Task<TenantResponse> SetAsync(int days) => _replicas.Get<TenantService>().UpdateAsync(Admin, Replicas.Tenant.Value, new() { Settings = new TenantSettings { RetentionDays = days } }, Cancelled);

    /// <summary>A sweep goes by the summaries, which follow the log.</summary>
    private Task KnownAsync(long seq) => Eventually.HoldsAsync(async () => (await _replicas.Get<IConversationStore>().FindAsync(Replicas.Tenant, new("room"), Cancelled))!.Summary.LastMessageSeq >= seq ? null : "the summary is behind", Cancelled);

    /// <summary>A message that was sent days ago.</summary>
    private async Task<long> SendAsync(string text, int daysAgo)
    {
        var draft = _replicas.Get<EntryDrafts>().Create(_replicas.CallerOf("alice"), Log, EntryTypes.MessageCreated, "hash", EntryTarget.Message, clientId: null) with { Message = new() { Text = text } };
        return (await Entries.AppendAsync([draft with { At = draft.At.AddDays(-daysAgo) }], Cancelled))[0].Entry!.Seq;
    }
}
