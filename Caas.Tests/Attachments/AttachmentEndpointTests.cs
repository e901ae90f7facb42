using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Caas.Tests.Gateway;
using SkiaSharp;
using Xunit;

namespace Caas.Tests.Attachments;

/// <summary>Attachments over REST, files in a folder.</summary>
[Collection<GatewayCollection>]
public sealed class AttachmentEndpointTests(GatewayFixture gateway)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_image_is_uploaded_sent_and_seen_by_those_who_read_there()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice", "bob", "eve");
        var (alice, bob, eve) = (await tenant.SignInAsync("alice"), await tenant.SignInAsync("bob"), await tenant.SignInAsync("eve"));
        var room = await tenant.CreateGroupAsync("alice", "bob");
        var image = Pictures.Make(800, 400);
        var id = await UploadAsync(alice, "holiday.jpg", "image/jpeg", image);

        // Before it is sent it is its uploader's and the backend's.
        Assert.Equal("ready", (await alice.GetAsync($"/v1/attachments/{id}")).Expect(HttpStatusCode.OK)["status"].GetString());
        (await tenant.Backend.GetAsync($"/v1/attachments/{id}")).Expect(HttpStatusCode.OK);
        (await bob.GetAsync($"/v1/attachments/{id}")).ExpectProblem(HttpStatusCode.NotFound, "attachment_not_found");
        var sent = (await alice.PostAsync($"/v1/conversations/{room}/messages", new { attachments = new[] { new { attachmentId = id, size = 3, type = "text/html" } } })).Expect(HttpStatusCode.Created);
        var attachment = sent["attachments"][0];
        Assert.Equal((id, "image/jpeg", "holiday.jpg", image.Length, 800, 400), (attachment.GetProperty("attachmentId").GetString(), attachment.GetProperty("type").GetString(), attachment.GetProperty("name").GetString(), attachment.GetProperty("size").GetInt32(), attachment.GetProperty("width").GetInt32(), attachment.GetProperty("height").GetInt32()));
        Assert.Equal(new Uri(gateway.Address, $"/v1/attachments/{id}").AbsoluteUri, attachment.GetProperty("url").GetString());

        var found = (await bob.GetAsync($"/v1/attachments/{id}")).Expect(HttpStatusCode.OK);
        Assert.Equal(("alice", 800, 400), (found["uploadedBy"].GetString(), found["width"].GetInt32(), found["height"].GetInt32()));
        Assert.Equal(image, await DownloadAsync(found["downloadUrl"].GetString()!));
        var thumbnail = SKBitmap.DecodeBounds(await DownloadAsync(found["thumbnailUrl"].GetString()!));
        Assert.Equal((320, 160), (thumbnail.Width, thumbnail.Height));

        // Neither strangers nor another tenant; nor who was removed.
        (await eve.GetAsync($"/v1/attachments/{id}")).ExpectProblem(HttpStatusCode.NotFound, "attachment_not_found");
        (await (await gateway.CreateTenantAsync()).Backend.GetAsync($"/v1/attachments/{id}")).ExpectProblem(HttpStatusCode.NotFound, "attachment_not_found");
        (await alice.DeleteAsync($"/v1/conversations/{room}/members/bob")).Expect(HttpStatusCode.NoContent);
        (await bob.GetAsync($"/v1/attachments/{id}")).ExpectProblem(HttpStatusCode.NotFound, "attachment_not_found");
    }

    [Fact]
    public async Task What_one_may_read_one_may_forward_and_nothing_else()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice", "bob", "eve");
        var (alice, bob, eve) = (await tenant.SignInAsync("alice"), await tenant.SignInAsync("bob"), await tenant.SignInAsync("eve"));
        var (room, other) = (await tenant.CreateGroupAsync("alice", "bob"), await tenant.CreateGroupAsync("bob", "eve"));
        var id = await UploadAsync(alice, "a.txt", "text/plain", "hello"u8.ToArray());
        var body = new { attachments = new[] { new { attachmentId = id } } };
        (await bob.PostAsync($"/v1/conversations/{other}/messages", body)).ExpectProblem(HttpStatusCode.NotFound, "attachment_not_found");
        (await alice.PostAsync($"/v1/conversations/{room}/messages", body)).Expect(HttpStatusCode.Created);
        (await eve.PostAsync($"/v1/conversations/{other}/messages", body)).ExpectProblem(HttpStatusCode.NotFound, "attachment_not_found");

        // By its url as well.
        var forwarded = (await bob.PostAsync($"/v1/conversations/{other}/messages", new { attachments = new[] { new { url = new Uri(gateway.Address, $"/v1/attachments/{id}").AbsoluteUri } } })).Expect(HttpStatusCode.Created);
        Assert.Equal(id, forwarded["attachments"][0].GetProperty("attachmentId").GetString());
        (await eve.GetAsync($"/v1/attachments/{id}")).Expect(HttpStatusCode.OK);

        // Another tenant's cannot be named.
        var rival = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice");
        var theirs = await rival.CreateGroupAsync("alice");
        (await rival.Backend.PostAsync($"/v1/conversations/{theirs}/messages", body)).ExpectProblem(HttpStatusCode.NotFound, "attachment_not_found");
    }

    [Fact]
    public async Task What_was_attached_to_a_message_that_one_may_not_see_is_not_handed_out()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice", "bob", "carol");
        var (alice, bob, carol) = (await tenant.SignInAsync("alice"), await tenant.SignInAsync("bob"), await tenant.SignInAsync("carol"));
        var room = await tenant.CreateGroupAsync("alice", "bob", "carol");
        var id = await UploadAsync(bob, "a.txt", "text/plain", "hello"u8.ToArray());
        var body = new { attachments = new[] { new { attachmentId = id } } };
        (await bob.PostAsync($"/v1/conversations/{room}/messages", body)).Expect(HttpStatusCode.Created);
        (await alice.GetAsync($"/v1/attachments/{id}")).Expect(HttpStatusCode.OK);
        (await alice.PutAsync("/v1/blocks/bob", new { })).Expect(HttpStatusCode.OK);
        (await alice.GetAsync($"/v1/attachments/{id}")).ExpectProblem(HttpStatusCode.NotFound, "attachment_not_found");
        (await alice.PostAsync($"/v1/conversations/{room}/messages", body)).ExpectProblem(HttpStatusCode.NotFound, "attachment_not_found");
        (await bob.GetAsync($"/v1/attachments/{id}")).Expect(HttpStatusCode.OK);

        // Sent on by somebody whom she sees, she sees it there.
        (await carol.PostAsync($"/v1/conversations/{room}/messages", body)).Expect(HttpStatusCode.Created);
        (await alice.GetAsync($"/v1/attachments/{id}")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_file_elsewhere_stays_what_the_sender_says()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice");
        var room = await tenant.CreateGroupAsync("alice");
        var sent = (await tenant.Backend.PostAsync($"/v1/conversations/{room}/messages", new { attachments = new[] { new { url = "https://example.com/v1/attachments/none", type = "image/png", width = 7 } } })).Expect(HttpStatusCode.Created);
        Assert.Equal(("https://example.com/v1/attachments/none", 7, JsonValueKind.Null), (sent["attachments"][0].GetProperty("url").GetString(), sent["attachments"][0].GetProperty("width").GetInt32(), sent["attachments"][0].GetProperty("attachmentId").ValueKind));
        (await tenant.Backend.PostAsync($"/v1/conversations/{room}/messages", new { attachments = new[] { new { type = "image/png" } } })).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "attachments[0].url");
        (await tenant.Backend.PostAsync($"/v1/conversations/{room}/messages", new { attachments = new[] { new { attachmentId = "x" } } })).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "attachments[0].attachmentId");
    }

    [Fact]
    public async Task A_message_refers_only_to_what_was_uploaded()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice");
        var (alice, room) = (await tenant.SignInAsync("alice"), await tenant.CreateGroupAsync("alice"));
        var place = (await alice.PostAsync("/v1/attachments", new { name = "a.txt", type = "text/plain", size = 5 })).Expect(HttpStatusCode.Created);
        var body = new { attachments = new[] { new { attachmentId = place.Id } } };
        (await alice.PostAsync($"/v1/conversations/{room}/messages", body)).ExpectProblem(HttpStatusCode.Conflict, "attachment_not_ready");
        var pending = (await alice.GetAsync($"/v1/attachments/{place.Id}")).Expect(HttpStatusCode.OK);
        Assert.Equal(("pending", JsonValueKind.Null), (pending["status"].GetString(), pending["downloadUrl"].ValueKind));

        // Where the answer was lost, a fresh place stands here.
        (await PutAsync(pending["upload"].GetProperty("uploadUrl").GetString()!, "text/plain", "hello"u8.ToArray())).EnsureSuccessStatusCode();
        (await alice.PostAsync($"/v1/conversations/{room}/messages", body)).Expect(HttpStatusCode.Created);

        // A second upload changes nothing.
        (await PutAsync(place["uploadUrl"].GetString()!, "text/plain", "other"u8.ToArray())).EnsureSuccessStatusCode();
        Assert.Equal("hello"u8.ToArray(), await DownloadAsync((await alice.GetAsync($"/v1/attachments/{place.Id}"))["downloadUrl"].GetString()!));
    }

    [Theory]
    [InlineData("text/plain", "hello!", "text/plain", "content")]
    [InlineData("text/plain", "hell", "text/plain", "content")]
    [InlineData("text/plain", "hello", "text/html", "Content-Type")]
    [InlineData("image/png", "<html", "image/png", "content")]
    [InlineData("image/jpeg", "\u00ff\u00d8\u00ff\u00e0.", "image/jpeg", "content")]
    public async Task What_is_not_what_was_declared_is_refused_and_may_be_uploaded_anew(string declared, string content, string sent, string field)
    {
        var alice = await (await (await gateway.CreateTenantAsync()).WithUsersAsync("alice")).SignInAsync("alice");
        var place = (await alice.PostAsync("/v1/attachments", new { name = "a", type = declared, size = 5 })).Expect(HttpStatusCode.Created);
        using var refused = await PutAsync(place["uploadUrl"].GetString()!, sent, System.Text.Encoding.Latin1.GetBytes(content));
        var problem = JsonSerializer.Deserialize<JsonElement>(await refused.Content.ReadAsStringAsync(Cancelled));
        Assert.Equal((HttpStatusCode.BadRequest, "validation_failed"), (refused.StatusCode, problem.GetProperty("code").GetString()));
        Assert.True(problem.GetProperty("errors").TryGetProperty(field, out _), problem.ToString());
        Assert.Equal("pending", (await alice.GetAsync($"/v1/attachments/{place.Id}"))["status"].GetString());
        if (declared == "text/plain")
        {
            (await PutAsync(place["uploadUrl"].GetString()!, declared, "hello"u8.ToArray())).EnsureSuccessStatusCode();
        }
    }

    [Fact]
    public async Task What_is_longer_than_declared_is_refused_also_where_no_length_is_told()
    {
        var alice = await (await (await gateway.CreateTenantAsync()).WithUsersAsync("alice")).SignInAsync("alice");
        foreach (var (size, length) in new[] { (5, 6), (5, 300_000), (100_000, 40), (300_000, 2_000_000) })
        {
            var place = (await alice.PostAsync("/v1/attachments", new { name = "a", type = "text/plain", size })).Expect(HttpStatusCode.Created);
            using var content = new StreamContent(new MemoryStream([.. Enumerable.Repeat((byte)'x', length)]));
            content.Headers.ContentType = new("text/plain");
            using var request = new HttpRequestMessage(HttpMethod.Put, place["uploadUrl"].GetString()!) { Content = content, Headers = { TransferEncodingChunked = true } };
            using var answer = await gateway.Anyone.Http.SendAsync(request, Cancelled);
            Assert.True(answer.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge, $"{size}, {length}: {answer.StatusCode}");

            // The rest of what is too long is not taken: who does not know would send the next request into a connection that ends.
            Assert.True(answer.Headers.ConnectionClose, $"{size}, {length}");
        }
    }

    [Fact]
    public async Task What_may_not_be_uploaded_is_said_at_once()
    {
        var tenant = await gateway.CreateTenantAsync();
        foreach (var (body, field) in new (object, string)[]
        {
            (new { name = "", type = "image/png", size = 1 }, "name"),
            (new { name = "a/b", type = "image/png", size = 1 }, "name"),
            (new { name = "a", type = "text/html", size = 1 }, "type"),
            (new { name = "a", type = "image/svg+xml", size = 1 }, "type"),
            (new { name = "a", type = "image/png; a=b", size = 1 }, "type"),
            (new { name = "a", type = "image/png", size = 0 }, "size"),
            (new { name = "a", type = "image/png", size = 25 * 1024 * 1024 + 1 }, "size"),
        })
        {
            (await tenant.Backend.PostAsync("/v1/attachments", body)).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", field);
        }

        (await (await tenant.WithScopesAsync("users:write")).PostAsync("/v1/attachments", new { name = "a", type = "image/png", size = 1 })).ExpectProblem(HttpStatusCode.Forbidden, "insufficient_scope");
    }

    [Fact]
    public async Task A_link_is_good_for_one_thing_until_it_ends()
    {
        var alice = await (await (await gateway.CreateTenantAsync()).WithUsersAsync("alice")).SignInAsync("alice");
        var (one, other) = (await UploadAsync(alice, "a.png", "image/png", Pictures.Make(20, 20, SKEncodedImageFormat.Png)), await UploadAsync(alice, "b.txt", "text/plain", "hello"u8.ToArray()));
        var found = await alice.GetAsync($"/v1/attachments/{one}");
        var (download, thumbnail) = (found["downloadUrl"].GetString()!, found["thumbnailUrl"].GetString()!);
        var place = (await alice.PostAsync("/v1/attachments", new { name = "c.txt", type = "text/plain", size = 5 }))["uploadUrl"].GetString()!;
        foreach (var forged in new[]
        {
            download.Replace(one, other, StringComparison.Ordinal), download + "&variant=thumbnail", thumbnail.Replace("&variant=thumbnail", "", StringComparison.Ordinal), download.Replace("expires=1", "expires=2", StringComparison.Ordinal),
            download[..^4] + "AAAA", download.Split("&signature")[0], place, download.Replace("tenant=", "tenant=x", StringComparison.Ordinal), download.Split('?')[0],
        })
        {
            using var answer = await gateway.Anyone.Http.GetAsync(forged, Cancelled);
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        }

        using var put = await PutAsync(download, "image/png", [1]);
        Assert.Equal(HttpStatusCode.Forbidden, put.StatusCode);
    }

    [Fact]
    public async Task Files_are_served_so_that_nothing_in_them_can_run()
    {
        var alice = await (await (await gateway.CreateTenantAsync()).WithUsersAsync("alice")).SignInAsync("alice");
        var text = await UploadAsync(alice, "näme \"x\".txt", "text/plain", "<script>alert(1)</script>"u8.ToArray());
        using var answer = await gateway.Anyone.Http.GetAsync((await alice.GetAsync($"/v1/attachments/{text}"))["downloadUrl"].GetString()!, Cancelled);
        Assert.Equal("attachment; filename=\"n_me _x_.txt\"; filename*=UTF-8''n%C3%A4me%20%22x%22.txt", answer.Content.Headers.GetValues("Content-Disposition").Single());
        Assert.Equal(("text/plain; charset=utf-8", "nosniff"), (answer.Content.Headers.ContentType!.ToString(), answer.Headers.GetValues("X-Content-Type-Options").Single()));
        Assert.Contains("sandbox", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);

        var image = await UploadAsync(alice, "a.png", "image/png", Pictures.Make(20, 20, SKEncodedImageFormat.Png));
        using var request = new HttpRequestMessage(HttpMethod.Get, (await alice.GetAsync($"/v1/attachments/{image}"))["downloadUrl"].GetString()!) { Headers = { Range = new(1, 3) } };
        using var part = await gateway.Anyone.Http.SendAsync(request, Cancelled);
        Assert.Equal((HttpStatusCode.PartialContent, "PNG", "image/png"), (part.StatusCode, await part.Content.ReadAsStringAsync(Cancelled), part.Content.Headers.ContentType!.ToString()));
        Assert.StartsWith("inline; ", part.Content.Headers.GetValues("Content-Disposition").Single(), StringComparison.Ordinal);
        Assert.True(part.Headers.CacheControl is { Private: true, MaxAge: { TotalMinutes: > 50 } });
    }

    [Fact]
    public async Task A_repeated_request_for_a_place_makes_one()
    {
        var alice = await (await (await gateway.CreateTenantAsync()).WithUsersAsync("alice")).SignInAsync("alice");
        var body = new { name = "a.txt", type = "text/plain", size = 5 };
        var first = (await alice.PostAsync("/v1/attachments", body, ("Idempotency-Key", "one"))).Expect(HttpStatusCode.Created);
        Assert.Equal(first.Id, (await alice.PostAsync("/v1/attachments", body, ("Idempotency-Key", "one"))).ExpectProblem(HttpStatusCode.Conflict, "already_created").Id);
    }

    private async Task<string> UploadAsync(Api caller, string name, string type, byte[] content)
    {
        var place = (await caller.PostAsync("/v1/attachments", new { name, type, size = content.Length })).Expect(HttpStatusCode.Created);
        Assert.Equal(("PUT", type), (place["method"].GetString(), place["headers"].GetProperty("Content-Type").GetString()));
        using var answer = await PutAsync(place["uploadUrl"].GetString()!, type, content);
        Assert.True(answer.StatusCode == HttpStatusCode.NoContent, await answer.Content.ReadAsStringAsync(Cancelled));
        return place.Id;
    }

    private async Task<HttpResponseMessage> PutAsync(string url, string type, byte[] content)
    {
        using var body = new ByteArrayContent(content) { Headers = { ContentType = MediaTypeHeaderValue.Parse(type) } };
        return await gateway.Anyone.Http.PutAsync(url, body, Cancelled);
    }

    private Task<byte[]> DownloadAsync(string url) => gateway.Anyone.Http.GetByteArrayAsync(url, Cancelled);
}
