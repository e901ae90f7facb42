using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Caas.Tests.Webhooks;

/// <summary>Receivers that fail, hang or are gone, and a gateway that stops: what waits is told in the end, and holds up nothing else.</summary>
public sealed class WebhookFailureTests
{
    private const string Created = "caas.message.created";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_fails_is_tried_again_in_order_while_other_conversations_go_on()
    {
        await using var world = await WebhookWorld.StartAsync();
        var failures = 0;
        world.Receiver.Answer("hook", (received, context) =>
        {
            context.Response.StatusCode = received.Text == "stuck" && Interlocked.Increment(ref failures) <= 4 ? 503 : 200;
            return context.Response.WriteAsync("<answer>");
        });
        var (id, secret) = await world.CreateAsync("hook", "message.created");
        foreach (var (text, room) in new[] { ("stuck", "room"), ("behind", "room"), ("beside", "other") })
        {
            await world.SendAsync(text, room);
        }

        var got = await world.Receiver.GotAsync("hook", 7, Cancelled);
        var texts = got.Select(one => one.Text).ToList();
        Assert.Equal(["stuck", "stuck", "stuck", "stuck", "stuck", "behind"], texts.Where(text => text != "beside"));
        Assert.True(texts.IndexOf("beside") < 5, string.Join(", ", texts));
        Assert.All(got, one => Assert.True(one.IsSignedWith(secret)));
        Assert.Single(got.Where(one => one.Text == "stuck").Select(one => one.Id).Distinct());
        var stuck = await world.UntilAsync($"/v1/webhooks/{id}/deliveries/{got.First(one => one.Text == "stuck").Json.GetProperty("position").GetString()}", answer => answer["state"].GetString() == "delivered");
        Assert.Equal([200, 503, 503, 503, 503], stuck["last"].EnumerateArray().Select(attempt => attempt.GetProperty("status").GetInt32()));
        Assert.Equal("<answer>", stuck["last"][0].GetProperty("response").GetString());
        await world.UntilAsync($"/v1/webhooks/{id}", answer => answer["failingSince"].ValueKind == JsonValueKind.Null);
        Assert.Equal(3, (await world.Backend.GetAsync($"/v1/webhooks/{id}/deliveries")).Items.Count);
    }

    [Fact]
    public async Task One_that_hangs_and_one_that_is_not_there_delay_neither_another_nor_a_send()
    {
        await using var world = await WebhookWorld.StartAsync(("Caas:Webhooks:Timeout", "00:00:00.500"));
        var hanging = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        world.Receiver.Answer("hangs", (_, context) => hanging.Task.WaitAsync(context.RequestAborted));
        var (hangs, _) = await world.CreateAsync("hangs");
        var gone = (await world.Backend.PostAsync("/v1/webhooks", new { url = "http://127.0.0.1:9/" })).Expect(HttpStatusCode.Created).Id;
        await world.CreateAsync("well", "message.created");
        for (var n = 0; n < 20; n++)
        {
            await world.SendAsync($"{n}", n % 2 == 0 ? "room" : "other");
        }

        Assert.Equal(20, (await world.Receiver.GotAsync("well", 20, Cancelled)).Count);
        var failing = await world.UntilAsync($"/v1/webhooks/{hangs}", answer => answer["failingSince"].ValueKind == JsonValueKind.String);
        Assert.True(failing["enabled"].GetBoolean());
        var tried = await world.UntilAsync($"/v1/webhooks/{hangs}/deliveries", answer => answer.Items.Any(item => item.GetProperty("attempts").GetInt32() > 0));
        Assert.Contains(tried.Items, item => item.GetProperty("last").EnumerateArray().Any(attempt => attempt.GetProperty("error").GetString()!.Contains("longer than", StringComparison.Ordinal)));
        await world.UntilAsync($"/v1/webhooks/{gone}/deliveries", answer => answer.Items.Any(item => item.GetProperty("last").EnumerateArray().Any(attempt => attempt.GetProperty("error").GetString() == "nothing answered")));
        hanging.SetResult();

        // What hung was tried more than once, and comes among them.
        await Eventually.HoldsAsync(() => world.Receiver.At("hangs").Where(one => one.Type == Created).Select(one => one.Id).Distinct().Count() == 20, "all 20 at the one that hung", Cancelled);
    }

    [Fact]
    public async Task One_that_is_gone_is_disabled_an_event_tells_it_and_enabled_again_it_gets_what_waits()
    {
        await using var world = await WebhookWorld.StartAsync();
        world.Receiver.Answer("gone", HttpStatusCode.Gone);
        var (id, _) = await world.CreateAsync("gone", "message.created");
        await world.CreateAsync("watch", "webhook.*");
        await world.SendAsync("first");
        var disabled = await world.UntilAsync($"/v1/webhooks/{id}", answer => !answer["enabled"].GetBoolean());
        Assert.Equal("gone", disabled["disabledReason"].GetString());
        await world.SendAsync("second");
        var told = (await world.Receiver.GotAsync("watch", 1, Cancelled, "caas.webhook.disabled"))[0].Json.GetProperty("data").GetProperty("data");
        Assert.Equal((id, "gone", "platform"), (told.GetProperty("id").GetString(), told.GetProperty("reason").GetString(), told.GetProperty("by").GetString()));

        world.Receiver.Answer("gone", HttpStatusCode.OK);
        (await world.Backend.PatchAsync($"/v1/webhooks/{id}", new { enabled = true })).Expect(HttpStatusCode.OK);
        Assert.Equal(["first", "first", "second"], (await world.Receiver.GotAsync("gone", 3, Cancelled)).Select(one => one.Text));
        (await world.Backend.PatchAsync($"/v1/webhooks/{id}", new { enabled = false })).Expect(HttpStatusCode.OK);
        Assert.Equal("request", (await world.Backend.GetAsync($"/v1/webhooks/{id}"))["disabledReason"].GetString());
        (await world.Backend.DeleteAsync($"/v1/webhooks/{id}")).Expect(HttpStatusCode.NoContent);
        (await world.Backend.GetAsync($"/v1/webhooks/{id}")).ExpectProblem(HttpStatusCode.NotFound, "webhook_not_found");
    }

    [Fact]
    public async Task What_waits_when_a_gateway_stops_is_delivered_by_the_next_one()
    {
        await using var world = await WebhookWorld.StartAsync();
        world.Receiver.Answer("hook", HttpStatusCode.InternalServerError);
        var (id, _) = await world.CreateAsync("hook", "message.created");
        for (var n = 0; n < 5; n++)
        {
            await world.SendAsync($"{n}");
        }

        await world.UntilAsync($"/v1/webhooks/{id}/deliveries", answer => answer.Items.Count == 5 && answer.Items[^1].GetProperty("attempts").GetInt32() > 0);
        await world.StartGatewayAsync();
        await world.StopGatewayAsync();
        Assert.All((await world.Backend.GetAsync($"/v1/webhooks/{id}/deliveries")).Items, item => Assert.Equal("pending", item.GetProperty("state").GetString()));
        world.Receiver.Answer("hook", HttpStatusCode.OK);
        await world.UntilAsync($"/v1/webhooks/{id}/deliveries", answer => answer.Items.All(item => item.GetProperty("state").GetString() == "delivered"));
        Assert.Equal(["0", "1", "2", "3", "4"], world.Receiver.At("hook").Select(one => one.Text).Distinct());
    }
}
