using System.Net;
using System.Text.Json;
using Xunit;

namespace Caas.Tests.Gateway;

[Collection<GatewayCollection>]
public sealed class MessageTests(GatewayFixture gateway)
{
    [Fact]
    public async Task A_message_is_sent_read_edited_and_deleted_and_has_a_history()
    {
        var (tenant, messages) = await GroupAsync("alice", "bob");
        var alice = await tenant.SignInAsync("alice");
        var sent = (await alice.PostAsync(messages, new { text = "Hello 👋", clientMessageId = "a-1", custom = new { mood = "good" } })).Expect(HttpStatusCode.Created);
        Assert.Equal($"{messages}/{sent.Id}", sent.Header("Location"));
        Assert.Equal(("alice", "Hello 👋", "a-1"), (sent["senderId"].GetString(), sent["text"].GetString(), sent["clientMessageId"].GetString()));
        Assert.Equal(sent["seq"].GetInt64(), sent["rev"].GetInt64());

        (await alice.PatchAsync($"{messages}/{sent.Id}", new { text = "Hello, all" })).Expect(HttpStatusCode.OK);
        var read = (await tenant.OnBehalfOf("bob").GetAsync($"{messages}/{sent.Id}")).Expect(HttpStatusCode.OK);
        Assert.Equal("Hello, all", read["text"].GetString());
        Assert.NotEqual(JsonValueKind.Null, read["editedAt"].ValueKind);
        Assert.Equal("good", read["custom"].GetProperty("mood").GetString());

        var history = (await alice.GetAsync($"{messages}/{sent.Id}/history")).Expect(HttpStatusCode.OK);
        Assert.Equal(["Hello 👋", "Hello, all"], history.Items.Select(version => version.GetProperty("text").GetString()));
        (await tenant.OnBehalfOf("bob").GetAsync($"{messages}/{sent.Id}/history")).ExpectProblem(HttpStatusCode.Forbidden, "not_allowed");

        (await tenant.OnBehalfOf("bob").DeleteAsync($"{messages}/{sent.Id}")).ExpectProblem(HttpStatusCode.Forbidden, "not_allowed");
        (await alice.DeleteAsync($"{messages}/{sent.Id}")).Expect(HttpStatusCode.NoContent);
        (await alice.DeleteAsync($"{messages}/{sent.Id}")).Expect(HttpStatusCode.NoContent);
        var deleted = (await alice.GetAsync($"{messages}/{sent.Id}")).Expect(HttpStatusCode.OK);
        Assert.Equal(JsonValueKind.Null, deleted["text"].ValueKind);
        Assert.NotEqual(JsonValueKind.Null, deleted["deletedAt"].ValueKind);
    }

    [Fact]
    public async Task A_backend_without_a_user_sends_a_system_message()
    {
        var (tenant, messages) = await GroupAsync("alice");
        Assert.Equal(JsonValueKind.Null, (await tenant.Backend.PostAsync(messages, new { text = "Maintenance at noon" })).Expect(HttpStatusCode.Created)["senderId"].ValueKind);
    }

    [Fact]
    public async Task The_same_client_id_gives_the_first_answer_and_other_content_is_refused()
    {
        var (tenant, messages) = await GroupAsync("alice");
        var alice = tenant.OnBehalfOf("alice");
        var first = (await alice.PostAsync(messages, new { text = "once", clientMessageId = "c-1" })).Expect(HttpStatusCode.Created);
        var again = (await alice.PostAsync(messages, new { text = "once", clientMessageId = "c-1" })).Expect(HttpStatusCode.OK);
        Assert.Equal(first.Id, again.Id);
        (await alice.PostAsync(messages, new { text = "twice", clientMessageId = "c-1" })).ExpectProblem(HttpStatusCode.Conflict, "client_message_id_reused");
    }

