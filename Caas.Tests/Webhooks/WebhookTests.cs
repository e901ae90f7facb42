using System.Net;
using Caas.Core.Webhooks;
using Caas.Tests.Gateway;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Caas.Tests.Webhooks;

/// <summary>Webhooks over real Kestrel: a gateway that tells, a receiver that verifies, fails, hangs, redirects.</summary>
public sealed class WebhookTests
{
    private const string Created = "caas.message.created";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public void Signatures_are_those_of_the_specification()
    {
        // The example of the specification's own libraries.
        var key = WebhookSignature.KeyOf("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")!;
        Assert.Equal("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", WebhookSignature.Sign([key], "msg_p5jXN8AQM9LWM0D4loKWxJek", DateTimeOffset.FromUnixTimeSeconds(1614265330), "{\"test\": 2432232314}"u8.ToArray()));
        Assert.Null(WebhookSignature.KeyOf("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
        Assert.Null(WebhookSignature.KeyOf("whsec_c2hvcnQ="));
        Assert.Equal(32, WebhookSignature.KeyOf(WebhookSignature.NewSecret())!.Length);
    }

    [Fact]
    public async Task What_a_receiver_says_is_kept_and_what_it_repeats_of_the_event_is_not()
    {
        await using var world = await WebhookWorld.StartAsync();
        world.Receiver.Answer("echo", (received, context) => SayAsync(context, System.Text.Encoding.UTF8.GetString(received.Body)));
        world.Receiver.Answer("plain", (_, context) => SayAsync(context, "thank you"));
        var (echo, _) = await world.CreateAsync("echo", "message.created");
        var (plain, _) = await world.CreateAsync("plain", "message.created");
        await world.SendAsync("zword");
        foreach (var (id, said) in new[] { (echo, null), (plain, "thank you") })
        {
            var answer = await world.UntilAsync($"/v1/webhooks/{id}/deliveries", answer => answer.Items.Count == 1 && answer.Items[0].GetProperty("state").GetString() == "delivered");
            var last = answer.Items[0].GetProperty("last")[0];
            Assert.Equal((200, said), (last.GetProperty("status").GetInt32(), last.TryGetProperty("response", out var response) ? response.GetString() : null));
        }

        static Task SayAsync(HttpContext context, string text)
        {
            context.Response.StatusCode = 200;
            return context.Response.WriteAsync(text);
        }
    }

    [Fact]
    public async Task What_is_wanted_is_told_signed_in_order_once_and_as_the_event_log_says_it()
    {
        await using var world = await WebhookWorld.StartAsync();
        var (id, secret) = await world.CreateAsync("all");
        var (_, other) = await world.CreateAsync("some", "message.deleted", "conversation.*");
        await world.StartGatewayAsync();
        for (var n = 0; n < 10; n++)
        {
            await world.SendAsync($"{n}", gateway: n % 2);
        }

        (await world.Backend.PatchAsync("/v1/conversations/room", new { name = "Hall" })).Expect(HttpStatusCode.OK);
        var got = await world.Receiver.GotAsync("all", 10, Cancelled, Created);
        Assert.Equal(Enumerable.Range(0, 10).Select(n => $"{n}"), got.Select(one => one.Text));
        Assert.All(got, one => Assert.True(one.IsSignedWith(secret) && !one.IsSignedWith(other) && one.Headers["content-type"].StartsWith("application/cloudevents+json", StringComparison.Ordinal)));
        Assert.Single(await world.Receiver.GotAsync("some", 1, Cancelled, "caas.conversation.changed"));
        Assert.All(world.Receiver.At("some"), one => Assert.StartsWith("caas.conversation.", one.Type, StringComparison.Ordinal));

        // To the byte what the event log says.
        var position = got[3].Json.GetProperty("position").GetString()!;
        Assert.Equal($"evt_acme_{position}", got[3].Id);
        var logged = (await world.Backend.GetAsync($"/v1/events?after={long.Parse(position, System.Globalization.CultureInfo.InvariantCulture) - 1}&limit=1")).Expect(HttpStatusCode.OK).Items[0];
        Assert.Equal(logged.GetRawText(), System.Text.Encoding.UTF8.GetString(got[3].Body));

        var delivery = await world.UntilAsync($"/v1/webhooks/{id}/deliveries/{position}", answer => answer["state"].GetString() == "delivered");
        Assert.Equal((1, 204), (delivery["attempts"].GetInt32(), delivery["last"][0].GetProperty("status").GetInt32()));
        Assert.Equal(logged.GetRawText(), delivery["request"].GetRawText());

        // What was sent is known though it is not kept.
        Assert.Equal((got[3].Body.Length, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(got[3].Body)), true), (delivery["last"][0].GetProperty("requestBytes").GetInt32(), delivery["last"][0].GetProperty("requestSha256").GetString(), delivery["requestAsSent"].GetBoolean()));
        Assert.Equal(world.Receiver.At("all").Count, world.Receiver.At("all").Select(one => one.Id).Distinct().Count());
    }

    [Fact]
    public async Task The_secret_is_shown_once_and_after_a_rotation_both_sign_for_a_while()
    {
        await using var world = await WebhookWorld.StartAsync();
        var mine = "whsec_" + Convert.ToBase64String(new byte[24]);
        var body = new { url = world.Receiver.Url("hook"), events = new[] { Created }, secret = mine };
        var created = (await world.Backend.PostAsync("/v1/webhooks", body, ("Idempotency-Key", "one"))).Expect(HttpStatusCode.Created);
        Assert.Equal(mine, created["secret"].GetString());
        (await world.Backend.PostAsync("/v1/webhooks", body, ("Idempotency-Key", "one"))).ExpectProblem(HttpStatusCode.Conflict, "already_created");
        foreach (var path in new[] { "/v1/webhooks", $"/v1/webhooks/{created.Id}", "/v1/events" })
        {
            var text = (await world.Backend.GetAsync(path)).Expect(HttpStatusCode.OK).Text;
            Assert.DoesNotContain("secret\"", text, StringComparison.Ordinal);
            Assert.DoesNotContain("whsec_", text, StringComparison.Ordinal);
        }

        var rotated = (await world.Backend.PostAsync($"/v1/webhooks/{created.Id}/rotate-secret")).Expect(HttpStatusCode.OK);
        var secret = rotated["secret"].GetString()!;
        Assert.Matches(@"T\d\d:\d\d:\d\d(\.\d{1,3})?(Z|\+00:00)$", rotated["previousSecretUntil"].GetString());
        await world.SendAsync("both");
        var both = Assert.Single(await world.Receiver.GotAsync("hook", 1, Cancelled));
        Assert.True(both.Signatures == 2 && both.IsSignedWith(mine) && both.IsSignedWith(secret));

        (await world.Backend.PostAsync($"/v1/webhooks/{created.Id}/rotate-secret", new { secret = mine, graceSeconds = 0 })).Expect(HttpStatusCode.OK);
        await world.SendAsync("one");
        var one = (await world.Receiver.GotAsync("hook", 2, Cancelled))[1];
        Assert.True(one.Signatures == 1 && one.IsSignedWith(mine) && !one.IsSignedWith(secret));
    }

    [Fact]
    public async Task Redirects_are_not_followed_and_private_addresses_are_refused_at_creation_and_where_a_name_leads_to_them()
    {
        await using var world = await WebhookWorld.StartAsync();
        world.Receiver.Answer("moved", (_, context) =>
        {
            context.Response.Redirect(world.Receiver.Url("target"));
            return Task.CompletedTask;
        });
        var (id, _) = await world.CreateAsync("moved");
        var ping = (await world.Backend.PostAsync($"/v1/webhooks/{id}/ping")).Expect(HttpStatusCode.OK);
        Assert.Equal(("failed", 302), (ping["state"].GetString(), ping["last"][0].GetProperty("status").GetInt32()));
        Assert.Empty(world.Receiver.At("target"));

        await using var closed = await WebhookWorld.StartAsync(("Caas:Webhooks:AllowPrivateAddresses", "false"));
        foreach (var url in new[] { closed.Receiver.Url("hook"), "http://10.1.2.3/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://169.254.169.254/latest/meta-data", "http://2130706433/", "http://0x7f.1/" })
        {
            (await closed.Backend.PostAsync("/v1/webhooks", new { url })).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "url");
        }

        var named = (await closed.Backend.PostAsync("/v1/webhooks", new { url = closed.Receiver.Url("hook", "localhost") })).Expect(HttpStatusCode.Created).Id;
        var refused = (await closed.Backend.PostAsync($"/v1/webhooks/{named}/ping")).Expect(HttpStatusCode.OK);
        Assert.Equal(("failed", "the address is not public"), (refused["state"].GetString(), refused["last"][0].GetProperty("error").GetString()));
        Assert.Empty(closed.Receiver.All);
    }

