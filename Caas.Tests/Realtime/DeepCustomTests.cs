using System.Text.Json;
using Caas.Contracts;
using Xunit;

namespace Caas.Tests.Realtime;

/// <summary>Custom data as deep as it may be, and deeper: what is accepted reaches everybody, what is not stops nobody.</summary>
public sealed class DeepCustomTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Deep_custom_data_is_delivered_and_deeper_is_refused_without_holding_up_what_follows(bool messagePack)
    {
        await using var replicas = await Replicas.StartAsync();
        var alice = await replicas.ConnectAsync("alice", 0, messagePack);
        var bob = await replicas.ConnectAsync("bob", 1, !messagePack);
        await alice.JoinAsync();
        await bob.JoinAsync();

        await alice.CallAsync<SendMessageResult>("SendMessage", Message(16));
        foreach (var client in new[] { alice, bob })
        {
            Assert.Equal(Nested(16).GetRawText(), (await client.EntryAsync()).Message!.Custom!.Value.GetRawText());
        }

        // Deeper ones than 30 the client itself refuses to write as MessagePack.
        foreach (var levels in messagePack ? new[] { 17, 24, 30 } : [17, 24, 30, 33, 40])
        {
            Assert.StartsWith("validation_failed: ", await alice.RefusalAsync("SendMessage", Message(levels)), StringComparison.Ordinal);
        }

        await alice.SendAsync("after");
        Assert.Equal("after", (await alice.EntryAsync()).Message!.Text);
        Assert.Equal("after", (await bob.EntryAsync()).Message!.Text);
    }

    private static HubSendMessageRequest Message(int levels) => new("room", "deep", Custom: Nested(levels));

    private static JsonElement Nested(int levels) => JsonDocument.Parse(string.Concat(Enumerable.Repeat("{\"a\":", levels)) + "1" + new string('}', levels)).RootElement;
}
