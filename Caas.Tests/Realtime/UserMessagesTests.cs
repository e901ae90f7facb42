using System.Text;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Delivery;
using Caas.Core.Tenants;
using Caas.Core.Tokens;
using Caas.Core.Users;
using Caas.Realtime.Connections;
using Caas.Realtime.Hubs;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Xunit;

namespace Caas.Tests.Realtime;

/// <summary>What is addressed to users through SignalR's hub context, over two replicas. Who has joined is among the connections: that a client has connected tells only of the handshake.</summary>
public sealed class UserMessagesTests : IAsyncLifetime
{
    private Replicas _replicas = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _replicas = await Replicas.StartAsync();

    public ValueTask DisposeAsync() => _replicas.DisposeAsync();

    [Fact]
    public async Task Every_device_of_a_user_gets_it_once_in_both_protocols_wherever_it_is_connected()
    {
        var heard = new Queue<string>[4];
        var devices = new Client[heard.Length];
        for (var i = 0; i < heard.Length; i++)
        {
            var own = heard[i] = new();
            devices[i] = await _replicas.ConnectAsync("alice", i / 2, messagePack: i % 2 == 1, listen: hub => hub.On<PresenceState>("Presence", state => own.Enqueue($"{state.UserId} {state.Status} {state.Text}")));
            await devices[i].JoinAsync();
        }

        await To("alice").SendCoreAsync("Presence", [new PresenceState("bob", PresenceStatus.Away, "lunch", null)], Cancelled);
        await To("alice").SendCoreAsync("Resync", [new Resync("last")], Cancelled);
        foreach (var device in devices)
        {
            Assert.Equal("last", (await device.ResyncAsync()).Reason);
        }

        Assert.All(heard, own => Assert.Equal("bob Away lunch", Assert.Single(own)));
    }

    [Fact]
    public async Task Another_tenants_user_of_the_same_name_hears_nothing()
    {
        await _replicas.Get<TenantService>().CreateAsync(Replicas.Admin, new("Other", "other"), Cancelled);
        var other = new Caller { Kind = CallerKind.Backend, Tenant = new("other"), KeyId = "test" };
        await _replicas.Get<UserService>().UpsertAsync(other, "alice", new("alice"), Cancelled);
        var token = (await _replicas.Get<TokenService>().IssueAsync(other, "alice", new(null), Cancelled)).Token;
        var (ours, theirs) = (await _replicas.ConnectAsync("alice", 1), await _replicas.ConnectAsync("alice", 1, token: token));
        await ours.JoinAsync();
        await theirs.CallAsync<PresenceState[]>("GetPresence", (object)new[] { "alice" });
        await To("alice").SendCoreAsync("Resync", [new Resync("ours")], Cancelled);
        Assert.Equal("ours", (await ours.ResyncAsync()).Reason);
        await _replicas.Get<IHubContext<RealtimeHub>>().Clients.Users(CallerPrincipal.UserKey(new("other"), new("alice"))).SendCoreAsync("Resync", [new Resync("theirs")], Cancelled);
        Assert.Equal("theirs", (await theirs.ResyncAsync()).Reason);
    }

    [Fact]
    public async Task A_replica_without_the_backplane_reaches_its_own_and_what_is_no_message_is_dropped()
    {
        var alice = await _replicas.ConnectAsync("alice");
        await alice.JoinAsync();
        foreach (var nonsense in (string[])["", "{}", "[]", """{"origin":"x","users":null,"method":"Resync","arguments":[]}""", """{"origin":"x","users":[null],"method":"Resync","arguments":[]}"""])
        {
            _replicas.Get<IConversationChannels>(1).Publish(UserMessages.ChannelOf(Replicas.Tenant), Encoding.UTF8.GetBytes(nonsense));
        }

        _replicas.Backplane.Disconnect();
        await To("alice").SendCoreAsync("Resync", [new Resync("here")], Cancelled);
        Assert.Equal("here", (await alice.ResyncAsync()).Reason);
        Assert.Empty(_replicas.Errors);
    }

    [Fact]
    public async Task A_connection_is_reached_where_it_is_and_groups_are_refused()
    {
        var alice = await _replicas.ConnectAsync("alice");
        await alice.JoinAsync();
        var clients = _replicas.Get<IHubContext<RealtimeHub>>().Clients;
        await clients.Client("nobody").SendCoreAsync("Resync", [new Resync("lost")], Cancelled);
        await clients.Client(_replicas.Get<LocalConnections>().All.Single().Id).SendCoreAsync("Resync", [new Resync("one")], Cancelled);
        Assert.Equal("one", (await alice.ResyncAsync()).Reason);
        await Assert.ThrowsAsync<NotSupportedException>(() => clients.All.SendCoreAsync("Resync", [new Resync("all")], Cancelled));
        await Assert.ThrowsAsync<NotSupportedException>(() => clients.Group("room").SendCoreAsync("Resync", [new Resync("group")], Cancelled));
    }

    private IClientProxy To(string user) => _replicas.Get<IHubContext<RealtimeHub>>().Clients.User(CallerPrincipal.UserKey(Replicas.Tenant, new(user)));
}
