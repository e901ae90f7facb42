using System.Text.Json;
using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Core.Webhooks;
using Caas.Tests.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace Caas.Tests.Webhooks;

/// <summary>What entries make of webhooks, where what they say comes late.</summary>
public sealed class WebhookFoldTests : IAsyncDisposable
{
    private const string Id = "w";
    private static readonly TenantId Acme = new("acme");

    private readonly CorePlatform _platform = new(configure: services => services.AddSingleton(Options.Create(new WebhookOptions { MaxPerTenant = 2 })));

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

    [Fact]
    public async Task Of_those_that_are_too_many_the_first_entries_win_whoever_folds_them_and_however_late()
    {
        await CreateAsync(5);
        await CreateAsync(6, "x");
        await CreateAsync(7, "y");
        Assert.Equal([Id, "x"], (await Store.ListAsync(Acme, Cancelled)).Select(webhook => webhook.Id));

        // There is room again; that one was refused all the same, also for who folds its entry only now.
        await ApplyAsync(8, "webhook.deleted", """{"by":"key:a","id":"x"}""");
        await CreateAsync(7, "y");
        Assert.Equal([Id], (await Store.ListAsync(Acme, Cancelled)).Select(webhook => webhook.Id));
        await CreateAsync(9, "z");
        await CreateAsync(5);
        Assert.Equal([(Id, 5L), ("z", 9L)], (await Store.ListAsync(Acme, Cancelled)).Select(webhook => (webhook.Id, webhook.Made)));
    }

    private Task CreateAsync(long seq, string id = Id) => ApplyAsync(seq, "webhook.created", $$$"""{"by":"key:a","id":"{{{id}}}","url":"https://old.example","events":[],"start":0,"secret":{"sealed":"k1:sealed"}}""");

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
