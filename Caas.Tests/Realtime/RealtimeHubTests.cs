using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Conversations;
using Caas.Core.Tenants;
using Microsoft.AspNetCore.Http.Connections;
using Xunit;

namespace Caas.Tests.Realtime;

/// <summary>The hub as clients meet it: over real sockets, with both protocols.</summary>
public sealed class RealtimeHubTests : IAsyncLifetime
{
    private Replicas _replicas = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _replicas = await Replicas.StartAsync();

    public ValueTask DisposeAsync() => _replicas.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_message_reaches_a_watcher_of_another_replica_once_and_in_full(bool messagePack)
    {
        var alice = await _replicas.ConnectAsync("alice", 0, messagePack);
        var bob = await _replicas.ConnectAsync("bob", 1, !messagePack);
        var joined = await bob.JoinAsync();
        Assert.Equal(joined.LastSeq, joined.Items[^1].Seq);
        Assert.True(joined.Complete);
        await alice.JoinAsync();

        var custom = JsonDocument.Parse("""{"n":9007199254740993,"list":[1,"é",null]}""").RootElement;
        var sent = await alice.CallAsync<SendMessageResult>("SendMessage", new HubSendMessageRequest("room", "hello", "m1", [new("https://example.com/a.png", "image/png", "a", 5)], ["bob"], null, custom));
        Assert.False(sent.Duplicate);
        foreach (var client in new[] { alice, bob })
        {
            var entry = await client.EntryAsync();
            Assert.Equal(joined.LastSeq + 1, entry.Seq);
            Assert.Equal(sent.Seq, entry.Seq);
            Assert.Equal(EntryTypes.MessageCreated, entry.Type);
            Assert.Equal("hello", entry.Message!.Text);
            Assert.Equal(sent.MessageId, entry.Message.Id);
            Assert.Equal(sent.CreatedAt, entry.Message.CreatedAt);
            Assert.Equal("m1", entry.ClientMessageId);
            Assert.Equal(["bob"], entry.Message.Mentions);
            Assert.True(JsonElement.DeepEquals(custom, entry.Message.Custom!.Value));
        }

        var again = await alice.CallAsync<SendMessageResult>("SendMessage", new HubSendMessageRequest("room", "hello", "m1", [new("https://example.com/a.png", "image/png", "a", 5)], ["bob"], null, custom));
        Assert.True(again.Duplicate);
        Assert.Equal(sent.Seq, again.Seq);
        Assert.StartsWith("client_message_id_reused: ", await alice.RefusalAsync("SendMessage", new HubSendMessageRequest("room", "other", "m1")), StringComparison.Ordinal);
        Assert.Equal(0, bob.EntriesWaiting);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Changes_are_answered_with_their_seq_and_delivered_with_the_message_as_it_is(bool messagePack)
    {
        var alice = await _replicas.ConnectAsync("alice", 0, messagePack);
        var bob = await _replicas.ConnectAsync("bob", 1, messagePack);
        await bob.JoinAsync();
        var sent = await alice.SendAsync("one");
        Assert.Equal(sent.Seq, (await bob.EntryAsync()).Seq);

        var edited = await alice.CallAsync<ChangeResult>("EditMessage", new HubEditMessageRequest("room", sent.MessageId) { Text = "two" });
        var reacted = await bob.CallAsync<ChangeResult>("AddReaction", "room", sent.MessageId, "👍");
        var repeated = await bob.CallAsync<ChangeResult>("AddReaction", "room", sent.MessageId, "👍");
        Assert.Equal(reacted.Seq, repeated.Seq);
        var taken = await bob.CallAsync<ChangeResult>("RemoveReaction", "room", sent.MessageId, "👍");
        var deleted = await alice.CallAsync<ChangeResult>("DeleteMessage", "room", sent.MessageId);

        var entries = await bob.EntriesAsync(4);
        Assert.Equal([edited.Seq, reacted.Seq, taken.Seq, deleted.Seq], entries.Select(entry => entry.Seq));
        Assert.Equal([EntryTypes.MessageEdited, EntryTypes.ReactionAdded, EntryTypes.ReactionRemoved, EntryTypes.MessageDeleted], entries.Select(entry => entry.Type));
        Assert.Equal("two", entries[0].Message!.Text);
        Assert.Equal(1, entries[1].Message!.Reactions["👍"].Count);
        Assert.NotNull(entries[3].Message!.DeletedAt);
    }

    [Fact]
    public async Task A_join_starts_where_it_is_told_and_goes_on_live()
    {
        for (var i = 1; i <= 60; i++)
        {
            await _replicas.SendAsync("alice", $"{i}");
        }

        var bob = await _replicas.ConnectAsync("bob", 1);
        var newest = await bob.JoinAsync();
        Assert.Equal(50, newest.Items.Count);
        Assert.Equal("60", newest.Items[^1].Message!.Text);

        var all = await bob.JoinAsync(0);
        Assert.Equal(Enumerable.Range(1, (int)all.LastSeq).Select(seq => (long)seq), all.Items.Select(item => item.Seq));
        Assert.True(all.Complete);

        Assert.Empty((await bob.JoinAsync(all.LastSeq)).Items);
        Assert.Equal(3, (await bob.JoinAsync(all.LastSeq - 3)).Items.Count);
        Assert.StartsWith("invalid_arguments: ", await bob.RefusalAsync("JoinConversation", "room", all.LastSeq + 1), StringComparison.Ordinal);
        Assert.StartsWith("invalid_arguments: ", await bob.RefusalAsync("JoinConversation", "room", -1L), StringComparison.Ordinal);

        // A refused join watches nothing; the next one does.
        await bob.JoinAsync(all.LastSeq);
        var seq = await _replicas.SendAsync("alice", "live");
        Assert.Equal(seq, (await bob.EntryAsync()).Seq);

        var page = await bob.CallAsync<EntryPage>("ReadEntries", "room", 5L, 10);
        Assert.Equal(Enumerable.Range(6, 10).Select(value => (long)value), page.Items.Select(item => item.Seq));
        Assert.False(page.Complete);
        Assert.Equal(seq, page.LastSeq);
        Assert.StartsWith("invalid_arguments: limit", await bob.RefusalAsync("ReadEntries", "room", 0L, 0), StringComparison.Ordinal);
        Assert.StartsWith("invalid_arguments: limit", await bob.RefusalAsync("ReadEntries", "room", 0L, 1001), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_was_away_resumes_by_seq()
    {
        var bob = await _replicas.ConnectAsync("bob", 1);
        var last = (await bob.JoinAsync()).LastSeq;
        await bob.Hub.StopAsync(Cancelled);
        foreach (var text in new[] { "one", "two", "three" })
        {
            await _replicas.SendAsync("alice", text);
        }

        var back = await _replicas.ConnectAsync("bob");
        Assert.Equal(["one", "two", "three"], (await back.JoinAsync(last)).Items.Select(item => item.Message!.Text));
    }

    [Fact]
    public async Task Many_joins_answer_each_for_itself()
    {
        await _replicas.Get<ConversationService>().CreateAsync(Replicas.System, new(ConversationType.Group, "closed", "Closed", ["alice"]), Cancelled);
        var bob = await _replicas.ConnectAsync("bob");
        var answers = await bob.CallAsync<JoinResult[]>("JoinConversations", (object)new JoinRequest[] { new("room"), new("closed", 0), new("no/id"), new("nowhere") });
        Assert.Null(answers[0].Error);
        Assert.Equal(1, answers[0].LastSeq);
        Assert.StartsWith("not_a_member: ", answers[1].Error, StringComparison.Ordinal);
        Assert.StartsWith("validation_failed: conversationId", answers[2].Error, StringComparison.Ordinal);
        Assert.StartsWith("conversation_not_found: ", answers[3].Error, StringComparison.Ordinal);
        await _replicas.SendAsync("alice", "hello");
        Assert.Equal("hello", (await bob.EntryAsync()).Message!.Text);

        await bob.CallAsync("LeaveConversation", "room");
        await bob.CallAsync("LeaveConversation", "room");
        await _replicas.SendAsync("alice", "unheard");
        while ((await bob.UpdateAsync()).LastMessage?.Text is var text && text != "unheard")
        {
            // That the room was made, or the message before when it was noticed after bob had left.
            Assert.True(text is null or "hello", text);
        }

        Assert.Equal(0, bob.EntriesWaiting);

        Assert.StartsWith("invalid_arguments: ", await bob.RefusalAsync("JoinConversations", (object)Array.Empty<JoinRequest>()), StringComparison.Ordinal);
        Assert.StartsWith("invalid_arguments: ", await bob.RefusalAsync("JoinConversations", (object)Enumerable.Range(0, 101).Select(i => new JoinRequest($"c{i}")).ToArray()), StringComparison.Ordinal);
        Assert.StartsWith("invalid_arguments: ", await bob.RefusalAsync("JoinConversations", (object)new JoinRequest[] { new("room"), new("room") }), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(HttpTransportType.ServerSentEvents)]
    [InlineData(HttpTransportType.LongPolling)]
    public async Task Every_transport_delivers(HttpTransportType transport)
    {
        var bob = await _replicas.ConnectAsync("bob", 1, transport: transport);
        await bob.JoinAsync();
        var seq = await _replicas.SendAsync("alice", "hello");
        Assert.Equal(seq, (await bob.EntryAsync()).Seq);
    }

    [Fact]
    public async Task Browsers_may_negotiate_from_origins_that_the_tenant_allows()
    {
        await _replicas.Get<TenantService>().PutSettingsAsync(Replicas.System, new() { CorsOrigins = ["https://app.example.com"] }, Cancelled);
        using var http = new HttpClient { BaseAddress = new(Replicas.UrlOf(_replicas.Apps[0])) };
        using var preflight = new HttpRequestMessage(HttpMethod.Options, "/realtime/negotiate?negotiateVersion=1");
        preflight.Headers.Add("Origin", "https://app.example.com");
        preflight.Headers.Add("Access-Control-Request-Method", "POST");
        Assert.Equal("https://app.example.com", Assert.Single((await http.SendAsync(preflight, Cancelled)).Headers.GetValues("Access-Control-Allow-Origin")));
        foreach (var (origin, allowed) in new[] { ("https://app.example.com", true), ("https://evil.example.com", false) })
        {
            using var negotiate = new HttpRequestMessage(HttpMethod.Post, "/realtime/negotiate?negotiateVersion=1");
            negotiate.Headers.Add("Origin", origin);
            negotiate.Headers.Authorization = new("Bearer", await _replicas.TokenAsync("alice"));
            Assert.Equal(allowed, (await http.SendAsync(negotiate, Cancelled)).Headers.Contains("Access-Control-Allow-Origin"));
        }
    }
}