    [Fact]
    public async Task It_is_tried_by_hand_and_delivered_again_by_hand_without_what_was_deleted_since()
    {
        await using var world = await WebhookWorld.StartAsync();
        var (id, secret) = await world.CreateAsync("hook", "message.created");
        var ping = (await world.Backend.PostAsync($"/v1/webhooks/{id}/ping")).Expect(HttpStatusCode.OK);
        Assert.Equal(("delivered", "caas.webhook.ping"), (ping["state"].GetString(), ping["type"].GetString()));
        Assert.True(Assert.Single(world.Receiver.At("hook")).IsSignedWith(secret));
        await world.SendAsync("to be deleted");
        var got = (await world.Receiver.GotAsync("hook", 2, Cancelled))[1];
        var (message, position) = (got.Json.GetProperty("data").GetProperty("message").GetProperty("id").GetString(), got.Json.GetProperty("position").GetString());
        await world.UntilAsync($"/v1/webhooks/{id}/deliveries/{position}", answer => answer["state"].GetString() == "delivered");
        (await world.Backend.DeleteAsync($"/v1/conversations/room/messages/{message}")).Expect(HttpStatusCode.NoContent);

        // It would be another one now, and the log says so until it was sent as it is now.
        await world.UntilAsync($"/v1/webhooks/{id}/deliveries/{position}", answer => !answer["requestAsSent"].GetBoolean());
        var again = (await world.Backend.PostAsync($"/v1/webhooks/{id}/deliveries/{position}/redeliver")).Expect(HttpStatusCode.OK);
        Assert.Equal((2, true), (again["attempts"].GetInt32(), again["last"][0].GetProperty("manual").GetBoolean()));
        var second = (await world.Receiver.GotAsync("hook", 3, Cancelled))[2];
        Assert.Equal((got.Id, null), (second.Id, second.Text));
        var now = (await world.Backend.GetAsync($"/v1/webhooks/{id}/deliveries/{position}")).Expect(HttpStatusCode.OK);
        Assert.DoesNotContain("to be deleted", now.Text, StringComparison.Ordinal);
        Assert.True(now["requestAsSent"].GetBoolean());
        Assert.NotEqual(now["last"][0].GetProperty("requestSha256").GetString(), now["last"][1].GetProperty("requestSha256").GetString());
    }

