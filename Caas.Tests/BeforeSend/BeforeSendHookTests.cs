using System.Net;
using Caas.Contracts;
using Caas.Core.BeforeSend;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Scheduled;
using Caas.Core.Tenants;
using Caas.Core.Timed;
using Caas.Core.Webhooks;
using Caas.Tests.Core;
using Caas.Tests.Webhooks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Caas.Tests.BeforeSend;

/// <summary>The setting itself, its secrets, its trial, and where it may lie.</summary>
[Collection<BeforeSendCollection>]
public sealed class BeforeSendHookTests(BeforeSendWorld world)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_set_read_without_its_secret_set_otherwise_and_taken_away()
    {
        var tenant = await world.FoundAsync();
        (await tenant.Backend.GetAsync(HookedTenant.Route)).ExpectProblem(HttpStatusCode.NotFound, "before_send_hook_not_found");
        (await tenant.Backend.PostAsync($"{HookedTenant.Route}/ping")).ExpectProblem(HttpStatusCode.NotFound, "before_send_hook_not_found");
        (await tenant.Backend.PostAsync($"{HookedTenant.Route}/rotate-secret")).ExpectProblem(HttpStatusCode.NotFound, "before_send_hook_not_found");
        (await tenant.Backend.DeleteAsync(HookedTenant.Route)).Expect(HttpStatusCode.NoContent);
        var secret = await tenant.HookAsync();
        Assert.StartsWith("whsec_", secret, StringComparison.Ordinal);
        Assert.Null(await tenant.HookAsync());
        Assert.Null(await tenant.HookAsync("reject", 250));
        var read = (await tenant.Backend.GetAsync(HookedTenant.Route)).Expect(HttpStatusCode.OK);
        Assert.Equal((world.Receiver.Url(tenant.Id), 250, "reject"), (read["url"].GetString(), read["timeoutMs"].GetInt32(), read["onFailure"].GetString()));
        Assert.DoesNotContain("secret\"", read.Text, StringComparison.Ordinal);
        (await tenant.Backend.PutAsync(HookedTenant.Route, new { url = world.Receiver.Url(tenant.Id), secret = WebhookSignature.NewSecret() })).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "secret");
        (await tenant.Backend.DeleteAsync(HookedTenant.Route)).Expect(HttpStatusCode.NoContent);
        (await tenant.Backend.GetAsync(HookedTenant.Route)).ExpectProblem(HttpStatusCode.NotFound, "before_send_hook_not_found");
        Assert.NotEqual(secret, await tenant.HookAsync());

        var log = (await tenant.Backend.GetAsync("/v1/audit-log?action=before_send_hook.*")).Expect(HttpStatusCode.OK);
        Assert.Equal(["before_send_hook.changed", "before_send_hook.deleted", "before_send_hook.changed", "before_send_hook.changed", "before_send_hook.changed", "before_send_hook.deleted"], log.Items.Select(item => item.GetProperty("action").GetString()));
        Assert.DoesNotContain("whsec_", (await tenant.Backend.GetAsync("/v1/events")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_its_secret_is_rotated_both_sign()
    {
        var tenant = await world.FoundAsync();
        var first = await tenant.HookAsync();
        var rotated = (await tenant.Backend.PostAsync($"{HookedTenant.Route}/rotate-secret", null, ("Idempotency-Key", "r1"))).Expect(HttpStatusCode.OK);
        (await tenant.Backend.PostAsync($"{HookedTenant.Route}/rotate-secret", null, ("Idempotency-Key", "r1"))).ExpectProblem(HttpStatusCode.Conflict, "already_created");
        var second = rotated["secret"].GetString()!;
        await tenant.SendAsync(new { text = "hello" });
        var asked = tenant.Asked[0];
        Assert.Equal((2, true, true), (asked.Signatures, asked.IsSignedWith(first!), asked.IsSignedWith(second)));
        var third = (await tenant.Backend.PostAsync($"{HookedTenant.Route}/rotate-secret", new { graceSeconds = 0 })).Expect(HttpStatusCode.OK)["secret"].GetString()!;
        await tenant.SendAsync(new { text = "hello" });
        Assert.Equal((1, false, true), (tenant.Asked[1].Signatures, tenant.Asked[1].IsSignedWith(second), tenant.Asked[1].IsSignedWith(third)));
    }

    [Fact]
    public async Task It_is_tried_with_a_message_that_nobody_sends()
    {
        var tenant = await world.FoundAsync();
        await tenant.HookAsync();
        tenant.Answers(text => text == "bad" ? """{"action":"reject","reason":"bad"}""" : """{"action":"change","message":{"text":"better"}}""");
        var rejected = (await tenant.Backend.PostAsync($"{HookedTenant.Route}/ping", new { text = "bad" })).Expect(HttpStatusCode.OK);
        Assert.Equal(("rejected", "bad", 200), (rejected["outcome"].GetString(), rejected["reason"].GetString(), rejected["status"].GetInt32()));
        var changed = (await tenant.Backend.PostAsync($"{HookedTenant.Route}/ping")).Expect(HttpStatusCode.OK);
        Assert.Equal(("changed", """{"text":"better"}"""), (changed["outcome"].GetString(), changed["message"].GetRawText()));
        Assert.True(tenant.Asked[0].Json.GetProperty("data").GetProperty("test").GetBoolean());
        Assert.Empty(await tenant.TextsAsync());
        (await tenant.Backend.PostAsync($"{HookedTenant.Route}/ping", new { text = new string('x', 10_001) })).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "text");
    }

    [Fact]
    public async Task What_is_none_is_refused_and_a_key_that_looks_after_webhooks_alone_does_not_set_it()
    {
        var tenant = await world.FoundAsync();
        foreach (var (body, field) in new (object, string)[]
        {
            (new { url = "ftp://example.com" }, "url"), (new { url = "https://a:b@example.com" }, "url"), (new { url = "https://example.com/#a" }, "url"), (new { url = "https://example.com/" + new string('a', 2_048) }, "url"), (new { url = "/path" }, "url"),
            (new { url = "https://example.com", timeoutMs = 49 }, "timeoutMs"), (new { url = "https://example.com", timeoutMs = 10_001 }, "timeoutMs"), (new { url = "https://example.com", secret = "secret" }, "secret"),
            (new { url = "https://example.com", onFailure = "maybe" }, "onFailure"), (new { url = "https://example.com", onfail = "reject" }, "onfail"),
        })
        {
            (await tenant.Backend.PutAsync(HookedTenant.Route, body)).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", field);
        }

        await tenant.HookAsync();
        (await tenant.Backend.PostAsync($"{HookedTenant.Route}/rotate-secret", new { graceSeconds = 604_801 })).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "graceSeconds");
        var key = (await tenant.Backend.PostAsync("/v1/api-keys", new { name = "webhooks", scopes = new[] { "webhooks:write" } })).Expect(HttpStatusCode.Created)["key"].GetString()!;
        var narrow = world.Anyone.With("X-Api-Key", key);
        (await narrow.GetAsync(HookedTenant.Route)).Expect(HttpStatusCode.OK);
        (await narrow.PutAsync(HookedTenant.Route, new { url = "https://example.com" })).ExpectProblem(HttpStatusCode.Forbidden, "insufficient_scope");
        (await narrow.DeleteAsync(HookedTenant.Route)).ExpectProblem(HttpStatusCode.Forbidden, "insufficient_scope");
        (await narrow.PostAsync($"{HookedTenant.Route}/rotate-secret")).ExpectProblem(HttpStatusCode.Forbidden, "insufficient_scope");
        (await narrow.PostAsync($"{HookedTenant.Route}/ping")).ExpectProblem(HttpStatusCode.Forbidden, "insufficient_scope");
    }

    [Fact]
    public async Task Where_private_addresses_are_not_allowed_it_is_https_and_public_also_behind_a_name()
    {
        await using var platform = new CorePlatform();
        var (hooks, backend) = (platform.Get<BeforeSendService>(), CorePlatform.Backend());
        await platform.Get<TenantService>().CreateAsync(new() { Kind = CallerKind.Admin }, new("Acme", "acme"), Cancelled);
        foreach (var url in new[] { "http://example.com/", "https://127.0.0.1/", "https://10.1.2.3/", "https://[::1]/", "https://169.254.169.254/", "https://2130706433/" })
        {
            Assert.Equal(["url"], (await Assert.ThrowsAsync<Caas.Core.Refusals.RefusedException>(() => hooks.PutAsync(backend, new(url), Cancelled))).Errors!.Keys);
        }

        await hooks.PutAsync(backend, new("https://localhost:9/"), Cancelled);
        var ping = await hooks.PingAsync(backend, new(), Cancelled);
        Assert.Equal((BeforeSendOutcome.Unreachable, "the address is not public"), (ping.Outcome, ping.Error));
        await platform.Get<TenantService>().DeleteAsync(new() { Kind = CallerKind.Admin }, "acme", Cancelled);
        Assert.Null((await platform.Get<ITenantStore>().FindAsync(new("acme"), Cancelled))!.BeforeSend);
    }

    [Fact]
    public async Task A_scheduled_message_is_asked_about_when_it_is_due()
    {
        await using var receiver = await WebhookReceiver.StartAsync(Cancelled);
        await using var platform = new CorePlatform(configure: services => services.AddSingleton(Options.Create(new WebhookOptions { AllowPrivateAddresses = true })));
        await platform.Get<TenantService>().CreateAsync(new() { Kind = CallerKind.Admin }, new("Acme", "acme"), Cancelled);
        var alice = await platform.UserAsync("alice");
        await platform.Get<ConversationService>().CreateAsync(alice, new(ConversationType.Group, "room", "Room"), Cancelled);
        await platform.Get<BeforeSendService>().PutAsync(CorePlatform.Backend(), new(receiver.Url("hook")), Cancelled);
        receiver.Answer("hook", (_, context) =>
        {
            context.Response.StatusCode = 200;
            return context.Response.WriteAsync("""{"action":"reject","reason":"not today"}""", Cancelled);
        });
        var scheduled = await platform.Get<ScheduledMessages>().AddAsync(alice, new("room"), new(TimeProvider.System.GetUtcNow().AddHours(1), new("later")), Cancelled);
        Assert.Empty(receiver.All);
        var place = new TimedPlace(new("acme"), ScheduledMessages.Kind, "room");
        var item = await platform.Get<ITimedStore>().FindAsync(place, scheduled.Id, Cancelled);
        await platform.Get<IEnumerable<ITimedHandler>>().OfType<ScheduledSender>().Single().HandleAsync(item!, Cancelled);
        var kept = Assert.Single((await platform.Get<ScheduledMessages>().ListAsync(alice, new("room"), null, null, Cancelled)).Items);
        Assert.Equal((ScheduledStatus.Failed, "rejected_by_hook: not today"), (kept.Status, kept.Error));
        Assert.Single(receiver.All);
    }

    [Fact]
    public async Task What_a_message_spends_waiting_for_its_turn_is_not_held_against_a_hook_that_answers_others()
    {
        var (clock, options, limit) = (new FakeTimeProvider(), new BeforeSendOptions { MaxInFlight = 1, Patience = 1 }, TimeSpan.FromSeconds(1));
        var line = new HookLine("https://hook.example", options, clock);
        async Task<HookVerdict> NeverAsync(CancellationToken inTime)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, inTime);
            return new(BeforeSendOutcome.Allowed);
        }

        // The first has its answer after 800 ms, and the second 200 ms of its second left.
        var answer = new TaskCompletionSource<HookVerdict>(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = line.AskAsync(limit, _ => answer.Task, Cancelled);
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var second = line.AskAsync(
            limit,
            inTime =>
            {
                begun.SetResult();
                return NeverAsync(inTime);
            },
            Cancelled);
        clock.Advance(TimeSpan.FromMilliseconds(800));
        answer.SetResult(new(BeforeSendOutcome.Allowed));
        await first.WaitAsync(TimeSpan.FromSeconds(10), Cancelled);
        await begun.Task.WaitAsync(TimeSpan.FromSeconds(10), Cancelled);
        clock.Advance(TimeSpan.FromMilliseconds(200));
        Assert.Equal(BeforeSendOutcome.Busy, (await second.WaitAsync(TimeSpan.FromSeconds(10), Cancelled)).Verdict.Outcome);

        // With a whole second for itself it has failed, and is left alone.
        var third = line.AskAsync(limit, NeverAsync, Cancelled);
        clock.Advance(limit);
        Assert.Equal((BeforeSendOutcome.TimedOut, options.Pause), (await third.WaitAsync(TimeSpan.FromSeconds(10), Cancelled)) is var failed ? (failed.Verdict.Outcome, failed.Pause) : default);
        Assert.Equal(BeforeSendOutcome.Paused, (await line.AskAsync(limit, NeverAsync, Cancelled)).Verdict.Outcome);
    }

    [Fact]
    public void One_that_fails_again_and_again_is_left_alone_ever_longer_and_tried_by_one_at_a_time()
    {
        var (clock, options) = (new FakeTimeProvider(), new BeforeSendOptions());
        var breaker = new HookBreaker(options, clock);
        for (var n = 1; n < options.Patience; n++)
        {
            Assert.Null(breaker.Failed(trial: false));
        }

        Assert.False(breaker.Answered());
        for (var n = 1; n < options.Patience; n++)
        {
            Assert.Null(breaker.Failed(trial: false));
        }

        Assert.Equal(options.Pause, breaker.Failed(trial: false));
        Assert.Null(breaker.Failed(trial: false));
        foreach (var pause in new[] { 2, 4, 8, 16, 30, 30 }.Select(seconds => TimeSpan.FromSeconds(seconds)))
        {
            Assert.True(breaker.IsPaused(out var left) && left == pause);
            Assert.False(breaker.TryEnter(out _, out _));
            clock.Advance(pause);
            Assert.True(breaker.TryEnter(out var trial, out _) && trial);
            Assert.False(breaker.TryEnter(out _, out var wait) || wait <= TimeSpan.Zero);
            breaker.GaveUp(trial);
            Assert.True(breaker.TryEnter(out trial, out _) && trial);
            Assert.NotNull(breaker.Failed(trial));
        }

        clock.Advance(options.MaxPause);
        Assert.True(breaker.TryEnter(out var last, out _) && last);
        Assert.True(breaker.Answered());
        Assert.True(breaker.TryEnter(out last, out _) && !last);
        Assert.Null(breaker.Failed(trial: false));
    }
}
