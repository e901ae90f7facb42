using Caas.Contracts;
using Caas.Core.Delivery;
using Caas.Realtime.Connections;
using Caas.Realtime.Hubs;
using Caas.Tests.Redis;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Xunit;

namespace Caas.Tests.Realtime;

/// <summary>Two replicas over a Redis (Garnet in this process) that comes and goes: entries, and what goes to users.</summary>
public sealed class BackplaneTests : IAsyncLifetime
{
    private readonly GarnetRedis _redis = new();
    private Replicas _replicas = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _redis.StartAsync();
        _replicas = await Replicas.StartAsync(redis: _redis.ConnectionString);
    }

    public async ValueTask DisposeAsync()
    {
        await _replicas.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task Messages_and_what_goes_to_users_cross_replicas_and_survive_the_loss_of_redis()
    {
        var (alice, bob) = (await _replicas.ConnectAsync("alice", 0), await _replicas.ConnectAsync("bob", 1, messagePack: true));
        await bob.JoinAsync();
        await alice.JoinAsync();
        var sent = await alice.SendAsync("over redis");
        Assert.Equal(sent.Seq, (await bob.EntryAsync()).Seq);
        await ReachesAsync("bob", bob, from: 0);

        await _redis.KillAsync();
        sent = await alice.SendAsync("without redis");
        Assert.Equal(sent.Seq, (await bob.EntryAsync()).Seq);

        // Who comes now is let in, and is reached when Redis is back.
        var carol = await _replicas.ConnectAsync("carol", 1);
        await carol.JoinAsync();
        sent = await alice.SendAsync("still without");
        Assert.Equal(sent.Seq, (await carol.EntryAsync()).Seq);
        Assert.Equal(sent.Seq, (await bob.EntryAsync()).Seq);

        await _redis.StartAsync();
        await ConnectedAsync();
        await ReachesAsync("carol", carol, from: 0);
        sent = await alice.SendAsync("over redis again");
        Assert.Equal(sent.Seq, (await carol.EntryAsync()).Seq);
        Assert.Equal(sent.Seq, (await bob.EntryAsync()).Seq);
        Assert.Equal(HubConnectionState.Connected, alice.Hub.State);
        await carol.Hub.StopAsync(Cancelled);
    }

    private Task ConnectedAsync() =>
        Eventually.HoldsAsync(() => _replicas.Get<IConversationChannels>(0).IsConnected && _replicas.Get<IConversationChannels>(1).IsConnected, "a replica is not connected", Cancelled);

    /// <summary>Sends to a user until it arrives: what is told while the other replica is not subscribed is lost.</summary>
    private async Task ReachesAsync(string user, Client client, int from)
    {
        var hub = _replicas.Get<IHubContext<RealtimeHub>>(from);
        var arrived = client.ResyncAsync();
        using var bound = new CancellationTokenSource(Replicas.Bound);
        do
        {
            bound.Token.ThrowIfCancellationRequested();
            await hub.Clients.User(CallerPrincipal.UserKey(Replicas.Tenant, new(user))).SendCoreAsync("Resync", [new Resync("test")], Cancelled);
            await Task.WhenAny(arrived, Task.Delay(200, bound.Token));
        }
        while (!arrived.IsCompleted);

        Assert.Equal("test", (await arrived).Reason);
    }
}
