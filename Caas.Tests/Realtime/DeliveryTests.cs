using System.Diagnostics;
using Caas.Contracts;
using Caas.Core.Conversations;
using Caas.Core.Delivery;
using Caas.Core.Members;
using Caas.Realtime.Connections;
using Caas.Realtime.Hubs;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Xunit;

namespace Caas.Tests.Realtime;

/// <summary>Live delivery between replicas, whatever the backplane does.</summary>
public sealed class DeliveryTests : IAsyncLifetime
{
    private Replicas _replicas = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _replicas = await Replicas.StartAsync();

    public ValueTask DisposeAsync() => _replicas.DisposeAsync();

    [Fact]
    public async Task Over_a_backplane_that_loses_repeats_and_reorders_everything_arrives_in_order_and_once()
    {
        var lost = 0;
        _replicas.Backplane.Reorders = true;
        _replicas.Backplane.Repeats = true;
        _replicas.Backplane.Loses = _ => Interlocked.Increment(ref lost) % 3 == 0;
        var bob = await _replicas.ConnectAsync("bob", 1);
        var carol = await _replicas.ConnectAsync("carol", 0, messagePack: true);
        var first = (await bob.JoinAsync()).LastSeq + 1;
        await carol.JoinAsync();
        var senders = Enumerable.Range(0, 4).Select(sender => Task.Run(async () =>
        {
            for (var i = 0; i < 25; i++)
            {
                await _replicas.SendAsync("alice", $"{sender}/{i}", sender % 2);
            }
        }, Cancelled));
        await Task.WhenAll(senders).WaitAsync(Replicas.Bound, Cancelled);
        foreach (var client in new[] { bob, carol })
        {
            Assert.Equal(Enumerable.Range((int)first, 100).Select(seq => (long)seq), (await client.EntriesAsync(100)).Select(entry => entry.Seq));
            Assert.Equal(0, client.EntriesWaiting);
        }
    }

    [Fact]
    public async Task With_the_backplane_gone_messages_cross_replicas_all_the_same()
    {
        _replicas.Backplane.Disconnect();
        var bob = await _replicas.ConnectAsync("bob", 1);
        await bob.JoinAsync();
        var seqs = new List<long>();
        for (var i = 0; i < 10; i++)
        {
            seqs.Add(await _replicas.SendAsync("alice", $"{i}"));
        }

        Assert.Equal(seqs, (await bob.EntriesAsync(10)).Select(entry => entry.Seq));

        // Back again, nothing comes twice.
        _replicas.Backplane.Connect();
        var last = await _replicas.SendAsync("alice", "back");
        Assert.Equal(last, (await bob.EntryAsync()).Seq);
    }

    [Fact]
    public async Task A_client_joining_while_others_send_misses_nothing_and_gets_nothing_twice()
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var sending = Task.Run(async () =>
        {
            for (var i = 0; !enough.IsCancellationRequested; i++)
            {
                await _replicas.SendAsync("alice", $"{i}", i % 2);
            }

            return await _replicas.SendAsync("alice", "last");
        }, Cancelled);
        var joined = new List<(Client Client, JoinResult Answer)>();
        for (var i = 0; i < 12; i++)
        {
            var client = await _replicas.ConnectAsync("bob", i % 2, i % 3 == 0);
            joined.Add((client, await client.JoinAsync(0)));
        }

