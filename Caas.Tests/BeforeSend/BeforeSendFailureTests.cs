using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Caas.Tests.BeforeSend;

/// <summary>Hooks that hang, die and answer nonsense: what becomes of the message, and who else notices.</summary>
public sealed class BeforeSendFailureTests(BeforeSendWorld world) : IClassFixture<BeforeSendWorld>
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
    public async Task A_dead_one_soon_costs_no_message_its_time_and_is_tried_until_it_answers_again()
    {
        var tenant = await world.FoundAsync();
        await tenant.HookAsync("allow", 100);
        var alive = false;
        tenant.Does((_, context) => alive ? Task.CompletedTask : HangAsync(context));
        for (var n = 0; n < 5; n++)
        {
            (await tenant.SendAsync(new { text = $"{n}" })).Expect(HttpStatusCode.Created);
        }

        var asked = tenant.Asked.Count;
        Assert.InRange(asked, 1, 5);
        var watch = Stopwatch.StartNew();
        (await tenant.SendAsync(new { text = "at once" })).Expect(HttpStatusCode.Created);
        await tenant.HookAsync("reject", 100);
        var refused = (await tenant.SendAsync(new { text = "refused" })).ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
        Assert.InRange(refused["retryAfterMs"].GetInt64(), 1, 30_000);

        // On a busy machine the pause may be over before: then it was tried once more.
        Assert.InRange(tenant.Asked.Count, asked, asked + (watch.Elapsed > TimeSpan.FromMilliseconds(400) ? 2 : 0));
        alive = true;
        await Eventually.HoldsAsync(async () => (await tenant.SendAsync(new { text = "back" })).Status == HttpStatusCode.Created ? null : "it is not asked again", Cancelled);
        await tenant.HookAsync("reject");
        (await tenant.SendAsync(new { text = "and stays" })).Expect(HttpStatusCode.Created);
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