    [Fact]
    public async Task An_event_that_cannot_be_made_is_told_as_such_in_its_place()
    {
        await using var world = await WebhookWorld.StartAsync();
        var (id, _) = await world.CreateAsync("hook", "message.created");
        world.Receiver.Answer("hook", HttpStatusCode.ServiceUnavailable);
        await world.SendAsync("lost");
        var position = (await world.Receiver.GotAsync("hook", 1, Cancelled))[0].Json.GetProperty("position").GetString()!;
        world.Scalar("DELETE FROM entries WHERE type = 'message.created' RETURNING type");
        world.Receiver.Answer("hook", HttpStatusCode.OK);

        var all = (await world.Backend.GetAsync("/v1/events?limit=1000")).Expect(HttpStatusCode.OK).Items;
        Assert.Equal(Enumerable.Range(1, all.Count).Select(n => $"{n}"), all.Select(one => one.GetProperty("position").GetString()));
        var told = Assert.Single((await world.Backend.GetAsync("/v1/events?types=message.created")).Expect(HttpStatusCode.OK).Items);
        Assert.Equal(("caas.event.unavailable", position), (told.GetProperty("type").GetString(), told.GetProperty("position").GetString()));
        Assert.Equal(("message.created", "missing"), (told.GetProperty("data").GetProperty("type").GetString(), told.GetProperty("data").GetProperty("reason").GetString()));
        Assert.Equal($"{told.GetProperty("data").GetProperty("eventId").GetString()}/unavailable", told.GetProperty("id").GetString());
        var schema = await NJsonSchema.JsonSchema.FromFileAsync(Path.Combine(Snapshots.Root, Events.EventSchemas.PathOf(Caas.Core.Events.EventCatalog.Unavailable)), Cancelled);
        Assert.Empty(schema.Validate(told.GetRawText()));

        // The webhook is told the same, under the event's own id, and goes on.
        await world.UntilAsync($"/v1/webhooks/{id}/deliveries/{position}", answer => answer["state"].GetString() == "delivered");
        Assert.Equal((told.GetRawText(), $"evt_acme_{position}"), (System.Text.Encoding.UTF8.GetString(world.Receiver.At("hook")[^1].Body), world.Receiver.At("hook")[^1].Id));
        Assert.Contains(world.Faults.Lines, line => line.Contains($"Position {position} of tenant acme cannot be told", StringComparison.Ordinal));
        world.Faults.Lines.Clear();
    }

