using System.Net;
using Xunit;

namespace Caas.Tests.Webhooks;

/// <summary>Webhooks where two do something at once: a call and a worker, several receivers, several tenants.</summary>
public sealed class WebhookRaceTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(200, 500)]
    [InlineData(500, 200)]
    public async Task Of_two_attempts_at_once_a_failure_does_not_undo_the_success(int inItsTurn, int byHand)
    {
        await using var world = await WebhookWorld.StartAsync(("Caas:Webhooks:InitialBackoff", "01:00:00"), ("Caas:Webhooks:MaxBackoff", "01:00:00"));
        var (asked, release) = (0, new[] { new TaskCompletionSource(), new TaskCompletionSource() });
        world.Receiver.Answer("hook", async (_, context) =>
        {
            var n = Interlocked.Increment(ref asked) - 1;
            await release[n].Task.WaitAsync(context.RequestAborted);
            context.Response.StatusCode = n == 0 ? inItsTurn : byHand;
        });
        var (id, _) = await world.CreateAsync("hook", "message.created");
        await world.SendAsync("one");
        await world.Receiver.GotAsync("hook", 1, Cancelled);
        var path = $"/v1/webhooks/{id}/deliveries/{(await world.Backend.GetAsync($"/v1/webhooks/{id}/deliveries")).Items[0].GetProperty("id").GetString()}";
        var call = world.Backend.PostAsync($"{path}/redeliver");
        await world.Receiver.GotAsync("hook", 2, Cancelled);

        // Both have begun with the same row; the success is written first.
        var first = inItsTurn == 200 ? 0 : 1;
        release[first].SetResult();
        await world.UntilAsync(path, answer => answer["state"].GetString() == "delivered");
        release[1 - first].SetResult();
        var stored = await world.UntilAsync(path, answer => answer["attempts"].GetInt32() == 2);
        Assert.Equal("delivered", stored["state"].GetString());
        Assert.Equal([500, 200], stored["last"].EnumerateArray().Select(attempt => attempt.GetProperty("status").GetInt32()));
        Assert.Equal("delivered", (await call).Expect(HttpStatusCode.OK)["state"].GetString());
    }

    [Fact]
    public async Task What_was_delivered_by_hand_is_not_tried_again_and_what_waited_behind_it_goes_on_long_before_the_next_attempt()
    {
        await using var world = await WebhookWorld.StartAsync(("Caas:Webhooks:InitialBackoff", "01:00:00"), ("Caas:Webhooks:MaxBackoff", "01:00:00"));
        var asked = 0;
        world.Receiver.Answer("hook", (_, context) =>
        {
            context.Response.StatusCode = Interlocked.Increment(ref asked) == 1 ? 500 : 200;
            return Task.CompletedTask;
        });
        var (id, _) = await world.CreateAsync("hook", "message.created");
        foreach (var text in new[] { "one", "two", "three" })
        {
            await world.SendAsync(text);
        }

        var waiting = await world.UntilAsync($"/v1/webhooks/{id}/deliveries", answer => answer.Items.Count == 3 && answer.Items[^1].GetProperty("attempts").GetInt32() == 1);
        foreach (var n in new[] { 1, 2 })
        {
            // One that waits behind it, and the first of the conversation itself.
            var delivery = waiting.Items[n].GetProperty("id").GetString();
            Assert.Equal("delivered", (await world.Backend.PostAsync($"/v1/webhooks/{id}/deliveries/{delivery}/redeliver")).Expect(HttpStatusCode.OK)["state"].GetString());
        }

        var done = await world.UntilAsync($"/v1/webhooks/{id}/deliveries", answer => answer.Items.All(item => item.GetProperty("state").GetString() == "delivered"));
        Assert.Equal([1, 1, 2], done.Items.Select(item => item.GetProperty("attempts").GetInt32()));
        Assert.Equal(["one", "two", "one", "three"], world.Receiver.At("hook").Select(one => one.Text));
    }

    [Fact]
    public async Task A_ping_is_listed_when_it_is_known_what_came_of_it()
    {
        await using var world = await WebhookWorld.StartAsync();
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        world.Receiver.Answer("hook", (_, context) => release.Task.WaitAsync(context.RequestAborted));
        var (id, _) = await world.CreateAsync("hook", "message.created");
        var ping = world.Backend.PostAsync($"/v1/webhooks/{id}/ping");
        await world.Receiver.GotAsync("hook", 1, Cancelled);
        Assert.Empty((await world.Backend.GetAsync($"/v1/webhooks/{id}/deliveries")).Items);
        release.SetResult();
        var delivery = (await ping).Expect(HttpStatusCode.OK).Id;
        var listed = Assert.Single((await world.Backend.GetAsync($"/v1/webhooks/{id}/deliveries")).Items);
        Assert.Equal((delivery, "delivered", 1), (listed.GetProperty("id").GetString(), listed.GetProperty("state").GetString(), listed.GetProperty("attempts").GetInt32()));
    }

    [Fact]
    public async Task Receivers_that_answer_slowly_do_not_delay_anothers_deliveries()
    {
        // 4 in the place of 512: as the 4 webhooks here are to 4, 128 slow ones are to the default.
        await using var world = await WebhookWorld.StartAsync(("Caas:Webhooks:MaxInFlight", "4"), ("Caas:Webhooks:SlowAfter", "00:00:00.200"));
        var hanging = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        world.Receiver.Answer("slow", async (_, context) => await hanging.Task.WaitAsync(context.RequestAborted));
        for (var n = 0; n < 4; n++)
        {
            await world.CreateAsync("slow", "message.created");
        }

        await world.SendAsync("one");
        await world.Receiver.GotAsync("slow", 4, Cancelled);
        await world.CreateAsync("well", "message.created");
        await world.SendAsync("two", "other");
        Assert.Equal("two", Assert.Single(await world.Receiver.GotAsync("well", 1, Cancelled)).Text);
        hanging.SetResult();
        await world.Receiver.GotAsync("slow", 8, Cancelled);
    }

    [Theory]
    [InlineData("disabled")]
    [InlineData("quiet")]
    public async Task What_became_of_deliveries_is_forgotten_after_its_time_whatever_its_webhook_does(string state)
    {
        await using var world = await WebhookWorld.StartAsync(("Caas:Webhooks:KeepFor", "00:00:01"));
        var (id, _) = await world.CreateAsync("hook", "message.created");
        await world.SendAsync("one");
        await world.UntilAsync($"/v1/webhooks/{id}/deliveries", answer => answer.Items.All(item => item.GetProperty("state").GetString() == "delivered") && world.Receiver.At("hook").Count > 0);
        if (state == "disabled")
        {
            (await world.Backend.PatchAsync($"/v1/webhooks/{id}", new { enabled = false })).Expect(HttpStatusCode.OK);
        }

        await world.UntilAsync($"/v1/webhooks/{id}/deliveries", answer => answer.Items.Count == 0);
    }

    [Fact]
    public async Task A_tenant_whose_webhooks_cannot_be_read_ends_nobody_elses_attempts_and_is_told_again_once_they_can()
    {
        await using var world = await WebhookWorld.StartAsync();
        var globex = await world.CreateTenantAsync("globex");
        var (theirs, _) = await world.CreateAsync("theirs", globex);
        var hanging = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        world.Receiver.Answer("ours", (_, context) => hanging.Task.WaitAsync(context.RequestAborted));
        await world.CreateAsync("ours", "message.created");
        await world.SendAsync("one");
        await world.Receiver.GotAsync("ours", 1, Cancelled);

        var body = world.Scalar($"SELECT body FROM webhooks WHERE id = '{theirs}'");
        world.Scalar($"UPDATE webhooks SET body = 'broken' WHERE id = '{theirs}' RETURNING body");
        (await globex.PostAsync("/v1/users/batch", new { users = new[] { new { id = "bob", name = "Bob" } } })).Expect(HttpStatusCode.OK);
        await Eventually.HoldsAsync(() => !world.Faults.Lines.IsEmpty, "trouble with globex", Cancelled);
        Assert.All(world.Faults.Lines, line => Assert.Contains("tenant globex could not be looked after", line, StringComparison.Ordinal));
        await world.SendAsync("two", "other");
        await world.Receiver.GotAsync("ours", 2, Cancelled);
        hanging.SetResult();
        await world.SendAsync("three");
        Assert.Equal(["one", "three", "two"], (await world.Receiver.GotAsync("ours", 3, Cancelled)).Select(one => one.Text).Order());

        world.Scalar($"UPDATE webhooks SET body = '{body}' WHERE id = '{theirs}' RETURNING body");
        await world.Receiver.GotAsync("theirs", 1, Cancelled, "caas.user.created");
        world.Faults.Lines.Clear();
    }
}
