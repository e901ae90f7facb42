using System.Text.Json;
using Caas.Client;
using Caas.Contracts;
using Caas.Core.Conversations;
using Caas.Core.Messages;
using Caas.Core.Pins;
using Caas.Core.Refusals;
using Caas.Core.Threads;
using Caas.Tests.Realtime;
using Xunit;

namespace Caas.Tests.Quotes;

/// <summary>Quotes over two replicas: written on one, followed on the other.</summary>
public sealed class QuoteTests
{
    private const string Secret = "the very secret text";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_quote_says_what_the_quoted_message_says_now_wherever_it_is_shown(bool messagePack)
    {
        await using var replicas = await Replicas.StartAsync();
        var (alice, carol, bob) = (await replicas.ConnectAsync("alice", 0, messagePack), await replicas.ConnectAsync("carol", 1, messagePack), await replicas.ConnectAsync("bob", 1, !messagePack));
        await bob.JoinAsync();
        var held = new ConversationMessages();
        var quoted = await SendAsync(alice, "first");
        var quoting = await SendAsync(carol, "I quote", quoteOf: quoted.MessageId);
        var reply = await SendAsync(carol, "I quote in a thread", quoteOf: quoted.MessageId, threadOf: quoting.MessageId);
        await replicas.Get<PinService>().PinAsync(Replicas.System, new("room"), quoting.MessageId, null, Cancelled);
        await AssertEverywhereAsync(replicas, await FollowAsync(bob, held, 4), quoting, reply, "first");

        await alice.CallAsync<ChangeResult>("EditMessage", new HubEditMessageRequest("room", quoted.MessageId) { Text = Secret });
        await AssertEverywhereAsync(replicas, await FollowAsync(bob, held, 1), quoting, reply, Secret);

        await alice.CallAsync<ChangeResult>("DeleteMessage", "room", quoted.MessageId);
        await AssertEverywhereAsync(replicas, await FollowAsync(bob, held, 1), quoting, reply, null);
        var log = await bob.CallAsync<EntryPage>("ReadEntries", "room", 0L, 1000);
        Assert.DoesNotContain(Secret, JsonSerializer.Serialize(log, CaasJson.Options), StringComparison.Ordinal);
        var quote = held.Find(quoting.MessageId)!.Quote!;
        Assert.Equal((quoted.MessageId, quoted.Seq, "alice"), (quote.MessageId, quote.Seq, quote.SenderId));
        Assert.NotNull(quote.DeletedAt);

        await carol.CallAsync<ChangeResult>("DeleteMessage", "room", quoting.MessageId);
        await FollowAsync(bob, held, 1);
        Assert.Null(held.Find(quoting.MessageId)!.Quote);
        Assert.Equal(Shown(await ReadAsync(replicas)), Shown(held));
        Assert.Empty(replicas.Errors);
    }

    [Fact]
    public async Task Only_a_message_of_the_same_conversation_can_be_quoted()
    {
        await using var replicas = await Replicas.StartAsync(1);
        await replicas.Get<ConversationService>().CreateAsync(Replicas.System, new(ConversationType.Group, "other", "Other", ["alice"]), Cancelled);
        var elsewhere = (await replicas.Get<MessageService>().SendAsync(Replicas.System, new("other"), new("elsewhere"), null, Cancelled)).Message;
        var alice = await replicas.ConnectAsync("alice");
        Assert.StartsWith("message_not_found: ", await alice.RefusalAsync("SendMessage", new HubSendMessageRequest("room", "x", QuoteOf: elsewhere.Id)), StringComparison.Ordinal);
        Assert.StartsWith("message_not_found: ", await alice.RefusalAsync("SendMessage", new HubSendMessageRequest("room", "x", QuoteOf: "nothing")), StringComparison.Ordinal);
        Assert.StartsWith("validation_failed: ", await alice.RefusalAsync("SendMessage", new HubSendMessageRequest("room", "x", QuoteOf: "")), StringComparison.Ordinal);

        // Another quote is another content.
        var (one, other) = (await SendAsync(alice, "one"), await SendAsync(alice, "two"));
        Task<SentMessage> AgainAsync(string? quoteOf) => replicas.Get<MessageService>().SendAsync(replicas.CallerOf("alice"), new("room"), new("again", "same", QuoteOf: quoteOf), null, Cancelled);
        var first = await AgainAsync(one.MessageId);
        Assert.Equal((true, first.Message.Id, one.MessageId), await AgainAsync(one.MessageId) switch { var again => (again.Duplicate, again.Message.Id, again.Message.Quote!.MessageId) });
        Assert.Equal(Refusal.ClientMessageIdReused, (await Assert.ThrowsAsync<RefusedException>(() => AgainAsync(other.MessageId))).Refusal);
    }

    [Theory]
    [InlineData(200, 0, 200, false)]
    [InlineData(201, 0, 200, true)]
    [InlineData(199, 1, 199, true)]
    [InlineData(198, 1, 200, false)]
    public void A_long_text_is_cut_between_characters(int letters, int faces, int kept, bool cut)
    {
        var text = new string('x', letters) + string.Concat(Enumerable.Repeat("👍", faces));
        var quote = MessageQuote.Of("id", 1, null, text, 0, default, null, 1);
        Assert.Equal(text[..kept] + (cut ? "…" : ""), quote.Text);
    }

    private static async Task AssertEverywhereAsync(Replicas replicas, ConversationMessages held, SendMessageResult quoting, SendMessageResult reply, string? text)
    {
        var bob = replicas.CallerOf("bob");
        Assert.Equal((text, text), (held.Find(quoting.MessageId)!.Quote!.Text, held.Find(reply.MessageId)!.Quote!.Text));
        Assert.Equal(Shown(await ReadAsync(replicas)), Shown(held));
        Assert.Equal(text, (await replicas.Get<MessageReader>(1).GetAsync(bob, new("room"), quoting.MessageId, Cancelled)).Quote!.Text);
        Assert.Equal(text, Assert.Single((await replicas.Get<ThreadReader>(1).ListAsync(bob, new("room"), quoting.MessageId, new(null, null, null, null), Cancelled)).Items).Quote!.Text);
        Assert.Equal(text, Assert.Single((await replicas.Get<PinService>(1).ListAsync(bob, new("room"), null, null, Cancelled)).Items).Message.Quote!.Text);
        Assert.Equal(text, (await replicas.Get<ConversationReader>(1).GetAsync(bob, new("room"), Cancelled)).LastMessage!.Quote!.Text);
    }

    private static async Task<ConversationMessages> ReadAsync(Replicas replicas)
    {
        var read = new ConversationMessages();
        read.Load((await replicas.Get<MessageReader>().ListAsync(replicas.CallerOf("bob"), new("room"), new(null, null, null, 200), Cancelled)).Items);
        return read;
    }

    private static IEnumerable<string> Shown(ConversationMessages messages) => messages.All.Select(message => JsonSerializer.Serialize(message, CaasJson.Options));

    private static async Task<ConversationMessages> FollowAsync(Realtime.Client client, ConversationMessages held, int count)
    {
        foreach (var entry in await client.EntriesAsync(count))
        {
            held.Apply(entry);
        }

        return held;
    }

    private static Task<SendMessageResult> SendAsync(Realtime.Client client, string text, string? quoteOf = null, string? threadOf = null) =>
        client.CallAsync<SendMessageResult>("SendMessage", new HubSendMessageRequest("room", text, QuoteOf: quoteOf, ThreadOf: threadOf));
}
