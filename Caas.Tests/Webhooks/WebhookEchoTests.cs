using System.Text;
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
    [InlineData("")]
    [InlineData("ok")]
    [InlineData("xyz: no such column in room, message.created 0197 at 2026-01-01T00:00:00Z")]
    public void Any_other_is(string answer) => Assert.Equal(answer, WebhookEcho.Without(Encoding.UTF8.GetBytes(Event), answer));

    [Fact]
    public void No_answer_is_none() => Assert.Null(WebhookEcho.Without(Encoding.UTF8.GetBytes(Event), null));
}
