using System.Threading.Channels;
using Caas.Client;
using Caas.Tests.Client;
using Caas.Tests.Realtime;
using Xunit;

namespace Caas.Tests.Typing;

/// <summary>Typing with the .NET client.</summary>
public sealed class TypingClientTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_client_says_and_hears_who_types()
    {
        await using var replicas = await Replicas.StartAsync();
        await using var alice = replicas.Connection("alice", 0);
        await using var bob = replicas.Connection("bob", 1);
        await alice.ConnectAsync(Cancelled).Soon();
        await bob.ConnectAsync(Cancelled).Soon();
        await using var hers = await alice.JoinAsync("room", 0, Cancelled).Soon();
        await using var his = await bob.JoinAsync("room", 0, Cancelled).Soon();
        var heard = Channel.CreateUnbounded<string>();
        his.TypingChanged += typing => heard.Writer.TryWrite(typing.DisplayText);

        Assert.Empty((await his.GetTypingAsync(Cancelled).Soon()).UserIds);
        await hers.StartTypingAsync(Cancelled).Soon();
        Assert.Equal("alice is typing…", await heard.Reader.ReadAsync(Cancelled).AsTask().Soon());
        Assert.Equal(["alice"], his.Typing.UserIds);
        Assert.Empty((await hers.GetTypingAsync(Cancelled).Soon()).UserIds);
        await hers.StopTypingAsync(Cancelled).Soon();
        Assert.Equal("", await heard.Reader.ReadAsync(Cancelled).AsTask().Soon());
        await hers.StartTypingAsync(Cancelled).Soon();
        Assert.Equal("alice is typing…", await heard.Reader.ReadAsync(Cancelled).AsTask().Soon());
        await hers.SendAsync("hello", cancellationToken: Cancelled).Soon();
        Assert.Equal("", await heard.Reader.ReadAsync(Cancelled).AsTask().Soon());
        Assert.Empty(his.Typing.UserIds);

        await replicas.RemoveAsync("alice");
        await Eventually.HoldsAsync(() => hers.EndedBy is not null, "her conversation ends", Cancelled);
        await hers.StartTypingAsync(Cancelled).Soon();
        Assert.Equal("not_a_member", (await Assert.ThrowsAsync<CaasException>(() => hers.GetTypingAsync(Cancelled).Soon())).Code);
    }
}
