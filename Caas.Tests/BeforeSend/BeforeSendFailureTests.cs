using System.Net;
using Caas.Contracts;
using Caas.Core.BeforeSend;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Messages;
using Caas.Core.Refusals;
using Caas.Core.Tenants;
using Caas.Core.Webhooks;
using Caas.Tests.Core;
using Caas.Tests.Webhooks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Caas.Tests.BeforeSend;

/// <summary>Hooks that hang, die and answer nonsense: what becomes of the message, and who else notices.</summary>
[Collection<BeforeSendCollection>]
public sealed class BeforeSendFailureTests(BeforeSendWorld world)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> Failures => new()
    {
        { "hangs", "unavailable" },
        { "answers slowly", "unavailable" },
        { "breaks off", "unavailable" },
        { "is not there", "unavailable" },
        { "is overloaded", "unavailable" },
        { "fails", "rejected_by_hook" },
        { "redirects", "rejected_by_hook" },
        { "says nothing", "rejected_by_hook" },
        { "answers garbage", "rejected_by_hook" },
        { "answers another word", "rejected_by_hook" },
        { "answers too much", "rejected_by_hook" },
        { "answers null", "rejected_by_hook" },
        { "changes nothing", "rejected_by_hook" },
        { "changes to what cannot be", "rejected_by_hook" },
        { "changes to a file that is not there", "rejected_by_hook" },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Where_it_gives_no_answer_that_counts_the_message_is_stored_as_it_is_or_refused_as_the_tenant_wants(string failure, string code)
    {
        var tenant = await world.FoundAsync();
        var url = failure == "is not there" ? "http://127.0.0.1:9/" : null;
        int? timeoutMs = failure is "hangs" or "answers slowly" ? 150 : null;
        await tenant.HookAsync("allow", timeoutMs, url);
        tenant.Does((_, context) => FailAsync(failure, context));
        var ping = (await tenant.Backend.PostAsync($"{HookedTenant.Route}/ping", new { text = "hello" })).Expect(HttpStatusCode.OK);
        Assert.NotEmpty(failure.StartsWith("changes to", StringComparison.Ordinal) ? "judged where it is stored" : ping["error"].GetString()!);

        Assert.Equal("as it is", (await tenant.SendAsync(new { text = "as it is" })).Expect(HttpStatusCode.Created)["text"].GetString());
        await tenant.HookAsync("reject", timeoutMs, url);
        var refused = (await tenant.SendAsync(new { text = "refused", clientMessageId = "c1" })).ExpectProblem(code == "unavailable" ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.Forbidden, code);
        Assert.Equal(code == "unavailable", refused.Json.TryGetProperty("retryAfterMs", out _));
        Assert.Equal(["as it is"], await tenant.TextsAsync());
        Assert.Empty(world.Receiver.At($"{tenant.Id}-elsewhere"));

        if (url is null)
        {
            // The same call succeeds when the hook is well again.
            tenant.Answers("""{"action":"allow"}""");
            await tenant.HookAsync("reject");
            (await tenant.SendAsync(new { text = "refused", clientMessageId = "c1" })).Expect(HttpStatusCode.Created);
        }
    }

    [Fact]
    public async Task A_message_that_is_sent_again_because_nobody_could_judge_it_is_no_spam()
    {
        var tenant = await world.FoundAsync();
        (await tenant.Backend.PutAsync("/v1/tenant/settings", new { spam = new { repeatsPerMinute = 2, messagesPerMinute = 2 } })).Expect(HttpStatusCode.OK);
        await tenant.HookAsync("reject");
        tenant.Does((_, context) => FailAsync("is overloaded", context));
        for (var n = 0; n < 4; n++)
        {
            (await tenant.SendAsync(new { text = "hello all", clientMessageId = "c1" })).ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
        }

        tenant.Answers("""{"action":"allow"}""");
        await tenant.HookAsync("reject", url: $"{world.Receiver.Url(tenant.Id)}?again");
        (await tenant.SendAsync(new { text = "hello all", clientMessageId = "c1" })).Expect(HttpStatusCode.Created);

        // It counts as the one that it is, and what the hook has judged counts.
        tenant.Answers("""{"action":"reject"}""");
        (await tenant.SendAsync(new { text = "hello all" })).ExpectProblem(HttpStatusCode.Forbidden, "rejected_by_hook");
        (await tenant.SendAsync(new { text = "hello all" })).ExpectProblem(HttpStatusCode.TooManyRequests, "spam_detected");
    }

    [Fact]
    public async Task A_dead_one_soon_costs_no_message_its_time_and_is_tried_until_it_answers_again()
    {
        // Nobody waits for a second here: the clock is the test's.
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var receiver = await WebhookReceiver.StartAsync(Cancelled);
        await using var platform = new CorePlatform(configure: services => services.AddSingleton<TimeProvider>(clock).AddSingleton(Options.Create(new WebhookOptions { AllowPrivateAddresses = true })));
        await platform.Get<TenantService>().CreateAsync(new() { Kind = CallerKind.Admin }, new("Acme", "acme"), Cancelled);
        var ann = await platform.UserAsync("ann");
        await platform.Get<ConversationService>().CreateAsync(ann, new(ConversationType.Group, "room", "Room"), Cancelled);
        await platform.Get<BeforeSendService>().PutAsync(CorePlatform.Backend(), new(receiver.Url("hook"), OnFailure: BeforeSendFallback.Allow), Cancelled);
        receiver.Answer("hook", (_, context) => HangAsync(context));
        var asked = 0;
        for (var n = 0; n < 5; n++)
        {
            await HangsAsync($"{n}");
        }

        // Left alone: at once, as the tenant wants it, and nobody asks.
        Assert.Equal("at once", (await SendAsync("at once")).Message.Text);
        await platform.Get<BeforeSendService>().PutAsync(CorePlatform.Backend(), new(receiver.Url("hook"), OnFailure: BeforeSendFallback.Reject), Cancelled);
        var refused = await Assert.ThrowsAsync<RefusedException>(() => SendAsync("refused"));
        Assert.Equal((Refusal.Unavailable, TimeSpan.FromSeconds(2)), (refused.Refusal, refused.RetryAfter));
        Assert.Equal(5, receiver.All.Count);

        // One tries it, and as it hangs on it is left alone for twice as long; then it answers, and is asked again.
        clock.Advance(TimeSpan.FromSeconds(2));
        await Assert.ThrowsAsync<RefusedException>(() => HangsAsync("tries it"));
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(TimeSpan.FromSeconds(2), (await Assert.ThrowsAsync<RefusedException>(() => SendAsync("too soon"))).RetryAfter);
        clock.Advance(TimeSpan.FromSeconds(2));
        receiver.Answer("hook", HttpStatusCode.NoContent);
        await SendAsync("back");
        await SendAsync("and stays");
        Assert.Equal(8, receiver.All.Count);

        Task<SentMessage> SendAsync(string text) => platform.Get<MessageService>().SendAsync(ann, new("room"), new(text), null, Cancelled).WaitAsync(TimeSpan.FromSeconds(30), Cancelled);

        async Task HangsAsync(string text)
        {
            var sending = SendAsync(text);
            await receiver.GotAsync("hook", ++asked, Cancelled);
            clock.Advance(TimeSpan.FromSeconds(1));
            await sending;
        }
    }

    [Fact]
    public async Task A_slow_one_holds_up_its_own_messages_and_nobody_elses()
    {
        var (slow, other) = (await world.FoundAsync(), await world.FoundAsync());
        await slow.HookAsync("reject");
        await other.HookAsync("reject");
        other.Answers("""{"action":"allow"}""");
        var (asked, let) = (new SemaphoreSlim(0), new TaskCompletionSource());
        slow.Does(async (_, _) =>
        {
            asked.Release();
            await let.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        });

        // Four are asked about at a time, four wait, and the rest is refused at once.
        var sends = Enumerable.Range(0, 12).Select(n => slow.SendAsync(new { text = $"{n}" })).ToList();
        for (var n = 0; n < 4; n++)
        {
            Assert.True(await asked.WaitAsync(TimeSpan.FromSeconds(30), Cancelled));
        }

        // The same conversation's other senders, and other tenants, notice nothing.
        (await slow.Backend.PostAsync("/v1/conversations/room/messages", new { text = "by the system" })).Expect(HttpStatusCode.Created);
        (await other.SendAsync(new { text = "elsewhere" })).Expect(HttpStatusCode.Created);
        Assert.True(sends.Count(send => !send.IsCompleted) >= 8, "what hangs was answered");
        let.SetResult();
        var answers = await Task.WhenAll(sends);
        Assert.All(answers, answer => Assert.True(answer.Status is HttpStatusCode.Created or HttpStatusCode.ServiceUnavailable, answer.Text));
        Assert.Contains(answers, answer => answer.Status == HttpStatusCode.ServiceUnavailable);
        Assert.Equal("by the system", (await slow.TextsAsync())[0]);
        Assert.Equal(answers.Count(answer => answer.Status == HttpStatusCode.Created) + 1, (await slow.TextsAsync()).Count);
    }

    private async Task FailAsync(string failure, HttpContext context)
    {
        context.Response.StatusCode = failure switch { "fails" => 500, "is overloaded" => 503, "redirects" => 307, _ => 200 };
        switch (failure)
        {
            case "hangs":
                await HangAsync(context);
                break;
            case "answers slowly":
                await context.Response.WriteAsync("{\"action\":", Cancelled);
                await context.Response.Body.FlushAsync(Cancelled);
                await HangAsync(context);
                break;
            case "breaks off":
                context.Response.ContentLength = 1000;
                await context.Response.WriteAsync("{\"action\":", Cancelled);
                context.Abort();
                break;
            case "redirects":
                context.Response.Headers.Location = world.Receiver.Url($"{context.Request.Path.Value!.TrimStart('/')}-elsewhere");
                break;
            case "answers too much":
                await context.Response.WriteAsync("{\"action\":\"allow\",\"reason\":\"" + new string('x', 40_000) + "\"}", Cancelled);
                break;
            default:
                await context.Response.WriteAsync(
                    failure switch
                    {
                        "answers garbage" => "<html>welcome</html>",
                        "answers another word" => """{"action":"accept"}""",
                        "answers null" => "null",
                        "changes nothing" => """{"action":"change","message":{"sender":"bob"}}""",
                        "changes to what cannot be" => """{"action":"change","message":{"text":"","custom":[1]}}""",
                        "changes to a file that is not there" => """{"action":"change","message":{"attachments":[{"attachmentId":"00000000-0000-0000-0000-000000000000"}]}}""",
                        _ => "",
                    },
                    Cancelled);
                break;
        }
    }

    /// <summary>Until whoever asks has gone.</summary>
    private static async Task HangAsync(HttpContext context)
    {
        var gone = new TaskCompletionSource();
        using var registered = context.RequestAborted.Register(gone.SetResult);
        await gone.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
    }
}