    [Theory]
    [InlineData("{}", "text")]
    [InlineData("{\"text\":\"\"}", "text")]
    [InlineData("{\"text\":\" \\t\\r\\n\\u00a0\\u3000\"}", "text")]
    [InlineData("{\"text\":\"\\u0001\\u200b\\ufeff\"}", "text")]
    [InlineData("{\"text\":\"a\\u0000b\"}", "text")]
    [InlineData("{\"text\":\"\\u0000\",\"attachments\":[{\"url\":\"https://example.com/a\"}]}", "text")]
    [InlineData("{\"text\":\"a\",\"custom\":{\"n\":[1e400]}}", "custom")]
    [InlineData("{\"text\":\"a\",\"custom\":{\"n\":-1e9999}}", "custom")]
    [InlineData("{\"text\":\"a\",\"attachments\":[{\"url\":\"https://example.com/a\",\"custom\":{\"n\":1e400}}]}", "attachments[0].custom")]
    [InlineData("{\"text\":5}", "text")]
    [InlineData("{\"text\":\"a\",\"mentions\":[\"a b\"]}", "mentions")]
    [InlineData("{\"text\":\"a\",\"custom\":\"x\"}", "custom")]
    [InlineData("{\"text\":\"a\",\"attachments\":[{\"url\":\"nothing\"}]}", "attachments[0].url")]
    [InlineData("{\"text\":\"a\",\"attachments\":[{}]}", "attachments[0].url")]
    [InlineData("{\"text\":\"a\",\"clientMessageId\":\"\"}", "clientMessageId")]
    public async Task A_wrong_message_is_told(string body, string field)
    {
        var (tenant, messages) = await GroupAsync("alice");
        (await tenant.OnBehalfOf("alice").PostAsync(messages, body)).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", field);
    }

    [Fact]
    public async Task Texts_that_are_no_Unicode_and_numbers_that_no_double_holds_are_told_as_that()
    {
        var (tenant, messages) = await GroupAsync("alice");
        var alice = tenant.OnBehalfOf("alice");
        const string Unicode = "must be well-formed Unicode";
        Assert.Equal($"text {Unicode}", await DetailAsync("{\"text\":\"\\ud800\"}"u8.ToArray()));
        Assert.Equal($"text {Unicode}", await DetailAsync([.. "{\"text\":\"a"u8, 0xff, .. "\"}"u8]));
        Assert.Equal($"body {Unicode}", await DetailAsync([.. "{\"text\":\"ok\",\"zz\":\""u8, 0xff, 0xfe, .. "\"}"u8]));
        Assert.Equal($"body {Unicode}", await DetailAsync([.. "{\"text\":\"ok\",\""u8, 0xc3, .. "\":1}"u8]));
        Assert.Equal($"custom {Unicode}", await DetailAsync([.. "{\"text\":\"a\",\"custom\":{\"k\":\""u8, 0xc0, 0x80, .. "\"}}"u8]));
        Assert.Equal($"mentions[0] {Unicode}", await DetailAsync("{\"text\":\"a\",\"mentions\":[\"\\udfff\"]}"u8.ToArray()));
        Assert.Equal("custom must hold only numbers that a double can hold", await DetailAsync("{\"text\":\"a\",\"custom\":{\"n\":1e400}}"u8.ToArray()));
        (await alice.PostAsync(messages, "{\"text\":\" \",\"attachments\":[{\"url\":\"https://example.com/a\"}],\"custom\":{\"n\":[1e308,123456789012345678901234567890,1e-999]}}")).Expect(HttpStatusCode.Created);

        async Task<string?> DetailAsync(byte[] body)
        {
            using var content = new ByteArrayContent(body);
            content.Headers.ContentType = new("application/json");
            return (await alice.SendAsync(HttpMethod.Post, messages, content)).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed")["detail"].GetString();
        }
    }

