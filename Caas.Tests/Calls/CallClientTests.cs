using System.Text.Json;
using System.Threading.Channels;
using Caas.Client;
using Caas.Contracts;
using Caas.Realtime.Connections;
using Caas.Tests.Client;
using Caas.Tests.Realtime;
using Xunit;

namespace Caas.Tests.Calls;

/// <summary>Calls with the .NET client.</summary>
public sealed class CallClientTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_client_calls_answers_signals_and_comes_back_to_its_call()
    {
        await using var replicas = await Replicas.StartAsync();
        await using var alice = replicas.Connection("alice", 0);
        await using var bob = replicas.Connection("bob", 1);
        await alice.ConnectAsync(Cancelled).Soon();
        await bob.ConnectAsync(Cancelled).Soon();
        Assert.Empty((await bob.GetIceServersAsync(Cancelled).Soon()).IceServers);
        var (hers, his) = (Hear(alice), Hear(bob));

        var call = await alice.StartCallAsync(new(["bob"], Media: CallMedia.Video), Cancelled).Soon();
        Assert.Equal("alice", (await NextAsync<CallRinging>(his)).FromUserId);
        await alice.SignalAsync(call.CallId, "bob", new(SignalKind.Offer, JsonSerializer.SerializeToElement("sdp")), Cancelled).Soon();
        await bob.AcceptCallAsync(call.CallId, Cancelled).Soon();
        Assert.Equal("sdp", (await NextAsync<CallSignal>(his)).Payload.GetString());
        Assert.Equal("bob", (await NextAsync<CallAccepted>(hers)).UserId);
        await bob.SetCallMediaAsync(call.CallId, new(true, false), Cancelled).Soon();
        await bob.ReportCallQualityAsync(call.CallId, new(20, 0, 1, 900), Cancelled).Soon();

        Assert.Single(replicas.Get<LocalConnections>(1).OfUser(Replicas.Tenant, new("bob"))).CutOff();
        await bob.ReachesAsync(ConnectionState.Reconnecting);
        await bob.ReachesAsync(ConnectionState.Connected);
        await bob.ResumeCallAsync(call.CallId, Cancelled).Soon();
        CallParticipantState[] states = [(await ChangedAsync(hers, "bob")).State, (await ChangedAsync(hers, "bob")).State];
        Assert.Contains(CallParticipantState.Joined, states);

        foreach (var refused in new[] { () => alice.InviteToCallAsync(call.CallId, ["carol"], Cancelled), () => alice.RemoveFromCallAsync(call.CallId, "bob", Cancelled) })
        {
            Assert.Equal("not_allowed", (await Assert.ThrowsAsync<CaasException>(() => refused().Soon())).Code);
        }

        await bob.LeaveCallAsync(call.CallId, Cancelled).Soon();
        Assert.Equal(CallOutcome.Completed, (await NextAsync<CallEnded>(hers)).Reason);
        var second = await alice.StartCallAsync(new(["bob"]), Cancelled).Soon();
        await bob.DeclineCallAsync(second.CallId, cancellationToken: Cancelled).Soon();
        Assert.Equal("declined", (await NextAsync<CallDeclined>(hers)).Reason);
    }

    private static Channel<object> Hear(CaasConnection connection)
    {
        var heard = Channel.CreateUnbounded<object>();
        connection.CallRings += news => heard.Writer.TryWrite(news);
        connection.CallAnswered += news => heard.Writer.TryWrite(news);
        connection.CallRefused += news => heard.Writer.TryWrite(news);
        connection.CallChanged += news => heard.Writer.TryWrite(news);
        connection.CallOver += news => heard.Writer.TryWrite(news);
        connection.CallSignalled += news => heard.Writer.TryWrite(news);
        return heard;
    }

    private static async Task<CallParticipantChanged> ChangedAsync(Channel<object> heard, string user)
    {
        while (true)
        {
            if (await NextAsync<CallParticipantChanged>(heard) is var changed && changed.UserId == user && changed.State != CallParticipantState.Ringing)
            {
                return changed;
            }
        }
    }

    private static async Task<T> NextAsync<T>(Channel<object> heard)
    {
        while (true)
        {
            if (await heard.Reader.ReadAsync(Cancelled).AsTask().WaitAsync(Replicas.Bound, Cancelled) is T news)
            {
                return news;
            }
        }
    }
}
