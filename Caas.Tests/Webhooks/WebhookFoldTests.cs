using System.Text.Json;
using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Core.Webhooks;
using Caas.Tests.Core;
using Xunit;

namespace Caas.Tests.Webhooks;

/// <summary>What entries make of webhooks, where what they say comes late.</summary>
public sealed class WebhookFoldTests : IAsyncDisposable
{
    private const string Id = "w";
    private static readonly TenantId Acme = new("acme");

    private readonly CorePlatform _platform = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private IWebhookStore Store => _platform.Get<IWebhookStore>();

    public ValueTask DisposeAsync() => _platform.DisposeAsync();

    [Theory]
    [InlineData("gone")]
    [InlineData("failing")]
    public async Task What_a_former_address_answered_does_not_disable_a_webhook_that_was_given_another_since(string reason)
    {
        await CreateAsync(5);
        await ApplyAsync(6, "webhook.changed", """{"by":"key:a","id":"w","url":"https://new.example"}""");
        await ApplyAsync(7, "webhook.disabled", $$"""{"by":"platform","id":"w","url":"https://old.example","reason":"{{reason}}","rev":5}""");
        var webhook = await FindAsync();
        Assert.Equal((null, null, 7L), (webhook.DisabledAt, webhook.DisabledReason, webhook.Rev));

        // What the new one answers does, and so does an entry that does not say what it judged.
        await ApplyAsync(8, "webhook.disabled", $$"""{"by":"platform","id":"w","url":"https://new.example","reason":"{{reason}}","rev":7}""");
        Assert.Equal(reason, (await FindAsync()).DisabledReason);
        await ApplyAsync(9, "webhook.changed", """{"by":"key:a","id":"w","enabled":true}""");
        await ApplyAsync(10, "webhook.disabled", $$"""{"by":"platform","id":"w","url":"https://new.example","reason":"{{reason}}"}""");
        Assert.Equal(reason, (await FindAsync()).DisabledReason);
    }

    [Fact]
    public async Task A_webhook_that_is_given_another_address_or_enabled_again_has_not_failed_yet()
    {
        await CreateAsync(5);
        var since = DateTimeOffset.UnixEpoch.AddDays(20_000);
        await Store.SetFailingAsync(Acme, Id, 5, since, Cancelled);
        await ApplyAsync(6, "webhook.changed", """{"by":"key:a","id":"w","events":["message.*"]}""");
        Assert.Equal(since, await Store.ReadFailingAsync(Acme, Id, Cancelled));
        await ApplyAsync(7, "webhook.changed", """{"by":"key:a","id":"w","url":"https://new.example"}""");
        Assert.Null(await Store.ReadFailingAsync(Acme, Id, Cancelled));

        // A worker that still tells the former address says so too late.
        await Store.SetFailingAsync(Acme, Id, 6, since, Cancelled);
        Assert.Null(await Store.ReadFailingAsync(Acme, Id, Cancelled));
        await Store.SetFailingAsync(Acme, Id, 7, since, Cancelled);
        await ApplyAsync(8, "webhook.disabled", """{"by":"platform","id":"w","url":"https://new.example","reason":"failing","rev":7}""");
        await ApplyAsync(9, "webhook.changed", """{"by":"key:a","id":"w","enabled":true}""");
        Assert.Null(await Store.ReadFailingAsync(Acme, Id, Cancelled));
    }

    private Task CreateAsync(long seq) => ApplyAsync(seq, "webhook.created", """{"by":"key:a","id":"w","url":"https://old.example","events":[],"start":0,"secret":{"sealed":"k1:sealed"}}""");

    private async Task<Webhook> FindAsync() => (await Store.FindAsync(Acme, Id, Cancelled))!;

    private Task ApplyAsync(long seq, string type, string data) => _platform.Get<WebhookFold>().ApplyAsync(
        new()
        {
            Log = LogId.OfTenant(Acme),
            Seq = seq,
            Id = $"e{seq}",
            Type = type,
            At = TimeProvider.System.GetUtcNow(),
            ClientMessageId = $"${seq}",
            ContentHash = "",
            Target = EntryTarget.Log,
            MessageNo = 0,
            Data = JsonElement.Parse(data),
        },
        JsonElement.Parse(data),
        Cancelled);
}
