using System.Text;
using Caas.Client;
using Caas.Tests.Client;
using Xunit;

namespace Caas.Tests.Hostile;

/// <summary>The corpus that goes over the hub, frame by frame on bare sockets. Whatever is sent ends at most its own connection; the others of the same room notice nothing.</summary>
[Collection<HostileCollection>]
public sealed class HubCorpusTests(HostileHost host)
{
    private const string GoodId = "good";

    private static readonly byte[] GoodJson = Encoding.UTF8.GetBytes($$"""{"type":1,"invocationId":"{{GoodId}}","target":"ReadEntries","arguments":["room",0,1]}""" + "\u001e");

    // [1, {}, "good", "ReadEntries", ["room", 0, 1], []]
    private static readonly byte[] GoodPack = HubFrames.Prefixed([0x96, 0x01, 0x80, 0xA4, .. "good"u8, 0xAB, .. "ReadEntries"u8, 0x93, 0xA4, .. "room"u8, 0x00, 0x01, 0x90]);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("hub-handshakes", "none")]
    [InlineData("hub-frames", "json")]
    [InlineData("hub-json", "json")]
    [InlineData("hub-messagepack", "messagepack")]
    public async Task Malformed_messages_end_their_connection_or_are_refused_and_nobody_else_notices(string area, string protocol)
    {
        var before = await host.StateAsync();
        await using var alice = await ConnectAsync("alice");
        await using var hers = await alice.JoinAsync("second", null, Cancelled);
        await using var bob = await ConnectAsync("bob");
        await using var his = await bob.JoinAsync("second", 0, Cancelled);
        var wrong = new List<string>();
        var cases = Corpus.Read(area);
        foreach (var one in cases)
        {
            if (await JudgeAsync(one, protocol) is { } fault)
            {
                wrong.Add($"{one.Name}: {fault}");
            }
        }

        host.Count(area, cases.Count);
        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong));
        Assert.Equal(before, await host.StateAsync());

        // On the same replica, over a connection that stood all the while.
        var sent = await hers.SendAsync($"after {area}", cancellationToken: Cancelled);
        await his.TakeAsync(sent.Seq);
    }

    private async Task<CaasConnection> ConnectAsync(string user)
    {
        var connection = new CaasConnection(new() { Url = new($"http://127.0.0.1:{host.Replicas[0]}"), Token = _ => Task.FromResult(host.Values[user]) });
        await connection.ConnectAsync(Cancelled);
        return connection;
    }

    private async Task<string?> JudgeAsync(Case one, string protocol)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        bound.CancelAfter(RawHttp.Patience);
        try
        {
            using var hub = protocol == "none" ? await RawHub.ConnectAsync(host.Replicas[0], host.Values["alice"], bound.Token) : await RawHub.OpenAsync(host.Replicas[0], host.Values["alice"], protocol, bound.Token);
            foreach (var (head, payload) in Frames(one, protocol))
            {
                await hub.SendAsync(head, payload, bound.Token);
            }

            if (one.Wire is { } wire)
            {
                await hub.SendRawAsync(Template.Bytes(wire, host.Values), bound.Token);
            }

            if (one.Half)
            {
                hub.Finish();
            }
            else if (protocol != "none")
            {
                await hub.SendAsync(protocol == "json" ? RawHub.TextFrame : RawHub.BinaryFrame, protocol == "json" ? GoodJson : GoodPack, bound.Token);
            }

            var (got, all) = await ReadAsync(hub, protocol, bound.Token);
            host.MustLive();
            return RestCorpusTests.Internal.FirstOrDefault(word => all.Contains(word, StringComparison.Ordinal)) is { } told ? $"it tells of our inside ('{told}'): {all}"
                : all.Contains("internal_error", StringComparison.Ordinal) ? $"a fault of ours: {all}"
                : one.Expect.Split(" or ").Select(wanted => wanted.Trim()).Contains(got) ? null
                : $"expected {one.Expect}, got {got} ({all})";
        }
        catch (OperationCanceledException) when (!Cancelled.IsCancellationRequested)
        {
            return $"neither an answer nor the end within {RawHttp.Patience.TotalSeconds} s";
        }
    }

    private IEnumerable<(byte Head, byte[] Payload)> Frames(Case one, string protocol)
    {
        var (right, other) = protocol == "messagepack" ? (RawHub.BinaryFrame, RawHub.TextFrame) : (RawHub.TextFrame, RawHub.BinaryFrame);
        var head = one.WrongKind ? other : right;
        foreach (var message in one.Messages.Select(message => Template.Bytes(message, host.Values)))
        {
            yield return (head, protocol == "messagepack" ? HubFrames.Prefixed(message) : [.. message, 0x1e]);
        }

        foreach (var frame in one.Frames)
        {
            yield return (head, Template.Bytes(frame, host.Values));
        }
    }

    /// <summary>Reads until the good call is answered or the connection ends.</summary>
    private static async Task<(string Got, string All)> ReadAsync(RawHub hub, string protocol, CancellationToken cancellationToken)
    {
        var (got, all) = ("ignored", new StringBuilder());
        while (await hub.ReceiveAsync(cancellationToken) is { } received)
        {
            foreach (var (id, error, text) in HubFrames.Read(protocol, received))
            {
                all.Append(text).Append(' ');
                if (id == GoodId)
                {
                    return (error is null ? got : $"the next good call got {error}", all.ToString());
                }

                if (id is not null)
                {
                    got = error is null ? "ok" : $"error {error.Split(':')[0]}";
                }
            }
        }

        return ("close", all.ToString());
    }
}
