using System.IO.Compression;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Caas.Tests.BeforeSend;

/// <summary>Answers that no well-meaning backend gives, and those that look odd and are good: a hook is somebody else's server.</summary>
[Collection<BeforeSendCollection>]
public sealed class BeforeSendHostileTests(BeforeSendWorld world)
{
    private const string Allow = """{"action":"allow"}""";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_odd_is_read_and_what_is_none_is_a_failure_of_the_hook_and_never_a_message()
    {
        var tenant = await world.FoundAsync();
        await tenant.HookAsync("reject");
        var stored = new List<string?>();
        foreach (var (name, body, type, good) in Answers())
        {
            tenant.Does(async (_, context) =>
            {
                context.Response.StatusCode = 200;
                context.Response.ContentType = type;
                context.Response.Headers.ContentEncoding = name.Contains("gzip", StringComparison.Ordinal) ? "gzip" : default;
                await context.Response.Body.WriteAsync(body, Cancelled);
            });
            var answer = await tenant.SendAsync(new { text = name });
            if (good)
            {
                Assert.True(answer.Status == HttpStatusCode.Created, $"{name}: {answer.Text}");
                stored.Add(answer["text"].GetString());
            }
            else
            {
                Assert.True(answer.Status == HttpStatusCode.Forbidden && answer.Json.GetProperty("code").ValueEquals("rejected_by_hook"), $"{name}: {answer.Text}");
            }
        }

        Assert.Equal(stored, await tenant.TextsAsync());
    }

    [Fact]
    public async Task Nothing_leads_it_elsewhere_and_headers_without_end_are_no_answer()
    {
        var tenant = await world.FoundAsync();
        await tenant.HookAsync("reject");
        foreach (var status in new[] { 301, 302, 303, 307, 308 })
        {
            tenant.Does((_, context) =>
            {
                context.Response.StatusCode = status;
                context.Response.Headers.Location = world.Receiver.Url($"{tenant.Id}-elsewhere");
                return Task.CompletedTask;
            });
            (await tenant.SendAsync(new { text = "led" })).ExpectProblem(HttpStatusCode.Forbidden, "rejected_by_hook");
        }

        tenant.Does((_, context) =>
        {
            for (var n = 0; n < 64; n++)
            {
                context.Response.Headers[$"x-{n}"] = new string('x', 1_000);
            }

            return context.Response.WriteAsync(Allow, Cancelled);
        });
        (await tenant.SendAsync(new { text = "headers" })).ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
        Assert.Empty(world.Receiver.At($"{tenant.Id}-elsewhere"));
        Assert.Empty(await tenant.TextsAsync());
    }

    [Fact]
    public async Task A_changed_poll_in_a_thread_that_quotes_keeps_all_of_that_and_a_changed_text_mentions_whom_it_names()
    {
        var tenant = await world.FoundAsync();
        var root = (await tenant.SendAsync(new { text = "root" })).Expect(HttpStatusCode.Created).Id;
        await tenant.HookAsync("reject");
        tenant.Answers("""{"action":"change","message":{"text":"asks @bob, not @ann2"}}""");
        var sent = (await tenant.SendAsync(new { text = "asks", threadOf = root, quoteOf = root, poll = new { question = "Which?", options = new[] { "a", "b" } } })).Expect(HttpStatusCode.Created);
        Assert.Equal(("asks @bob, not @ann2", root, root), (sent["text"].GetString(), sent["threadOf"].GetString(), sent["quote"].GetProperty("messageId").GetString()));
        Assert.Equal(2, sent["poll"].GetProperty("options").GetArrayLength());
        Assert.Equal(["bob"], sent["mentions"].EnumerateArray().Select(id => id.GetString()));
        Assert.Equal("Which?", tenant.Asked[0].Json.GetProperty("data").GetProperty("message").GetProperty("poll").GetProperty("question").GetString());
    }

    private static IEnumerable<(string Name, byte[] Body, string Type, bool Good)> Answers()
    {
        const string json = "application/json";
        yield return ("as text", Utf8(Allow), "text/plain", true);
        yield return ("as a page", Utf8(Allow), "text/html; charset=utf-8", true);
        yield return ("with a mark in front", [0xEF, 0xBB, 0xBF, .. Utf8(Allow)], json, true);
        yield return ("packed, gzip", Pack(Utf8(Allow)), json, true);
        yield return ("with more in it", Utf8("""{"action":"allow","message":{"text":"not wanted"},"more":[1]}"""), json, true);
        yield return ("a bomb, gzip", Pack([.. Utf8(Allow), .. new byte[8 * 1024 * 1024]]), json, false);
        yield return ("no gzip", Utf8(Allow), json, false);
        yield return ("another encoding", Encoding.Unicode.GetBytes(Allow), "application/json; charset=utf-16", false);
        yield return ("two answers", Utf8(Allow + Allow), json, false);
        yield return ("a number", Utf8("""{"action":0}"""), json, false);
        yield return ("a list", Utf8($"[{Allow}]"), json, false);
        yield return ("nested without end", Utf8("""{"action":"allow","more":""" + new string('[', 5_000)), json, false);
        yield return ("half a character", Utf8("""{"action":"change","message":{"text":"\ud800"}}"""), json, false);
        yield return ("no text at all", Utf8("""{"action":"change","message":{"text":null}}"""), json, false);
        yield return ("too long a text", Utf8($$$"""{"action":"change","message":{"text":"{{{new string('x', 10_001)}}}"}}"""), json, false);
        yield return ("too deep data", Utf8("""{"action":"change","message":{"custom":{"a":""" + new string('[', 20) + new string(']', 20) + "}}}"), json, false);
        yield return ("too many mentions", Utf8($$$"""{"action":"change","message":{"mentions":[{{{string.Join(',', Enumerable.Range(0, 1_500).Select(n => $"\"u{n}\""))}}}]}}"""), json, false);
        yield return ("too many files", Utf8($$$"""{"action":"change","message":{"attachments":[{{{string.Join(',', Enumerable.Range(0, 200).Select(n => $$"""{"url":"https://example.com/{{n}}"}"""))}}}]}}"""), json, false);
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] Pack(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }

        return packed.ToArray();
    }
}
