using Caas.Contracts;
using Caas.Tests.Realtime;
using Xunit;

namespace Caas.Tests.Client;

public sealed class ConnectTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_one_user_sends_the_other_gets_in_order()
    {
        await using var replicas = await Replicas.StartAsync();
        await using var alice = replicas.Connection("alice");
        await using var bob = replicas.Connection("bob", 1);
        await alice.ConnectAsync(Cancelled).WaitAsync(Replicas.Bound, Cancelled);
        await bob.ConnectAsync(Cancelled).WaitAsync(Replicas.Bound, Cancelled);
        await using var room = await bob.JoinAsync("room", 0, Cancelled).WaitAsync(Replicas.Bound, Cancelled);
        var sent = await alice.SendAsync("room", new("hello"), Cancelled).WaitAsync(Replicas.Bound, Cancelled);

        var entries = await room.TakeAsync(sent.Seq);
        Assert.Equal(Enumerable.Range(1, (int)sent.Seq).Select(seq => (long)seq), entries.Select(entry => entry.Seq));
        Assert.Equal("hello", entries[^1].Message!.Text);
        Assert.Equal(EntryTypes.MessageCreated, entries[^1].Type);
        Assert.Equal(sent.Seq, room.LastSeq);
        Assert.False(sent.Duplicate);
        Assert.Equal(1, sent.Attempts);
    }
}
