using System.Diagnostics;
using Caas.Core.Webhooks;
using Caas.Tests.Deployment;
using Xunit;

namespace Caas.Tests.Webhooks;

/// <summary>The sample that verifies webhooks in Node, with nothing of ours in it.</summary>
public sealed class SampleReceiverTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_takes_what_is_signed_with_its_secret_and_refuses_everything_else()
    {
        Assert.SkipUnless(Scripts.Has("node"), "The sample receiver of webhooks needs node.");
        await using var world = await WebhookWorld.StartAsync();
        var secret = WebhookSignature.NewSecret();
        using var node = Process.Start(new ProcessStartInfo("node", [Scripts.InRepository("samples/webhook-receiver.mjs"), "0"]) { RedirectStandardOutput = true, Environment = { ["WEBHOOK_SECRET"] = secret } })!;
        try
        {
            var listening = await ReadAsync(node);
            var url = listening[listening.IndexOf("http", StringComparison.Ordinal)..];
            await CreateAsync(world, url, secret);
            await world.SendAsync("hello, Node");
            Assert.Equal("caas.message.created room hello, Node", await ReadAsync(node));
            await CreateAsync(world, url, WebhookSignature.NewSecret());
            await world.SendAsync("again", "other");
            string[] both = [await ReadAsync(node), await ReadAsync(node)];
            Assert.Contains("caas.message.created other again", both);
            Assert.Contains("refused: the signature does not fit", both);
        }
        finally
        {
            node.Kill();
            await node.WaitForExitAsync(CancellationToken.None);
        }
    }

    [Fact]
    public async Task A_sample_judges_messages_before_they_are_stored_and_answers_nobody_else()
    {
        Assert.SkipUnless(Scripts.Has("node"), "The sample of a before-send hook needs node.");
        await using var world = await WebhookWorld.StartAsync();
        var secret = WebhookSignature.NewSecret();
        using var node = Process.Start(new ProcessStartInfo("node", [Scripts.InRepository("samples/before-send-hook.mjs"), "0"]) { RedirectStandardOutput = true, Environment = { ["HOOK_SECRET"] = secret } })!;
        try
        {
            var listening = await ReadAsync(node);
            var url = listening[listening.IndexOf("http", StringComparison.Ordinal)..];
            (await world.Backend.PutAsync("/v1/tenant/before-send-hook", new { url, secret, onFailure = "reject" })).Expect(System.Net.HttpStatusCode.OK);
            var ann = world.Backend.With("X-On-Behalf-Of", "ann");
            async Task<Gateway.Answer> SayAsync(string text) => await ann.PostAsync("/v1/conversations/room/messages", new { text });
            Assert.Equal("hello", (await SayAsync("hello")).Expect(System.Net.HttpStatusCode.Created)["text"].GetString());
            Assert.Equal("my card: •••• 1111", (await SayAsync("my card: 4111 1111 1111 1111")).Expect(System.Net.HttpStatusCode.Created)["text"].GetString());
            Assert.Equal("That word is not used here.", (await SayAsync("it is forbidden")).ExpectProblem(System.Net.HttpStatusCode.Forbidden, "rejected_by_hook")["detail"].GetString());
            (await world.Backend.PostAsync("/v1/tenant/before-send-hook/rotate-secret", new { graceSeconds = 0 })).Expect(System.Net.HttpStatusCode.OK);
            (await SayAsync("hello")).ExpectProblem(System.Net.HttpStatusCode.Forbidden, "rejected_by_hook");
        }
        finally
        {
            node.Kill();
            await node.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static async Task CreateAsync(WebhookWorld world, string url, string secret) =>
        (await world.Backend.PostAsync("/v1/webhooks", new { url, events = new[] { "message.created" }, secret })).Expect(System.Net.HttpStatusCode.Created);

    private static async Task<string> ReadAsync(Process node) => await node.StandardOutput.ReadLineAsync(Cancelled).AsTask().WaitAsync(TimeSpan.FromSeconds(60), Cancelled) ?? "";
}
