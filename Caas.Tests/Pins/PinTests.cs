using Caas.Contracts;
using Caas.Core.Pins;
using Caas.Tests.Realtime;
using Xunit;

namespace Caas.Tests.Pins;

/// <summary>Pins over two replicas: pinned on one, seen on the other.</summary>
public sealed class PinTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_pinned_on_one_replica_is_told_on_the_other_once(bool messagePack)
    {
        await using var replicas = await Replicas.StartAsync();
        var (alice, bob) = (await replicas.ConnectAsync("alice", 0, messagePack), await replicas.ConnectAsync("bob", 1, !messagePack));
        Assert.StartsWith("not_allowed: ", await bob.RefusalAsync("PinMessage", "room", (await alice.SendAsync("nobody's")).MessageId), StringComparison.Ordinal);
        await replicas.PromoteAsync("alice");
        await bob.JoinAsync();
        var sent = await alice.SendAsync("one");
        Assert.Equal(sent.Seq, (await bob.EntryAsync()).Seq);

        var pinned = await alice.CallAsync<ChangeResult>("PinMessage", "room", sent.MessageId);
        Assert.Equal(pinned.Seq, (await alice.CallAsync<ChangeResult>("PinMessage", "room", sent.MessageId)).Seq);
        var listed = Assert.Single((await replicas.Get<PinService>(1).ListAsync(replicas.CallerOf("bob"), new("room"), null, null, Cancelled)).Items);
        Assert.Equal((sent.MessageId, "alice"), (listed.Message.Id, listed.PinnedBy));
        var taken = await alice.CallAsync<ChangeResult>("UnpinMessage", "room", sent.MessageId);
        Assert.Equal(taken.Seq, (await alice.CallAsync<ChangeResult>("UnpinMessage", "room", sent.MessageId)).Seq);
        Assert.Empty((await replicas.Get<PinService>(1).ListAsync(replicas.CallerOf("bob"), new("room"), null, null, Cancelled)).Items);

        var entries = await bob.EntriesAsync(2);
        Assert.Equal([(pinned.Seq, EntryTypes.MessagePinned), (taken.Seq, EntryTypes.MessageUnpinned)], entries.Select(entry => (entry.Seq, entry.Type)));
        Assert.Equal((listed.PinnedAt, null), (entries[0].Message!.PinnedAt, entries[1].Message!.PinnedAt));
        Assert.Equal(sent.MessageId, entries[0].Data!.Value.GetProperty("messageId").GetString());
        Assert.StartsWith("message_not_found: ", await alice.RefusalAsync("PinMessage", "room", "nothing"), StringComparison.Ordinal);
        Assert.Equal(0, bob.EntriesWaiting);
        Assert.Empty(replicas.Errors);
    }
}
