using System.Text.Json;
using Caas.Client;
using Caas.Contracts;
using Caas.Core.Messages;
using Caas.Core.Threads;
using Caas.Tests.Realtime;
using Xunit;

namespace Caas.Tests.Threads;

/// <summary>Threads over two replicas: replied on both, followed on one from entries alone.</summary>
public sealed class ThreadTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_only_applies_entries_knows_what_reading_tells(bool messagePack)
    {
        await using var replicas = await Replicas.StartAsync();
        var (alice, carol, bob) = (await replicas.ConnectAsync("alice", 0, messagePack), await replicas.ConnectAsync("carol", 1, messagePack), await replicas.ConnectAsync("bob", 1, !messagePack));
        var root = await alice.SendAsync("root");
        var early = await ReplyAsync(alice, root.MessageId);
        var held = new ConversationMessages();
        foreach (var entry in (await bob.JoinAsync(0)).Items)
        {
            held.Apply(entry);
        }

        Assert.Equal(1, held.Find(root.MessageId)!.ReplyCount);
        var replies = new List<SendMessageResult>();
        for (var i = 0; i < 10; i++)
        {
            replies.AddRange(await Task.WhenAll(ReplyAsync(alice, root.MessageId), ReplyAsync(carol, early.MessageId)));
        }

        await Task.WhenAll(alice.CallAsync<ChangeResult>("DeleteMessage", "room", replies[0].MessageId), carol.CallAsync<ChangeResult>("DeleteMessage", "room", replies[3].MessageId));
        var last = await alice.CallAsync<ChangeResult>("DeleteMessage", "room", early.MessageId);
        foreach (var entry in await bob.EntriesAsync((int)(last.Seq - early.Seq)))
        {
            held.Apply(entry);
        }

        var read = await replicas.Get<MessageReader>(1).ListAsync(replicas.CallerOf("bob"), new("room"), new(null, null, null, 200), Cancelled);
        Assert.Equal(read.Items.Reverse().Select(Shown), held.All.Select(Shown));
        Assert.Equal((18, 2), (held.Find(root.MessageId)!.ReplyCount, held.Find(root.MessageId)!.Thread!.ParticipantCount));
        var thread = await replicas.Get<ThreadReader>(1).ListAsync(replicas.CallerOf("bob"), new("room"), root.MessageId, new(null, null, null, 200), Cancelled);
        Assert.Equal(21, thread.Items.Count);
        Assert.Empty(replicas.Errors);
    }

    private static Task<SendMessageResult> ReplyAsync(Realtime.Client client, string to) => client.CallAsync<SendMessageResult>("SendMessage", new HubSendMessageRequest("room", "reply", ThreadOf: to));

    private static string Shown(MessageResponse message) => JsonSerializer.Serialize(message, CaasJson.Options);
}
