using System.Threading.Channels;
using Caas.Contracts;
using Caas.Core.Presence;
using Caas.Realtime.Presence;
using Caas.Tests.Realtime;
using Caas.Tests.Redis;
using Microsoft.AspNetCore.SignalR.Client;
using Xunit;

namespace Caas.Tests.Presence;

/// <summary>Presence as clients of two replicas meet it. What is acted on one is seen on the other.</summary>
public sealed class PresenceHubTests : IAsyncLifetime
{
    /// <summary>A grace of 1 s, and replicas that are dead after 1.5 s.</summary>
    internal static readonly Dictionary<string, string?> Quick = new() { ["Caas:Presence:Grace"] = "00:00:01", ["Caas:Presence:Period"] = "00:00:00.100", ["Caas:Presence:Lease"] = "00:00:01.500" };

    private Replicas _replicas = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _replicas = await Replicas.StartAsync(2, Quick);

    public ValueTask DisposeAsync() => _replicas.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_follower_is_told_how_it_is_and_then_what_changes(bool messagePack)
    {
        var (bob, heard) = await ConnectAsync("bob", 1, messagePack);
        var at = TimeProvider.System.GetUtcNow();
        Assert.Equal(
            [new("alice", PresenceStatus.Offline, null, null), new("nobody", PresenceStatus.Offline, null, null)],
            await bob.CallAsync<PresenceState[]>("SubscribePresence", (object)new[] { "alice", "nobody", "alice" }));
        var alice = await _replicas.ConnectAsync("alice", 0, !messagePack);
        Assert.Equal(new("alice", PresenceStatus.Online, null, null), await NextAsync(heard));
        await alice.CallAsync("SetPresence", new SetPresenceRequest(PresenceStatus.Busy, "In a meeting 📅"));
        Assert.Equal(new("alice", PresenceStatus.Busy, "In a meeting 📅", null), await NextAsync(heard));
        Assert.Equal([new("alice", PresenceStatus.Busy, "In a meeting 📅", null)], await bob.CallAsync<PresenceState[]>("GetPresence", (object)new[] { "alice" }));

        await alice.DisposeAsync();
        var gone = await NextAsync(heard);
        Assert.Equal((PresenceStatus.Offline, "In a meeting 📅"), (gone.Status, gone.Text));
        Assert.InRange(gone.LastSeenAt!.Value, at.AddSeconds(-1), TimeProvider.System.GetUtcNow().AddSeconds(1));
        await Eventually.HoldsAsync(async () => (await _replicas.Get<IPresenceStore>().FindManyAsync(Replicas.Tenant, [new("alice")], Cancelled)) is [{ SeenAt: { } seen }] && seen == gone.LastSeenAt ? null : "it is not stored", Cancelled);

        await bob.CallAsync("UnsubscribePresence", (object)new[] { "alice", "carol" });
        await _replicas.ConnectAsync("alice");
        await Eventually.HoldsAsync(async () => (await bob.CallAsync<PresenceState[]>("GetPresence", (object)new[] { "alice" }))[0].Status == PresenceStatus.Busy ? null : "she is not busy", Cancelled);
        Assert.False(heard.Reader.TryRead(out _));
        await Eventually.HoldsAsync(() => _replicas.Get<PresenceFollowers>(1).Count == 1, "alice is not followed any more", Cancelled);
    }

    [Fact]
    public async Task Closing_two_of_three_devices_changes_nothing_nor_does_coming_back_in_time()
    {
        var (_, heard) = await FollowAsync("bob", 1, "alice");
        var devices = new[] { await _replicas.ConnectAsync("alice", 0), await _replicas.ConnectAsync("alice", 1), await _replicas.ConnectAsync("alice", 0) };
        Assert.Equal(PresenceStatus.Online, (await NextAsync(heard)).Status);
        await devices[0].DisposeAsync();
        await devices[1].DisposeAsync();

        // Past the grace of both: another user, followed meanwhile, comes and goes.
        var other = await _replicas.ConnectAsync("carol", 0);
        var (_, heardOfCarol) = await FollowAsync("bob", 1, "carol");
        await other.DisposeAsync();
        while ((await NextAsync(heardOfCarol)).Status != PresenceStatus.Offline)
        {
        }

        Assert.False(heard.Reader.TryRead(out _));
        await devices[2].DisposeAsync();
        await using var back = await _replicas.ConnectAsync("alice", 1);
        await back.CallAsync("SetPresence", new SetPresenceRequest(PresenceStatus.Busy));
        Assert.Equal(PresenceStatus.Busy, (await NextAsync(heard)).Status);
        await back.DisposeAsync();
        Assert.Equal(PresenceStatus.Offline, (await NextAsync(heard)).Status);
    }