    [Fact]
    public async Task An_edit_names_what_it_changes()
    {
        var (tenant, messages) = await GroupAsync("alice");
        var alice = tenant.OnBehalfOf("alice");
        var sent = (await alice.PostAsync(messages, new { text = "a" })).Expect(HttpStatusCode.Created);
        (await alice.PatchAsync($"{messages}/{sent.Id}", "{}")).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "text");
        (await alice.PatchAsync($"{messages}/{sent.Id}", new { text = "\u200b " })).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "text");
        (await alice.PatchAsync($"{messages}/{sent.Id}", "{\"text\":null}")).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "text");
    }

    [Fact]
    public async Task Custom_data_of_16_levels_can_be_read_wherever_it_stands_and_deeper_ones_are_refused_and_stored_nowhere()
    {
        var (tenant, messages) = await GroupAsync("alice");
        var conversation = messages[..^"/messages".Length];
        var alice = tenant.OnBehalfOf("alice");
        var attachment = $$"""{"text":"b","attachments":[{"url":"https://example.com/a","custom":{{Nested(16)}}}]}""";
        (await alice.PostAsync(messages, attachment)).Expect(HttpStatusCode.Created);
        var sent = (await alice.PostAsync(messages, $$"""{"text":"a","custom":{{Nested(16)}}}""")).Expect(HttpStatusCode.Created);
        (await alice.PatchAsync($"{messages}/{sent.Id}", $$"""{"text":"c","custom":{{Nested(16)}},"attachments":[{"url":"https://example.com/a","custom":{{Nested(16)}}}]}""")).Expect(HttpStatusCode.OK);
        (await alice.PatchAsync(conversation, $$"""{"custom":{{Nested(16)}}}""")).Expect(HttpStatusCode.OK);
        (await tenant.Backend.PatchAsync("/v1/users/alice", $$"""{"custom":{{Nested(16)}}}""")).Expect(HttpStatusCode.OK);
        foreach (var path in new[] { messages, $"{messages}/{sent.Id}", $"{messages}/{sent.Id}/history", $"{conversation}/entries?after=0", conversation, "/v1/conversations", "/v1/users", "/v1/users/alice" })
        {
            (await alice.GetAsync(path)).Expect(HttpStatusCode.OK);
        }

        var last = (await alice.GetAsync(conversation)).Expect(HttpStatusCode.OK)["lastSeq"].GetInt64();
        for (var levels = 17; levels <= 40; levels++)
        {
            (await alice.PostAsync(messages, $$"""{"text":"a","custom":{{Nested(levels)}}}""")).Expect(HttpStatusCode.BadRequest);
            (await alice.PostAsync(messages, $$"""{"text":"b","attachments":[{"url":"https://example.com/a","custom":{{Nested(levels)}}}]}""")).Expect(HttpStatusCode.BadRequest);
            (await alice.PatchAsync(conversation, $$"""{"custom":{{Nested(levels)}}}""")).Expect(HttpStatusCode.BadRequest);
            (await tenant.Backend.PatchAsync("/v1/users/alice", $$"""{"custom":{{Nested(levels)}}}""")).Expect(HttpStatusCode.BadRequest);
        }

        Assert.Equal(last, (await alice.GetAsync(conversation)).Expect(HttpStatusCode.OK)["lastSeq"].GetInt64());
    }

    [Fact]
    public async Task A_text_may_have_10_000_characters_and_not_one_more()
    {
        var (tenant, messages) = await GroupAsync("alice");
        (await tenant.OnBehalfOf("alice").PostAsync(messages, new { text = new string('a', 10_000) })).Expect(HttpStatusCode.Created);
        (await tenant.OnBehalfOf("alice").PostAsync(messages, new { text = new string('a', 10_001) })).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "text");
    }

    [Fact]
    public async Task Pages_go_older_newer_and_around_always_newest_first()
    {
        var (tenant, messages) = await GroupAsync("alice");
        var alice = tenant.OnBehalfOf("alice");
        for (var i = 1; i <= 7; i++)
        {
            (await alice.PostAsync(messages, new { text = $"{i}" })).Expect(HttpStatusCode.Created);
        }

        var newest = (await alice.GetAsync($"{messages}?limit=3")).Expect(HttpStatusCode.OK);
        Assert.Equal(["7", "6", "5"], Texts(newest));
        var older = (await alice.GetAsync($"{messages}?limit=3&before={newest["next"].GetInt64()}")).Expect(HttpStatusCode.OK);
        Assert.Equal(["4", "3", "2"], Texts(older));
        var oldest = (await alice.GetAsync($"{messages}?limit=3&before={older["next"].GetInt64()}")).Expect(HttpStatusCode.OK);
        Assert.Equal(["1"], Texts(oldest));
        Assert.Equal(JsonValueKind.Null, oldest["next"].ValueKind);

        var four = older.Items[0].GetProperty("seq").GetInt64();
        Assert.Equal(["6", "5"], Texts((await alice.GetAsync($"{messages}?limit=2&after={four}")).Expect(HttpStatusCode.OK)));
        var around = Texts((await alice.GetAsync($"{messages}?limit=3&around={four}")).Expect(HttpStatusCode.OK));
        Assert.Contains("4", around);
        Assert.Equal(around.OrderDescending(), around);
    }

    [Theory]
    [InlineData("before=1&after=2", "before")]
    [InlineData("before=-1", "before")]
    [InlineData("after=x", "after")]
    [InlineData("around=1.5", "around")]
    [InlineData("limit=201", "limit")]
    public async Task A_wrong_page_is_told(string query, string field)
    {
        var (tenant, messages) = await GroupAsync("alice");
        (await tenant.OnBehalfOf("alice").GetAsync($"{messages}?{query}")).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", field);
    }

    [Fact]
    public async Task A_message_of_another_conversation_or_none_is_not_found()
    {
        var (tenant, messages) = await GroupAsync("alice");
        var sent = (await tenant.OnBehalfOf("alice").PostAsync(messages, new { text = "here" })).Expect(HttpStatusCode.Created);
        var other = await tenant.CreateGroupAsync("alice");
        foreach (var id in new[] { sent.Id, "nothing", "%20", "00000000-0000-0000-0000-000000000000" })
        {
            (await tenant.OnBehalfOf("alice").GetAsync($"/v1/conversations/{other}/messages/{id}")).ExpectProblem(HttpStatusCode.NotFound, "message_not_found");
            (await tenant.OnBehalfOf("alice").PatchAsync($"/v1/conversations/{other}/messages/{id}", new { text = "x" })).ExpectProblem(HttpStatusCode.NotFound, "message_not_found");
            (await tenant.OnBehalfOf("alice").DeleteAsync($"/v1/conversations/{other}/messages/{id}")).ExpectProblem(HttpStatusCode.NotFound, "message_not_found");
            (await tenant.OnBehalfOf("alice").GetAsync($"/v1/conversations/{other}/messages/{id}/history")).ExpectProblem(HttpStatusCode.NotFound, "message_not_found");
        }
    }

    [Fact]
    public async Task A_reaction_is_added_once_and_taken_back()
    {
        var (tenant, messages) = await GroupAsync("alice", "bob");
        var sent = (await tenant.OnBehalfOf("alice").PostAsync(messages, new { text = "react" })).Expect(HttpStatusCode.Created);
        var reaction = $"{messages}/{sent.Id}/reactions/{Uri.EscapeDataString("👍")}";
        var bob = await tenant.SignInAsync("bob");
        (await bob.PutAsync(reaction)).Expect(HttpStatusCode.OK);
        var shown = (await bob.PutAsync(reaction)).Expect(HttpStatusCode.OK)["reactions"].GetProperty("👍");
        Assert.Equal(1, shown.GetProperty("count").GetInt32());
        Assert.Equal("bob", shown.GetProperty("userIds")[0].GetString());

        (await bob.DeleteAsync(reaction)).Expect(HttpStatusCode.NoContent);
        (await bob.DeleteAsync(reaction)).Expect(HttpStatusCode.NoContent);
        Assert.Equal("{}", (await bob.GetAsync($"{messages}/{sent.Id}")).Expect(HttpStatusCode.OK)["reactions"].GetRawText());

        (await tenant.Backend.PutAsync(reaction)).ExpectProblem(HttpStatusCode.BadRequest, "on_behalf_of_required");
        (await bob.PutAsync($"{messages}/nothing/reactions/x")).ExpectProblem(HttpStatusCode.NotFound, "message_not_found");
        (await bob.PutAsync($"{messages}/{sent.Id}/reactions/{new string('x', 65)}")).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "emoji");
        (await bob.PutAsync($"{messages}/{sent.Id}/reactions/a%20b")).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "emoji");
    }

    [Fact]
    public async Task The_log_is_read_densely_from_any_point()
    {
        var (tenant, messages) = await GroupAsync("alice");
        var alice = tenant.OnBehalfOf("alice");
        var sent = (await alice.PostAsync(messages, new { text = "one" })).Expect(HttpStatusCode.Created);
        (await alice.PatchAsync($"{messages}/{sent.Id}", new { text = "two" })).Expect(HttpStatusCode.OK);
        var entries = messages.Replace("/messages", "/entries", StringComparison.Ordinal);

        var all = (await alice.GetAsync(entries)).Expect(HttpStatusCode.OK);
        Assert.True(all["complete"].GetBoolean());
        Assert.Equal(Enumerable.Range(1, (int)all["lastSeq"].GetInt64()), all.Items.Select(entry => entry.GetProperty("seq").GetInt32()));
        Assert.Equal("conversation.created", all.Items[0].GetProperty("type").GetString());
        Assert.Equal("message.edited", all.Items[^1].GetProperty("type").GetString());

        var first = (await alice.GetAsync($"{entries}?after=0&limit=1")).Expect(HttpStatusCode.OK);
        Assert.False(first["complete"].GetBoolean());
        Assert.Single(first.Items);
        (await alice.GetAsync($"{entries}?limit=1000")).Expect(HttpStatusCode.OK);
        (await alice.GetAsync($"{entries}?limit=1001")).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "limit");
        (await alice.GetAsync($"{entries}?after=-1")).ExpectProblem(HttpStatusCode.BadRequest, "invalid_arguments");
        (await alice.GetAsync($"{entries}?after=1000000")).ExpectProblem(HttpStatusCode.BadRequest, "invalid_arguments");
        (await alice.GetAsync($"{entries}?after=x")).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "after");
    }

    private static string Nested(int levels) => string.Concat(Enumerable.Repeat("{\"a\":", levels)) + "1" + new string('}', levels);

    private static List<string?> Texts(Answer page) => [.. page.Items.Select(message => message.GetProperty("text").GetString())];

    private async Task<(TestTenant Tenant, string Messages)> GroupAsync(params string[] users)
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync(users);
        return (tenant, $"/v1/conversations/{await tenant.CreateGroupAsync(users)}/messages");
    }
}
