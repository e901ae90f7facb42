using System.Diagnostics;
using System.Net;
using Caas.Contracts;
using Caas.Core.Ids;
using Caas.Realtime.Connections;
using Microsoft.AspNetCore.SignalR;
using Xunit;

namespace Caas.Tests.Realtime;

/// <summary>How connections go on and end.</summary>
public sealed class ConnectionLifeTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_connection_ends_a_while_after_its_token_unless_it_brought_a_fresh_one()
    {
        await using var replicas = await Replicas.StartAsync(1, new() { ["Caas:Realtime:TokenGrace"] = "00:00:01" });
        var (bob, alice) = (await replicas.ConnectAsync("bob"), await replicas.ConnectAsync("alice"));
        foreach (var registered in replicas.Get<LocalConnections>().All)
        {
            registered.Caller = registered.Caller with { TokenExpiresAt = TimeProvider.System.GetUtcNow() };
        }

        await alice.CallAsync("Authenticate", await replicas.TokenAsync("alice"));
        Assert.Equal(new Evicted(null, "token_expired"), await bob.EvictedAsync());
        await bob.ClosedAsync();
        Assert.StartsWith("not_allowed: ", await alice.RefusalAsync("Authenticate", await replicas.TokenAsync("bob")), StringComparison.Ordinal);
        Assert.False((await alice.SendAsync("still here")).Duplicate);
    }

    [Fact]
    public async Task Calls_over_the_limit_are_refused_with_a_hint_when_to_try_again()
    {
        await using var replicas = await Replicas.StartAsync(1, new() { ["Caas:RateLimits:HubMessagesPerSecond"] = "1", ["Caas:RateLimits:HubJoinsPerSecond"] = "1" });
        var alice = await replicas.ConnectAsync("alice");
        await alice.SendAsync("one");
        await alice.SendAsync("two");
        string? refusal = null;
        for (var i = 0; i < 50 && refusal is null; i++)
        {
            try
            {
                await alice.SendAsync("more");
            }
            catch (HubException refused)
            {
                refusal = refused.Message;
            }
        }

        Assert.Matches(@"^rate_limited: .+ try again in \d+ ms\.$", refusal);
    }

    [Fact]
    public async Task A_client_that_does_not_read_is_cut_off_delays_nobody_and_resumes_by_seq()
    {
        await using var replicas = await Replicas.StartAsync(1, new() { ["Caas:Realtime:QueueMessages"] = "50" });
        await using var stuck = await StuckClient.JoinAsync(replicas, "bob");
        var carol = await replicas.ConnectAsync("carol");
        await carol.JoinAsync();
        var text = new string('漢', 10_000);
        var seqs = new List<long>();
        var slowest = TimeSpan.Zero;
        var connections = replicas.Get<LocalConnections>();
        using var bound = new CancellationTokenSource(Replicas.Bound);
        while (connections.OfUser(Replicas.Tenant, new UserId("bob")).Count > 0 || seqs.Count < 100)
        {
            bound.Token.ThrowIfCancellationRequested();
            var started = Stopwatch.StartNew();
            seqs.Add(await replicas.SendAsync("alice", text));
            Assert.Equal(seqs[^1], (await carol.EntryAsync()).Seq);
            slowest = started.Elapsed > slowest ? started.Elapsed : slowest;
        }

        Assert.True(slowest < TimeSpan.FromSeconds(10), $"{slowest}");
        TestContext.Current.TestOutputHelper?.WriteLine($"{TimeProvider.System.GetUtcNow():ss.fff} gone after {seqs.Count} messages; slowest {slowest}");
        var back = await replicas.ConnectAsync("bob");
        var missed = new List<long>();
        for (var after = stuck.JoinedSeq; after < seqs[^1];)
        {
            var page = await back.CallAsync<EntryPage>("ReadEntries", "room", after, 1000);
            missed.AddRange(page.Items.Select(item => item.Seq));
            after = missed[^1];
        }

        Assert.Equal(seqs, missed);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_stopping_replica_tells_its_clients_lets_calls_end_and_takes_no_new_ones(bool bySignal)
    {
        await using var replicas = await Replicas.StartAsync(2);
        var clients = new List<Client>();
        for (var i = 0; i < 10; i++)
        {
            clients.Add(await replicas.ConnectAsync("bob", 1, i % 2 == 0));
        }

        var url = Replicas.UrlOf(replicas.Apps[1]);
        var (began, goesOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        replicas.Backplane.OnSubscribe = () =>
        {
            began.TrySetResult();
            return goesOn.Task;
        };
        var inFlight = clients[0].JoinAsync();
        await began.Task.WaitAsync(Replicas.Bound, Cancelled);
        var started = Stopwatch.StartNew();
        var stopping = Task.Run(
            () =>
            {
                if (bySignal)
                {
                    // What a signal does first: SignalR hears of it too.
                    replicas.Apps[1].Lifetime.StopApplication();
                }

                return replicas.Apps[1].StopAsync(Cancelled);
            },
            Cancelled);
        Assert.Equal(1500, (await clients[5].DrainingAsync()).ReconnectWithinMs);
        goesOn.SetResult();
        using (var http = new HttpClient())
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"{url}/realtime/negotiate?negotiateVersion=1");
            request.Headers.Authorization = new("Bearer", await replicas.TokenAsync("alice"));
            var refused = await http.SendAsync(request, Cancelled);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        }

        Assert.Equal("room", (await inFlight).ConversationId);
        await stopping.WaitAsync(Replicas.Bound, Cancelled);
        foreach (var client in clients)
        {
            await client.DrainingAsync();
            await client.ClosedAsync();
        }

        Assert.Single(await replicas.Directory.ListAsync(Cancelled));
        TestContext.Current.TestOutputHelper?.WriteLine($"Stopped with 10 connections in {started.Elapsed}.");
    }
}