    [Fact]
    public async Task Who_is_invisible_is_offline_for_others_only_and_stays_so_over_a_reconnect()
    {
        var (bob, heard) = await FollowAsync("bob", 1, "alice");
        var (alice, heardByAlice) = await ConnectAsync("alice", 0);
        await alice.CallAsync<PresenceState[]>("SubscribePresence", (object)new[] { "alice" });
        Assert.Equal(PresenceStatus.Online, (await NextAsync(heard)).Status);
        await alice.CallAsync("SetPresence", new SetPresenceRequest(PresenceStatus.Invisible, "shh"));
        var hidden = await NextAsync(heard);
        Assert.Equal((PresenceStatus.Offline, (string?)null), (hidden.Status, hidden.Text));
        while (await NextAsync(heardByAlice) is not { Status: PresenceStatus.Invisible, Text: "shh" })
        {
        }

        await alice.DisposeAsync();
        await Eventually.HoldsAsync(async () => (await _replicas.Presence.ReadAsync(Replicas.Tenant, [new("alice")], Cancelled))[0].Status == PresenceStatus.Offline ? null : "she is there", Cancelled);
        var back = await _replicas.ConnectAsync("alice", 1);
        await Eventually.HoldsAsync(async () => (await back.CallAsync<PresenceState[]>("GetPresence", (object)new[] { "alice" }))[0].Status == PresenceStatus.Invisible ? null : "she is not invisible", Cancelled);
        Assert.Equal(PresenceStatus.Offline, (await bob.CallAsync<PresenceState[]>("GetPresence", (object)new[] { "alice" }))[0].Status);
        Assert.False(heard.Reader.TryRead(out _));
        await back.CallAsync("SetPresence", new SetPresenceRequest(PresenceStatus.Online));
        Assert.Equal(PresenceStatus.Online, (await NextAsync(heard)).Status);
    }

    [Fact]
    public async Task Away_is_a_devices_own_and_a_text_ends_when_its_time_has_come()
    {
        var (_, heard) = await FollowAsync("bob", 1, "alice");
        var (phone, laptop) = (await _replicas.ConnectAsync("alice", 0), await _replicas.ConnectAsync("alice", 1));
        Assert.Equal(PresenceStatus.Online, (await NextAsync(heard)).Status);
        await phone.CallAsync("SetPresence", new SetPresenceRequest(PresenceStatus.Away));
        await laptop.CallAsync("SetPresence", new SetPresenceRequest(PresenceStatus.Away));
        Assert.Equal(PresenceStatus.Away, (await NextAsync(heard)).Status);
        await phone.CallAsync("SetPresence", new SetPresenceRequest(PresenceStatus.Online, "Back soon", TimeProvider.System.GetUtcNow().AddSeconds(3)));

        // The text and the device are two things; both are told, in either order.
        var told = await NextAsync(heard);
        while (told.Text != "Back soon")
        {
            told = await NextAsync(heard);
        }

        while (told is not { Status: PresenceStatus.Online, Text: null })
        {
            told = await NextAsync(heard);
        }
    }

    [Fact]
    public async Task The_users_of_a_replica_that_dies_go_offline_and_nobody_else_flickers()
    {
        var (_, heard) = await FollowAsync("bob", 0, "alice");
        var (_, heardOfCarol) = await FollowAsync("bob", 0, "carol");
        await _replicas.ConnectAsync("alice", 1);
        await _replicas.ConnectAsync("carol", 0);
        await _replicas.ConnectAsync("carol", 1);
        Assert.Equal(PresenceStatus.Online, (await NextAsync(heard)).Status);
        Assert.Equal(PresenceStatus.Online, (await NextAsync(heardOfCarol)).Status);

        // It says nothing more, and does not take leave.
        await _replicas.Get<PresenceTracker>(1).StopAsync(Cancelled);
        var gone = await NextAsync(heard);
        Assert.Equal(PresenceStatus.Offline, gone.Status);
        Assert.NotNull(gone.LastSeenAt);
        Assert.Equal(PresenceStatus.Online, (await _replicas.Presence.ReadAsync(Replicas.Tenant, [new("carol")], Cancelled))[0].Status);
        Assert.False(heardOfCarol.Reader.TryRead(out _));
    }

