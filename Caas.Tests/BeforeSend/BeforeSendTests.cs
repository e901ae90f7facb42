using System.Globalization;
using System.Net;
using System.Text.Json;
using Caas.Contracts;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Caas.Tests.BeforeSend;

/// <summary>What a tenant's backend is asked before a user's message is stored, and what becomes of the message.</summary>
[Collection<BeforeSendCollection>]
public sealed class BeforeSendTests(BeforeSendWorld world)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_asked_about_what_users_send_and_verifies_who_asks()
    {
        var tenant = await world.FoundAsync();
        var secret = await tenant.HookAsync();
        tenant.Answers("""{"action":"allow"}""");
        var root = (await tenant.SendAsync(new { text = "root" })).Expect(HttpStatusCode.Created).Id;
        (await tenant.SendAsync(new { text = "hi @bob", clientMessageId = "c1", threadOf = root, quoteOf = root, mentions = new[] { "bob", "nobody" }, custom = new { a = 1 }, attachments = new[] { new { url = "https://example.com/a.png" } } })).Expect(HttpStatusCode.Created);

        var asked = tenant.Asked[1];
        Assert.True(asked.IsSignedWith(secret!));
        Assert.False(asked.IsSignedWith("whsec_" + Convert.ToBase64String(new byte[32])));
        Assert.Equal(("message.before_send", "application/json; charset=utf-8"), (asked.Type, asked.Headers["content-type"]));
        var data = asked.Json.GetProperty("data");
        Assert.Equal((tenant.Id, "room", "group", "ann", "member", "c1", false), (Text(data, "tenantId"), Text(data, "conversationId"), Text(data, "conversationType"), Text(data, "senderId"), Text(data, "senderRole"), Text(data, "clientMessageId"), data.GetProperty("test").GetBoolean()));
        Assert.Equal(JsonValueKind.Null, data.GetProperty("messageId").ValueKind);
        var message = data.GetProperty("message");
        Assert.Equal(("hi @bob", root, root, 1), (Text(message, "text"), Text(message, "threadOf"), Text(message, "quoteOf"), message.GetProperty("custom").GetProperty("a").GetInt32()));
        Assert.Equal("""["bob"]""", message.GetProperty("mentions").GetRawText());
        Assert.Equal("https://example.com/a.png", Text(message.GetProperty("attachments")[0], "url"));
        Assert.InRange(asked.Json.GetProperty("timestamp").GetDateTimeOffset(), TimeProvider.System.GetUtcNow().AddMinutes(-1), TimeProvider.System.GetUtcNow().AddSeconds(1));
    }

    [Fact]
    public async Task It_is_not_asked_about_what_its_own_backend_says_and_brings_along()
    {
        var tenant = await world.FoundAsync();
        await tenant.HookAsync();
        tenant.Answers("""{"action":"reject"}""");
        (await tenant.Backend.PostAsync("/v1/conversations/room/messages", new { text = "by the system" })).Expect(HttpStatusCode.Created);
        var history = new { clientMessageId = "h1", senderId = "ann", text = "by import", createdAt = TimeProvider.System.GetUtcNow().ToString("O", CultureInfo.InvariantCulture) };
        (await tenant.Backend.PostAsync("/v1/conversations/room/import", new { messages = new[] { history } })).Expect(HttpStatusCode.OK);
        Assert.Empty(tenant.Asked);
    }

    [Fact]
    public async Task What_it_rejects_is_not_stored_and_its_sender_reads_why_at_the_gateway_and_at_both_replicas()
    {
        var tenant = await world.FoundAsync();
        await tenant.HookAsync();
        tenant.Answers(text => $$"""{"action":"reject","reason":"not\n{{text}} {{new string('x', 400)}}"}""");
        var refused = (await tenant.SendAsync(new { text = "here" })).ExpectProblem(HttpStatusCode.Forbidden, "rejected_by_hook");
        Assert.Equal("not here " + new string('x', 291), refused["detail"].GetString());
        for (var replica = 0; replica < 2; replica++)
        {
            await using var bob = await tenant.ConnectAsync("bob", replica);
            Assert.StartsWith($"rejected_by_hook: not at {replica} xxx", await bob.RefusalAsync("SendMessage", new HubSendMessageRequest("room", $"at {replica}")), StringComparison.Ordinal);
        }

        tenant.Answers("""{"action":"reject"}""");
        Assert.Equal("The message may not be written here.", (await tenant.SendAsync(new { text = "here" })).ExpectProblem(HttpStatusCode.Forbidden, "rejected_by_hook")["detail"].GetString());
        Assert.Empty(await tenant.TextsAsync());
    }

    [Fact]
    public async Task What_it_changes_is_stored_answered_and_delivered_as_it_says_and_nothing_else_is_its_to_say()
    {
        var tenant = await world.FoundAsync();
        await tenant.HookAsync();
        tenant.Answers("""{"action":"change","message":{"text":"clean @bob","custom":{"by":"hook"},"mentions":["ann"],"attachments":[],"senderId":"bob","id":"mine","seq":7,"createdAt":"1987-06-05T04:03:02Z","tenantId":"other"},"senderId":"bob"}""");
        await using var watcher = await tenant.ConnectAsync("bob", 1);
        await watcher.JoinAsync();
        await using var ann = await tenant.ConnectAsync("ann", 0);
        var sent = await ann.CallAsync<SendMessageResult>("SendMessage", new HubSendMessageRequest("room", "dirty", Attachments: [new("https://example.com/a.png")]));
        var entry = await watcher.EntryAsync();
        var stored = (await tenant.Backend.GetAsync($"/v1/conversations/room/messages/{sent.MessageId}")).Expect(HttpStatusCode.OK);
        Assert.Equal((sent.Seq, sent.MessageId, "clean @bob", "ann"), (entry.Seq, entry.Message!.Id, entry.Message.Text, entry.Message.SenderId));
        Assert.Equal(("clean @bob", "ann", """{"by":"hook"}"""), (stored["text"].GetString(), stored["senderId"].GetString(), stored["custom"].GetRawText()));
        Assert.Equal(["ann", "bob"], stored["mentions"].EnumerateArray().Select(id => id.GetString()).Order());
        Assert.Equal((0, sent.CreatedAt), (stored["attachments"].GetArrayLength(), stored["createdAt"].GetDateTimeOffset()));

        tenant.Answers("""{"action":"change","message":{"custom":null}}""");
        var other = (await tenant.SendAsync(new { text = "as it is", custom = new { a = 1 } })).Expect(HttpStatusCode.Created);
        Assert.Equal(("as it is", JsonValueKind.Null), (other["text"].GetString(), other["custom"].ValueKind));
    }

    [Fact]
    public async Task What_it_writes_is_held_against_the_blocklist_as_what_users_write()
    {
        var tenant = await world.FoundAsync();
        await tenant.HookAsync();
        tenant.Answers("""{"action":"change","message":{"text":"a bad word"}}""");
        (await tenant.Backend.PutAsync("/v1/moderation/blocklist", new { words = new[] { "bad" }, action = "mask" })).Expect(HttpStatusCode.OK);
        Assert.Equal("a *** word", (await tenant.SendAsync(new { text = "hello" })).Expect(HttpStatusCode.Created)["text"].GetString());
        (await tenant.Backend.PutAsync("/v1/moderation/blocklist", new { words = new[] { "bad" } })).Expect(HttpStatusCode.OK);
        (await tenant.SendAsync(new { text = "hello" })).ExpectProblem(HttpStatusCode.Forbidden, "content_blocked");
        (await tenant.SendAsync(new { text = "bad" })).ExpectProblem(HttpStatusCode.Forbidden, "content_blocked");
        Assert.Equal(["hello", "hello"], tenant.Asked.Select(asked => asked.Json.GetProperty("data").GetProperty("message").GetProperty("text").GetString()));
    }

    [Fact]
    public async Task Edits_are_asked_about_too_and_those_that_change_nothing_are_not()
    {
        var tenant = await world.FoundAsync();
        var id = (await tenant.SendAsync(new { text = "first", custom = new { kept = 1, old = 2 } })).Expect(HttpStatusCode.Created).Id;
        var path = $"/v1/conversations/room/messages/{id}";
        await tenant.HookAsync();
        tenant.Answers("""{"action":"reject","reason":"no"}""");
        (await tenant.Ann.PatchAsync(path, new { text = "second" })).ExpectProblem(HttpStatusCode.Forbidden, "rejected_by_hook");
        (await tenant.Ann.PatchAsync(path, new { text = "first" })).Expect(HttpStatusCode.OK);
        var asked = Assert.Single(tenant.Asked);
        Assert.Equal(("message.before_edit", id, "second"), (asked.Type, asked.Json.GetProperty("data").GetProperty("messageId").GetString(), asked.Text));

        tenant.Answers("""{"action":"change","message":{"text":"mended","custom":{"kept":1,"new":3}}}""");
        var edited = (await tenant.Ann.PatchAsync(path, new { text = "third" }, ("Idempotency-Key", "e1"))).Expect(HttpStatusCode.OK);
        Assert.Equal(("mended", """{"kept":1,"new":3}"""), (edited["text"].GetString(), edited["custom"].GetRawText()));
        tenant.Answers("""{"action":"reject","reason":"no"}""");
        await using var ann = await tenant.ConnectAsync("ann", 1);
        Assert.Equal("rejected_by_hook: no", await ann.RefusalAsync("EditMessage", new HubEditMessageRequest("room", id) { Text = "fourth" }));
        Assert.Equal("mended", (await tenant.Backend.GetAsync(path))["text"].GetString());
        Assert.Equal(3, tenant.Asked.Count);

        tenant.Answers("""{"action":"change","message":{"text":"mended"}}""");
        var before = edited["rev"].GetInt64();
        Assert.Equal(before, (await tenant.Ann.PatchAsync(path, new { text = "fifth" })).Expect(HttpStatusCode.OK)["rev"].GetInt64());
    }

    [Fact]
    public async Task What_is_stored_is_not_asked_about_again_and_what_was_rejected_is()
    {
        var tenant = await world.FoundAsync();
        await tenant.HookAsync();
        tenant.Answers("""{"action":"change","message":{"text":"changed"}}""");
        var first = (await tenant.SendAsync(new { text = "hello", clientMessageId = "c1" })).Expect(HttpStatusCode.Created);
        tenant.Answers("""{"action":"reject"}""");
        var again = (await tenant.SendAsync(new { text = "hello", clientMessageId = "c1" })).Expect(HttpStatusCode.OK);
        Assert.Equal((first.Id, "changed"), (again.Id, again["text"].GetString()));
        await using var ann = await tenant.ConnectAsync("ann", 0);
        var third = await ann.SendAsync("hello", "c1");
        Assert.Equal((first.Id, true), (third.MessageId, third.Duplicate));
        (await tenant.SendAsync(new { text = "other", clientMessageId = "c1" })).ExpectProblem(HttpStatusCode.Conflict, "client_message_id_reused");
        Assert.Single(tenant.Asked);

        (await tenant.SendAsync(new { text = "no", clientMessageId = "c2" })).ExpectProblem(HttpStatusCode.Forbidden, "rejected_by_hook");
        tenant.Answers("""{"action":"allow"}""");
        (await tenant.SendAsync(new { text = "no", clientMessageId = "c2" })).Expect(HttpStatusCode.Created);
        Assert.Equal(tenant.Asked[1].Id, tenant.Asked[2].Id);
        Assert.NotEqual(tenant.Asked[0].Id, tenant.Asked[1].Id);
    }

    [Fact]
    public async Task Of_the_same_call_twice_at_once_what_is_stored_is_both_ones_answer_whatever_the_second_is_told()
    {
        var tenant = await world.FoundAsync();
        await tenant.HookAsync();
        var (both, stored, count) = (new TaskCompletionSource(), new TaskCompletionSource(), 0);
        tenant.Does(async (_, context) =>
        {
            var second = Interlocked.Increment(ref count) == 2;
            if (second)
            {
                both.SetResult();
            }

            await (second ? stored : both).Task.WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
            context.Response.StatusCode = 200;
            await context.Response.WriteAsync(second ? """{"action":"reject"}""" : """{"action":"change","message":{"text":"changed"}}""", Cancelled);
        });
        var calls = Enumerable.Range(0, 2).Select(_ => tenant.SendAsync(new { text = "hello", clientMessageId = "c1" })).ToList();
        var first = await await Task.WhenAny(calls).WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        stored.SetResult();
        var answers = await Task.WhenAll(calls);
        Assert.All(answers, answer => Assert.Equal((first.Id, "changed"), (answer.Id, answer["text"].GetString())));
        Assert.Equal(["changed"], await tenant.TextsAsync());
    }

    [Fact]
    public async Task Setting_it_otherwise_and_taking_it_away_counts_at_both_replicas_within_seconds()
    {
        var tenant = await world.FoundAsync();
        Realtime.Client[] users = [await tenant.ConnectAsync("ann", 0), await tenant.ConnectAsync("bob", 1)];
        foreach (var user in users)
        {
            await user.SendAsync("before");
        }

        tenant.Answers("""{"action":"reject"}""");
        await tenant.HookAsync(everywhere: false);
        foreach (var user in users)
        {
            await Eventually.HoldsAsync(async () => await AnswerAsync(user) is { } refused && refused.StartsWith("rejected_by_hook", StringComparison.Ordinal) ? null : "it is not asked", Cancelled);
        }

        (await tenant.Backend.DeleteAsync(HookedTenant.Route)).Expect(HttpStatusCode.NoContent);
        foreach (var user in users)
        {
            await Eventually.HoldsAsync(async () => await AnswerAsync(user) is null ? null : "it is still asked", Cancelled);
            await user.DisposeAsync();
        }
    }

    private static async Task<string?> AnswerAsync(Realtime.Client user)
    {
        try
        {
            await user.SendAsync("hello");
            return null;
        }
        catch (Microsoft.AspNetCore.SignalR.HubException refused)
        {
            return refused.Message;
        }
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();
}
