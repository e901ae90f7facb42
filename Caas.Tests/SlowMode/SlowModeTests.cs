using Caas.Contracts;
using Caas.Core.Conversations;
using Caas.Core.Ids;
using Caas.Core.Messages;
using Caas.Core.Refusals;
using Caas.Tests.Realtime;
using Xunit;

namespace Caas.Tests.SlowMode;

/// <summary>Frozen conversations and slow mode over two replicas: set on one, in effect on both.</summary>
public sealed class SlowModeTests : TwoReplicas
{
    [Fact]
    public async Task In_a_frozen_conversation_only_those_who_moderate_it_write_on_either_replica()
    {
        await Replicas.PromoteAsync("alice");
        var (alice, bob) = (await Replicas.ConnectAsync("alice", 0), await Replicas.ConnectAsync("bob", 1));
        await bob.JoinAsync();
        var own = await bob.SendAsync("while it goes");
        await bob.EntryAsync();
        await RefusedAsync(Refusal.NotAllowed, () => ChangeAsync("bob", new() { Frozen = true }));
        var frozen = await ChangeAsync("alice", new() { Frozen = true });
        Assert.True(frozen.Frozen);
        var told = await bob.EntryAsync();
        Assert.Equal((EntryTypes.ConversationChanged, true), (told.Type, told.Data!.Value.GetProperty("frozen").GetBoolean()));

        Assert.StartsWith("not_allowed: The conversation is frozen", await bob.RefusalAsync("SendMessage", new HubSendMessageRequest("room", "no")), StringComparison.Ordinal);
        Assert.StartsWith("not_allowed: ", await bob.RefusalAsync("AddReaction", "room", own.MessageId, "x"), StringComparison.Ordinal);
        Assert.StartsWith("not_allowed: ", await bob.RefusalAsync("EditMessage", new HubEditMessageRequest("room", own.MessageId) { Text = new("no") }), StringComparison.Ordinal);
        Assert.StartsWith("not_allowed: ", await bob.RefusalAsync("StartTyping", "room"), StringComparison.Ordinal);
        await bob.CallAsync<ChangeResult>("DeleteMessage", "room", own.MessageId);
        await alice.SendAsync("a moderator");
        await Replicas.Get<MessageService>(1).SendAsync(Replicas.System, new("room"), new("the backend"), null, Cancelled);
        Assert.True(Assert.Single((await Replicas.Get<ConversationReader>(1).ListAsync(Replicas.CallerOf("bob"), null, null, null, Cancelled)).Items).Frozen);

        await ChangeAsync("alice", new() { Frozen = new(false) });
        Assert.Equal(["message.deleted", "message.created", "message.created", "conversation.changed"], (await bob.EntriesAsync(4)).Select(entry => entry.Type));
        await bob.SendAsync("again");
    }

    [Fact]
    public async Task With_slow_mode_a_member_sends_once_per_interval_over_bothReplicas_and_moderators_as_they_like()
    {
        await Replicas.PromoteAsync("alice");
        Assert.Equal(3600, (await ChangeAsync("alice", new() { SlowModeSeconds = 3600 })).SlowModeSeconds);
        var bobs = new[] { await Replicas.ConnectAsync("bob", 0), await Replicas.ConnectAsync("bob", 1) };
        await bobs[0].JoinAsync();
        await bobs[1].JoinAsync();
        var sent = await Task.WhenAll(Enumerable.Range(0, 20).Select(n => TrySendAsync(bobs[n % 2], $"{n}")));
        Assert.Single(sent, refusal => refusal is null);
        Assert.All(sent.OfType<string>(), refusal => Assert.Matches("^slow_mode: One message every 3600 s here; try again in [0-9]{1,7} ms[.]$", refusal));

        // The same message again has its answer, whichever replica is asked.
        var first = Array.IndexOf(sent, null);
        Assert.True((await bobs[1 - (first % 2)].SendAsync("hello", $"{first}")).Duplicate);
        var refused = await Assert.ThrowsAsync<RefusedException>(() => Replicas.SendAsync("bob", "over REST", replica: 1));
        Assert.Equal(Refusal.SlowMode, refused.Refusal);
        Assert.InRange(refused.RetryAfter!.Value, TimeSpan.FromMinutes(50), TimeSpan.FromHours(1));

        // So has the one before it, which took another turn.
        await ChangeAsync("alice", new() { SlowModeSeconds = 1 });
        await Eventually.HoldsAsync(async () => await TrySendAsync(bobs[0], "second"), Cancelled);
        await ChangeAsync("alice", new() { SlowModeSeconds = 3600 });
        Assert.True((await bobs[0].SendAsync("hello", $"{first}")).Duplicate);
        Assert.True((await bobs[1].SendAsync("hello", "second")).Duplicate);

        // What is refused otherwise takes no turn.
        await RefusedAsync(Refusal.MessageNotFound, () => Replicas.Get<MessageService>().SendAsync(Replicas.CallerOf("carol"), new("room"), new("a reply", ThreadOf: "nothing"), null, Cancelled));
        await Replicas.SendAsync("carol", "first");
        foreach (var text in new[] { "one", "two", "three" })
        {
            await Replicas.SendAsync("alice", text, replica: 1);
            await Replicas.Get<MessageService>().SendAsync(Replicas.System, new("room"), new(text), null, Cancelled);
        }

        await ChangeAsync("alice", new() { SlowModeSeconds = 0 });
        await bobs[1].SendAsync("at last");
        await RefusedAsync(Refusal.ValidationFailed, () => ChangeAsync("alice", new() { SlowModeSeconds = 21_601 }));
        await RefusedAsync(Refusal.ValidationFailed, () => ChangeAsync("alice", new() { SlowModeSeconds = -1 }));
        await RefusedAsync(Refusal.NotAllowed, () => ChangeAsync("carol", new() { SlowModeSeconds = 1 }));
    }

    private Task<ConversationResponse> ChangeAsync(string user, UpdateConversationRequest change) =>
        Replicas.Get<ConversationService>().UpdateAsync(Replicas.CallerOf(user), new ConversationId("room"), change, Cancelled);

    private static async Task<string?> TrySendAsync(Realtime.Client client, string clientId)
    {
        try
        {
            await client.SendAsync("hello", clientId);
            return null;
        }
        catch (Microsoft.AspNetCore.SignalR.HubException refused)
        {
            return refused.Message;
        }
    }

    private static async Task RefusedAsync(Refusal refusal, Func<Task> call) => Assert.Equal(refusal, (await Assert.ThrowsAsync<RefusedException>(call)).Refusal);
}