    [Fact]
    public async Task What_cannot_be_is_refused()
    {
        var alice = await _replicas.ConnectAsync("alice");
        Assert.StartsWith("validation_failed: text ", await alice.RefusalAsync("SetPresence", new SetPresenceRequest(PresenceStatus.Busy, new string('x', 201))), StringComparison.Ordinal);
        Assert.StartsWith("validation_failed: expiresAt ", await alice.RefusalAsync("SetPresence", new SetPresenceRequest(PresenceStatus.Busy, null, DateTimeOffset.UnixEpoch)), StringComparison.Ordinal);
        Assert.StartsWith("invalid_arguments: ", await alice.RefusalAsync("SetPresence", System.Text.Json.JsonSerializer.SerializeToElement(new { status = "asleep" })), StringComparison.Ordinal);
        foreach (var method in new[] { "SubscribePresence", "UnsubscribePresence", "GetPresence" })
        {
            Assert.StartsWith("validation_failed: userIds ", await alice.RefusalAsync(method, (object)Array.Empty<string>()), StringComparison.Ordinal);
            Assert.StartsWith("validation_failed: userIds ", await alice.RefusalAsync(method, (object)new[] { "a b" }), StringComparison.Ordinal);
            Assert.StartsWith("validation_failed: userIds ", await alice.RefusalAsync(method, (object)Enumerable.Range(0, 201).Select(i => $"u{i}").ToArray()), StringComparison.Ordinal);
        }

        for (var i = 0; i < 10; i++)
        {
            await alice.CallAsync<PresenceState[]>("SubscribePresence", (object)Enumerable.Range(i * 200, 200).Select(user => $"u{user}").ToArray());
        }

        Assert.StartsWith("limit_reached: ", await alice.RefusalAsync("SubscribePresence", (object)new[] { "one-more" }), StringComparison.Ordinal);
        await alice.CallAsync<PresenceState[]>("SubscribePresence", (object)new[] { "u1" });
        await alice.DisposeAsync();
        await Eventually.HoldsAsync(() => _replicas.Get<PresenceFollowers>().Count == 0, "nobody is followed any more", Cancelled);
    }

    private async Task<(Realtime.Client Client, Channel<PresenceState> Heard)> FollowAsync(string user, int replica, string whom)
    {
        var (client, heard) = await ConnectAsync(user, replica);
        await client.CallAsync<PresenceState[]>("SubscribePresence", (object)new[] { whom });
        return (client, heard);
    }

    private async Task<(Realtime.Client Client, Channel<PresenceState> Heard)> ConnectAsync(string user, int replica, bool messagePack = false)
    {
        var client = await _replicas.ConnectAsync(user, replica, messagePack);
        return (client, Listen(client));
    }

    internal static Channel<PresenceState> Listen(Realtime.Client client)
    {
        var heard = Channel.CreateUnbounded<PresenceState>();
        client.Hub.On<PresenceState>(nameof(IRealtimeClient.Presence), state => heard.Writer.TryWrite(state));
        return heard;
    }

    internal static Task<PresenceState> NextAsync(Channel<PresenceState> heard) => heard.Reader.ReadAsync(Cancelled).AsTask().WaitAsync(Replicas.Bound, Cancelled);
}

