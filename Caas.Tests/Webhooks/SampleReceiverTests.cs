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

    private static async Task CreateAsync(WebhookWorld world, string url, string secret) =>
        (await world.Backend.PostAsync("/v1/webhooks", new { url, events = new[] { "message.created" }, secret })).Expect(System.Net.HttpStatusCode.Created);

    private static async Task<string> ReadAsync(Process node) => await node.StandardOutput.ReadLineAsync(Cancelled).AsTask().WaitAsync(TimeSpan.FromSeconds(60), Cancelled) ?? "";
}