        await enough.CancelAsync();
        var last = await sending;
        foreach (var (client, answer) in joined)
        {
            var seqs = answer.Items.Select(item => item.Seq).ToList();
            for (var from = seqs[^1]; !answer.Complete && from < answer.LastSeq;)
            {
                var page = await client.CallAsync<EntryPage>("ReadEntries", "room", from, 1000);
                seqs.AddRange(page.Items.Select(item => item.Seq).Where(seq => seq <= answer.LastSeq));
                from = page.Items[^1].Seq;
            }

            while (seqs[^1] < last)
            {
                seqs.Add((await client.EntryAsync()).Seq);
            }

            Assert.Equal(Enumerable.Range(1, (int)last).Select(seq => (long)seq), seqs);
        }
    }

    [Fact]
    public async Task Members_who_do_not_watch_hear_of_it_at_most_once_a_second_and_of_the_last_state()
    {
        var bob = await _replicas.ConnectAsync("bob", 1);
        var watching = await _replicas.ConnectAsync("bob", 0);
        await watching.JoinAsync();
        var started = Stopwatch.StartNew();
        long last = 0;
        for (var i = 0; i < 40; i++)
        {
            last = await _replicas.SendAsync("alice", $"{i}", i % 2);
        }

        var updates = new List<ConversationUpdated>();
        do
        {
            updates.Add(await bob.UpdateAsync());
        }
        while (updates[^1].LastSeq < last);

        Assert.True(updates.Count <= started.Elapsed.TotalSeconds + 2, $"{updates.Count} updates in {started.Elapsed}");
        Assert.Equal("39", updates[^1].LastMessage!.Text);
        Assert.Equal(40, updates[^1].Unread);
        Assert.Equal("room", updates[^1].ConversationId);
        await watching.EntriesAsync(40);
        while (watching.UpdatesWaiting > 0)
        {
            // Of nothing that it watched: that the room was made may have been told before it joined.
            Assert.Null((await watching.UpdateAsync()).LastMessage);
        }
    }

    [Fact]
    public async Task Who_is_added_to_a_conversation_hears_of_it()
    {
        await _replicas.Get<ConversationService>().CreateAsync(Replicas.System, new(ConversationType.Group, "club", null, ["alice"]), Cancelled);
        var bob = await _replicas.ConnectAsync("bob", 1);
        await _replicas.Get<MemberService>().AddAsync(Replicas.System, new("club"), new(["bob"]), Cancelled);
        Assert.Equal(0, (await bob.UpdateAsync("club")).Unread);
    }

    [Fact]
    public async Task A_user_without_membership_hears_nothing()
    {
        await _replicas.Get<ConversationService>().CreateAsync(Replicas.System, new(ConversationType.Group, "club", null, ["alice"]), Cancelled);
        var (alice, bob) = (await _replicas.ConnectAsync("alice", 1), await _replicas.ConnectAsync("bob", 1));
        await _replicas.SendAsync("alice", "secret", conversation: "club");
        await alice.UpdateAsync("club");
        await _replicas.SendAsync("alice", "open");
        Assert.Equal("room", (await bob.UpdateAsync()).ConversationId);
    }

    [Fact]
    public async Task A_replica_announces_itself_and_counts_its_connections()
    {
        var directory = _replicas.Get<IReplicaDirectory>();
        await _replicas.ConnectAsync("alice", 1);
        IReadOnlyList<Replica> replicas = [];
        await Eventually.HoldsAsync(
            async () =>
            {
                replicas = await directory.ListAsync(Cancelled);
                return replicas.Count == 2 && replicas.Sum(replica => replica.Connections) == 1 ? null : $"announced is [{string.Join(", ", replicas)}]";
            },
            Cancelled);

        Assert.Equal(_replicas.Apps.Select(app => Replicas.UrlOf(app).Replace("127.0.0.1", "localhost", StringComparison.Ordinal)).Order(), replicas.Select(replica => replica.PublicUrl).Order());
    }

    [Fact]
    public async Task What_goes_to_a_user_reaches_its_connections_and_no_others()
    {
        var (alice, bob) = (await _replicas.ConnectAsync("alice"), await _replicas.ConnectAsync("bob"));
        await alice.JoinAsync();
        var hub = _replicas.Get<IHubContext<RealtimeHub>>();
        await hub.Clients.User(CallerPrincipal.UserKey(Replicas.Tenant, new("alice"))).SendCoreAsync("Resync", [new Resync("test")], Cancelled);
        Assert.Equal("test", (await alice.ResyncAsync()).Reason);
        Assert.Equal(HubConnectionState.Connected, bob.Hub.State);
    }
}
