using System.Text;
using Xunit;

namespace Caas.Tests.Hostile;

/// <summary>The corpus that goes over HTTP, on bare sockets: refused with the right code, nothing stored, and the next good call works.</summary>
[Collection<HostileCollection>]
public sealed class RestCorpusTests(HostileHost host)
{
    /// <summary>What no answer may tell.</summary>
    internal static readonly string[] Internal = ["Exception", "System.", "Microsoft.", "Caas.", "   at ", "SQLite", "/v1/../"];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("bodies")]
    [InlineData("fields")]
    [InlineData("requests")]
    [InlineData("paths-and-queries")]
    [InlineData("headers")]
    [InlineData("cursors")]
    [InlineData("idempotency-keys")]
    [InlineData("api-keys")]
    public async Task Malformed_requests_are_refused_and_leave_nothing_behind(string area)
    {
        var before = await host.StateAsync();
        var wrong = new List<string>();
        var cases = Corpus.Read(area);
        foreach (var one in cases)
        {
            if (await JudgeAsync(one) is { } fault)
            {
                wrong.Add($"{one.Name}: {fault}");
            }
        }

        host.Count(area, cases.Count);
        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong));
        Assert.Equal(before, await host.StateAsync());
        host.MustLive();
    }

    private async Task<string?> JudgeAsync(Case one)
    {
        RawAnswer? answer;
        try
        {
            answer = await RawHttp.SendAsync(one.To == "replica" ? host.Replicas[0] : host.Gateway, Build(one), one.Half, Cancelled);
        }
        catch (TimeoutException hang)
        {
            return hang.Message;
        }

        host.MustLive();
        var good = await RawHttp.SendAsync(host.Gateway, Build(new Case { Send = "GET /v1/conversations/room/entries?limit=1" }), half: false, Cancelled);
        return good is not { Status: 200 } ? $"the next good call got {good?.Status} {good?.Body}" : Wrong(one.Expect, answer);
    }

    /// <returns>Null: it is as expected.</returns>
    internal static string? Wrong(string expect, RawAnswer? answer)
    {
        if (answer is { Status: >= 500 } && !expect.Contains($"{answer.Status}", StringComparison.Ordinal))
        {
            return $"a fault of ours: {answer.Status} {answer.Body}";
        }

        if (Internal.FirstOrDefault(word => answer?.Body.Contains(word, StringComparison.Ordinal) == true) is { } told)
        {
            return $"it tells of our inside ('{told}'): {answer!.Body}";
        }

        return expect.Split(" or ").Any(wanted => Fits(wanted.Trim(), answer)) ? null : $"expected {expect}, got {(answer is null ? "the end of the connection" : $"{answer.Status} {answer.Body}")}";
    }

    private static bool Fits(string wanted, RawAnswer? answer) => (wanted.Split(' '), answer) switch
    {
        (["cut"], null) => true,
        (_, null) => false,
        (["4xx"], { Status: >= 400 and < 500, Code: not null }) => true,
        ([var status], not null) => status == $"{answer.Status}",
        ([var status, var code], not null) => status == $"{answer.Status}" && code == answer.Code,
        _ => false,
    };

    private byte[] Build(Case one)
    {
        if (one.Raw is { } raw)
        {
            return Template.Bytes(raw, host.Values);
        }

        var body = one.Body is null ? null : Template.Bytes(one.Body, host.Values);
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["Host"] = "localhost", ["Connection"] = "close" };
        switch (one.As)
        {
            case "backend":
                headers["X-Api-Key"] = "⟦key⟧";
                break;
            case "admin":
                headers["Authorization"] = $"Bearer {HostileHost.AdminKey}";
                break;
            case "nobody":
                break;
            default:
                headers["Authorization"] = $"Bearer ⟦{one.As}⟧";
                break;
        }

        if (body is not null)
        {
            headers["Content-Type"] = "application/json";
            headers["Content-Length"] = $"{body.Length}";
        }

        foreach (var (name, value) in one.Headers)
        {
            headers[name] = value;
        }

        // A header of the value ~ is one of the usual that is left out.
        var head = $"{Template.Text(one.Send, host.Values)} HTTP/1.1\r\n{string.Concat(headers.Where(header => header.Value != "~").Select(header => header.Key.Length == 0 ? $"{Template.Text(header.Value, host.Values)}\r\n" : $"{header.Key}: {Template.Text(header.Value, host.Values)}\r\n"))}\r\n";
        return [.. Encoding.Latin1.GetBytes(head), .. body ?? []];
    }
}