    [Fact]
    public async Task What_is_no_webhook_is_refused_and_there_are_not_too_many()
    {
        await using var world = await WebhookWorld.StartAsync(("Caas:Webhooks:MaxPerTenant", "2"));
        foreach (var (body, field) in new (object, string)[]
        {
            (new { url = "example.com" }, "url"), (new { url = "ftp://example.com" }, "url"), (new { url = "https://a:b@example.com" }, "url"), (new { url = "https://example.com/#a" }, "url"), (new { url = "https://example.com/" + new string('a', 2_048) }, "url"),
            (new { url = "https://example.com", events = new[] { "Message" } }, "events"), (new { url = "https://example.com", @event = new[] { "message.*" } }, "event"), (new { url = "https://example.com", events = new[] { "bogus.event" } }, "events"), (new { url = "https://example.com", secret = "secret" }, "secret"), (new { url = "https://example.com", secret = "whsec_AAAA" }, "secret"),
        })
        {
            (await world.Backend.PostAsync("/v1/webhooks", body)).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", field);
        }

        // Also of calls that come at the same moment to two gateways as many as may be are made, and their answers are true.
        await world.StartGatewayAsync(("Caas:Webhooks:MaxPerTenant", "2"));
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => world.Api(n % 2).PostAsync("/v1/webhooks", new { url = world.Receiver.Url($"{n}"), events = new[] { "call.*" } })));
        var made = answers.Where(answer => answer.Status == HttpStatusCode.Created).Select(answer => answer.Id).Order(StringComparer.Ordinal).ToList();
        Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.Created), answer => answer.ExpectProblem(HttpStatusCode.Conflict, "limit_reached"));
        Assert.Equal(2, made.Count);
        Assert.Equal(made, (await world.Backend.GetAsync("/v1/webhooks")).Items.Select(item => item.GetProperty("id").GetString()));
        var id = made[0];
        (await world.Backend.PostAsync("/v1/webhooks", new { url = world.Receiver.Url("three") })).ExpectProblem(HttpStatusCode.Conflict, "limit_reached");
        (await world.Backend.PatchAsync($"/v1/webhooks/{id}", new { enabled = (bool?)null })).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "enabled");
        (await world.Backend.PostAsync($"/v1/webhooks/{id}/rotate-secret", new { graceSeconds = 604_801 })).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "graceSeconds");
        (await world.Backend.GetAsync($"/v1/webhooks/{id}/deliveries/1")).ExpectProblem(HttpStatusCode.NotFound, "delivery_not_found");
        (await world.Backend.PostAsync("/v1/webhooks/nobody/ping")).ExpectProblem(HttpStatusCode.NotFound, "webhook_not_found");
    }
}
