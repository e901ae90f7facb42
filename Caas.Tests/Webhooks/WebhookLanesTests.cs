using System.Net;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Outbound;
using Caas.Core.Tenants;
using Caas.Core.Webhooks;
using Caas.Tests.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Caas.Tests.Webhooks;

/// <summary>What waits after an outage, and where a name leads to at a later time.</summary>
public sealed class WebhookLanesTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public void What_waits_for_hours_after_an_outage_goes_at_once_in_its_order_when_the_webhook_is_back()
    {
        var (clock, lanes) = (new FakeTimeProvider(Noon), new WebhookLanes());
        var health = new WebhookHealth(new(), clock);
        lanes.Add(Delivery(1, "a") with { Attempts = 9, NextAt = Noon.AddHours(4) });
        lanes.Add(Delivery(2, "a"));
        lanes.Add(Delivery(3, "b") with { Attempts = 8, NextAt = Noon.AddHours(3) });
        lanes.Add(Delivery(4, "c"));
        for (var n = 0; n < 3; n++)
        {
            Assert.False(health.IsDown);
            health.Judge(new(Noon, 1, 503, null, null, false));
        }

        Assert.True(health.IsDown);
        var trial = lanes.TryTake(Noon);
        Assert.Equal(4, trial!.Position);
        Assert.Null(lanes.TryTake(Noon));
        health.Judge(new(Noon, 1, 200, null, null, false));
        Assert.False(health.IsDown);
        lanes.MakeDue(Noon);
        Assert.Equal(1, lanes.TryTake(Noon)!.Position);
        Assert.Equal(3, lanes.TryTake(Noon)!.Position);
        Assert.Null(lanes.TryTake(Noon));
        lanes.Ended(trial with { State = WebhookDeliveryState.Delivered });
        lanes.Ended(Delivery(1, "a") with { State = WebhookDeliveryState.Delivered });
        Assert.Equal(2, lanes.TryTake(Noon)!.Position);
        Assert.Equal(2, lanes.Count);
    }

    [Fact]
    public async Task A_name_that_leads_elsewhere_later_is_judged_where_it_leads_then()
    {
        await using var receiver = await WebhookReceiver.StartAsync(Cancelled);
        receiver.Answer("hook", (_, context) =>
        {
            context.Response.Headers.Connection = "close";
            return Task.CompletedTask;
        });
        var leads = IPAddress.Loopback;
        var clock = new FakeTimeProvider();
        using var outbound = new OutboundHttp(new(), (_, _) => Task.FromResult<IPAddress[]>([leads]), IPAddress.Loopback.Equals, clock: clock);
        await using var platform = new CorePlatform(configure: services => services.AddSingleton(new WebhookHttp(outbound)));
        await platform.Get<TenantService>().CreateAsync(new() { Kind = CallerKind.Admin }, new("Acme", "acme"), Cancelled);
        var webhook = await platform.Get<WebhookService>().CreateAsync(CorePlatform.Backend(), new(receiver.Url("hook", "public.example.com")), Cancelled);
        Assert.Equal(WebhookDeliveryState.Delivered, (await platform.Get<WebhookDeliveries>().PingAsync(CorePlatform.Backend(), webhook.Id, Cancelled)).State);

        // 127.0.0.1 stands for what is public here, everything else for what is not.
        leads = IPAddress.Parse("127.0.0.2");
        clock.Advance(HostNames.KeepFor);
        var refused = await platform.Get<WebhookDeliveries>().PingAsync(CorePlatform.Backend(), webhook.Id, Cancelled);
        Assert.Equal((WebhookDeliveryState.Failed, "the address is not public"), (refused.State, refused.Last[0].Error));
        Assert.Single(receiver.All);
    }

    private static WebhookDelivery Delivery(long position, string lane) =>
        new($"{position}", position, lane, "message.created", WebhookDeliveryState.Pending, Noon, Noon, null, 0, []);
}
