using System.Threading.Channels;
using Caas.Client;
using Caas.Contracts;
using Caas.Realtime.Connections;
using Caas.Tests.Client;
using Caas.Tests.Realtime;
using Xunit;

namespace Caas.Tests.Presence;

/// <summary>Presence with the .NET client.</summary>
public sealed class PresenceClientTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_client_follows_users_through_reconnects_and_is_told_only_what_differs()
    {
        await using var replicas = await Replicas.StartAsync(2, PresenceHubTests.Quick);
        await using var alice = replicas.Connection("alice", 0);
        await using var bob = replicas.Connection("bob", 1);
        await alice.ConnectAsync(Cancelled).Soon();
        await bob.ConnectAsync(Cancelled).Soon();
        var heard = Channel.CreateUnbounded<PresenceState>();
        bob.PresenceChanged += state => heard.Writer.TryWrite(state);
        await Eventually.HoldsAsync(async () => (await bob.GetPresenceAsync(["alice"], Cancelled).Soon())[0].Status == PresenceStatus.Online ? null : "she is not there", Cancelled);
        Assert.Equal(PresenceStatus.Online, (await bob.FollowPresenceAsync(["alice"], Cancelled).Soon())[0].Status);
        await alice.SetPresenceAsync(new(PresenceStatus.Busy, "Lunch"), Cancelled).Soon();
        Assert.Equal((PresenceStatus.Busy, "Lunch"), await NextAsync(heard));

        // He loses the connection, and hears what he missed; then she does, being away, and nobody hears of it.
        Cut(replicas, 1, "bob");
        await bob.ReachesAsync(ConnectionState.Reconnecting);
        await alice.SetPresenceAsync(new(PresenceStatus.Online), Cancelled).Soon();
        Assert.Equal((PresenceStatus.Online, null), await NextAsync(heard));
        await alice.SetPresenceAsync(new(PresenceStatus.Away), Cancelled).Soon();
        Assert.Equal((PresenceStatus.Away, null), await NextAsync(heard));
        Cut(replicas, 0, "alice");
        await alice.ReachesAsync(ConnectionState.Reconnecting);
        await alice.ReachesAsync(ConnectionState.Connected);
        await alice.SetPresenceAsync(new(PresenceStatus.Busy), Cancelled).Soon();
        Assert.Equal((PresenceStatus.Busy, null), await NextAsync(heard));
        await bob.UnfollowPresenceAsync(["alice"], Cancelled).Soon();
        Assert.Equal("validation_failed", (await Assert.ThrowsAsync<CaasException>(() => bob.FollowPresenceAsync([], Cancelled).Soon())).Code);
    }

    private static void Cut(Replicas replicas, int replica, string user) => Assert.Single(replicas.Get<LocalConnections>(replica).OfUser(Replicas.Tenant, new(user))).CutOff();

    private static async Task<(PresenceStatus Status, string? Text)> NextAsync(Channel<PresenceState> heard)
    {
        var state = await heard.Reader.ReadAsync(Cancelled).AsTask().WaitAsync(Replicas.Bound, Cancelled);
        return (state.Status, state.Text);
    }
}