/// <summary>Over Redis as it is: emptied, and counted.</summary>
public sealed class PresenceOverRedisTests
{
    private const int Periods = 40;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task After_Redis_was_emptied_everybody_is_there_again_and_nobody_was_told_otherwise()
    {
        await using var redis = new GarnetRedis();
        await redis.StartAsync();
        await using var replicas = await Replicas.StartAsync(2, new(PresenceHubTests.Quick) { ["Caas:Presence:Lease"] = "00:00:20" }, redis.ConnectionString);
        var (alice, bob, carol) = (await replicas.ConnectAsync("alice", 0), await replicas.ConnectAsync("bob", 1), await replicas.ConnectAsync("carol", 1));
        var heard = PresenceHubTests.Listen(bob);
        await alice.CallAsync("SetPresence", new SetPresenceRequest(PresenceStatus.Busy, "Writing"));
        await Eventually.HoldsAsync(async () => (await bob.CallAsync<PresenceState[]>("SubscribePresence", (object)new[] { "alice", "carol" })) is [{ Status: PresenceStatus.Busy }, { Status: PresenceStatus.Online }] ? null : "they are not there", Cancelled);

        await redis.KillAsync();
        await redis.StartAsync();
        await Eventually.HoldsAsync(
            async () =>
            {
                try
                {
                    return await bob.CallAsync<PresenceState[]>("GetPresence", (object)new[] { "alice" }) is [{ Status: PresenceStatus.Busy, Text: "Writing" }] ? null : "she is not busy";
                }
                catch (Microsoft.AspNetCore.SignalR.HubException gone) when (gone.Message.StartsWith("unavailable: ", StringComparison.Ordinal))
                {
                    return gone.Message;
                }
            },
            Cancelled);
        await alice.CallAsync("SetPresence", new SetPresenceRequest(PresenceStatus.Online, "Done"));

        // Carol leaves; what bob hears of alice on the way is news, or nothing.
        await carol.DisposeAsync();
        for (var state = await PresenceHubTests.NextAsync(heard); state.UserId != "carol"; state = await PresenceHubTests.NextAsync(heard))
        {
            Assert.NotEqual(PresenceStatus.Offline, state.Status);
        }
    }

    [Fact]
    public async Task An_idle_replica_asks_Redis_as_often_for_5_000_devices_as_for_100()
    {
        RealRedis.SkipUnlessInstalled();
        await using var redis = new RealRedis();
        await redis.StartAsync();
        await using var replicas = await Replicas.StartAsync(1, new() { ["Caas:Presence:Period"] = "00:00:00.050" }, redis.ConnectionString);
        await using var counter = await StackExchange.Redis.ConnectionMultiplexer.ConnectAsync($"{redis.ConnectionString},allowAdmin=true");
        var tracker = replicas.Get<PresenceTracker>();
        var directory = replicas.Get<IPresenceDirectory>();
        var counts = new List<double>();
        for (var (devices, more) = (0, 100); more > 0; more = devices < 5_000 ? 4_900 : 0)
        {
            foreach (var i in Enumerable.Range(devices, more))
            {
                tracker.Connected(Replicas.Tenant, new($"user-{i}"), $"device-{i}");
            }

            devices += more;
            await Eventually.HoldsAsync(async () => (await directory.SummarizeAsync(Replicas.Tenant, Cancelled)).Online == devices ? null : "not all are there", Cancelled);

            // Idle is a replica that has told everybody: nothing was published for a while.
            var quiet = await CommandsAsync(counter);
            await Eventually.HoldsAsync(
                async () =>
                {
                    var now = await CommandsAsync(counter);
                    if (now.Told != quiet.Told)
                    {
                        quiet = now;
                    }

                    return now.Scripts >= quiet.Scripts + Periods ? null : "it still tells";
                },
                Cancelled);
            var (before, after) = (await CommandsAsync(counter), default((long All, long Scripts, long Told)));
            await Eventually.HoldsAsync(async () => (after = await CommandsAsync(counter)).Scripts >= before.Scripts + Periods ? null : "it has not asked often enough", Cancelled);
            counts.Add((double)(after.All - before.All) / (after.Scripts - before.Scripts));
        }

        TestContext.Current.SendDiagnosticMessage($"Redis commands of an idle replica in one period: {counts[0]:0.0} with 100 devices, {counts[1]:0.0} with 5,000.");
        Assert.InRange(counts[1], 1, (counts[0] * 1.25) + 1);
    }

    /// <summary>All commands that Redis has carried out, those inside of scripts among them, the scripts, and what was published.</summary>
    private static async Task<(long All, long Scripts, long Told)> CommandsAsync(StackExchange.Redis.ConnectionMultiplexer redis)
    {
        var stats = (await redis.GetServers()[0].InfoAsync("commandstats")).SelectMany(group => group).Where(command => !command.Key.StartsWith("cmdstat_info", StringComparison.Ordinal)).ToDictionary(command => command.Key, command => long.Parse(command.Value.Split('=', ',')[1], provider: null));
        return (stats.Values.Sum(), stats.GetValueOrDefault("cmdstat_evalsha"), stats.GetValueOrDefault("cmdstat_publish"));
    }
}
