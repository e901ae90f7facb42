using System.Text;
using System.Text.Json;
using Caas.Core.Webhooks;
using Xunit;

namespace Caas.Tests.Webhooks;

/// <summary>Which answers of receivers are kept.</summary>
public sealed class WebhookEchoTests
{
    private const string Event = """{"type":"caas.message.created","data":{"conversationId":"room","type":"message.created","actorId":"ann","at":"2026-01-01T00:00:00Z","message":{"id":"0197","senderId":"ann","text":"Grüße an \"alle\", die hier sind","mentions":["x"],"attachments":[]}}}""";

    [Theory]
    [InlineData("unknown user ann")]
    [InlineData("""{"text":"Grüße an \"alle\", die hi""")]
    [InlineData("Grüße an \"alle\", die hier sind")]
    [InlineData("""{"received":"Gr\u00FC\u00DFe an \u0022alle\u0022, die hier sind"}""")]
    [InlineData("""{"mentions":["x"]}""")]
    [InlineData(Event)]
    public void An_answer_that_repeats_what_the_event_says_is_not_kept(string answer) => Assert.Null(WebhookEcho.Without(Encoding.UTF8.GetBytes(Event), answer));

    [Theory]
    [InlineData("""Gr\u00fc\u00dfe an \"alle\", die hier""", "Grüße an \"alle\", die hier sind")]
    [InlineData("""https:\/\/x.example\/secret""", "https://x.example/secret")]
    [InlineData("cannot parse: it&#39;s &quot;all&quot; &amp; more", "it's \"all\" & more")]
    [InlineData("""it\u0027s \u0022all\u0022""", "it's \"all\"")]
    [InlineData("""&quot;text&quot;:&quot;Gr\u00fc\u00dfe an alle&quot;""", "Grüße an alle")]
    [InlineData("""first\nsecond""", "first\nsecond")]
    [InlineData("first\nsecond", "first\nsecond")]
    [InlineData(@"C:\new\table", @"C:\new\table")]
    [InlineData(@"C:\\new\\table", @"C:\new\table")]
    [InlineData("a &lt;b&gt; c", "a &lt;b&gt; c")]
    [InlineData("\ud83d\ude00 hello", "😀 hello")]
    public void An_answer_that_repeats_the_text_is_not_kept_however_its_language_writes_it(string answer, string text)
    {
        var told = JsonSerializer.SerializeToUtf8Bytes(new { type = "caas.message.created", data = new { message = new { text } } });
        Assert.Null(WebhookEcho.Without(told, answer));
        Assert.Equal("something else", WebhookEcho.Without(told, "something else"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("ok")]
    [InlineData("xyz: no such column in room, message.created 0197 at 2026-01-01T00:00:00Z")]
    public void Any_other_is(string answer) => Assert.Equal(answer, WebhookEcho.Without(Encoding.UTF8.GetBytes(Event), answer));

    [Fact]
    public void No_answer_is_none() => Assert.Null(WebhookEcho.Without(Encoding.UTF8.GetBytes(Event), null));
}
