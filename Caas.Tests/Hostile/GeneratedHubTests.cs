using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Caas.Realtime.Hubs;
using MessagePack;
using Xunit;

namespace Caas.Tests.Hostile;

/// <summary>Every argument of every hub method, and every field of those that have some, with wrong values in place of what is taken, over both protocols on one connection each, which must outlive them all.</summary>
[Collection<HostileCollection>]
public sealed partial class GeneratedHubTests(HostileHost host)
{
    /// <summary>No wrong value is a reason for these.</summary>
    private static readonly string[] Faults = ["internal_error", "unavailable", "rate_limited", "unknown_method"];

    private static readonly JsonElement Document = JsonElement.Parse(RealtimeSnapshot.Create());

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("json")]
    [InlineData("messagepack")]
    public async Task Every_argument_of_every_hub_method_takes_wrong_values_without_a_fault(string protocol)
    {
        await using var good = new GoodCalls(host, $"hub-{protocol}");
        await good.PrepareAsync();
        using var hub = await RawHub.OpenAsync(host.Replicas[1], good.Token, protocol, Cancelled);
        var values = WrongFields.Some.Drawn();
        var (sent, all, wrong) = (0, new List<string>(), new List<string>());
        async Task<(string? Error, JsonElement Result)?> CallAsync(string method, string arguments)
        {
            if (Encode(protocol, method, $"{sent}", arguments) is not { } frame)
            {
                return null;
            }

            await hub.SendAsync(protocol == "json" ? RawHub.TextFrame : RawHub.BinaryFrame, frame, Cancelled);
            var (error, text) = await AnswerAsync(hub, protocol, $"{sent++}");
            if (error is not null && (!Form().IsMatch(error) || Faults.Any(fault => error.StartsWith(fault, StringComparison.Ordinal))) || RestCorpusTests.Internal.Any(word => text.Contains(word, StringComparison.Ordinal)))
            {
                wrong.Add($"{method}({arguments}): {text}");
            }

            all.Add(error?.Split(':')[0] ?? "taken");
            return (error, error is null ? ResultOf(protocol, text) : default);
        }

        foreach (var method in Document.GetProperty("methods").EnumerateObject())
        {
            var before = all.Count;
            var arguments = await good.OfAsync(method.Name, async (name, taken) => $"{(await CallAsync(name, taken))!.Value.Result}");
            if ((await CallAsync(method.Name, arguments.ToJsonString()))!.Value.Error is { } refused)
            {
                wrong.Add($"{method.Name}{arguments.ToJsonString()} is right, and refused: {refused}");
            }

            var places = Places(method.Value, arguments).ToArray();
            foreach (var put in places)
            {
                foreach (var value in values.For(places.Length))
                {
                    // A second time: what was taken is compared with itself.
                    await CallAsync(method.Name, put(value));
                    await CallAsync(method.Name, put(value));
                }
            }

            if (places.Length > 0 && all.Skip(before).All(code => code == "taken"))
            {
                wrong.Add($"{method.Name} found nothing wrong.");
            }
        }

        host.Count($"hub arguments, generated, {protocol} (seed {values.Seed})", sent);
        host.MustLive();
        TestContext.Current.SendDiagnosticMessage($"Hub arguments, {protocol}, seed {values.Seed}: {string.Join(", ", all.CountBy(code => code).OrderByDescending(count => count.Value).Select(count => $"{count.Key} {count.Value}"))}.");
        Assert.True(wrong.Count == 0, $"Seed {values.Seed}.{Environment.NewLine}{string.Join(Environment.NewLine, wrong)}");
    }

    /// <summary>What may be put in each place of what is taken: whole arguments, and every field of those that have some. The arguments come as one JSON array.</summary>
    private static IEnumerable<Func<string, string>> Places(JsonElement method, JsonArray good)
    {
        var types = method.GetProperty("arguments").EnumerateArray().Select(argument => argument.GetProperty("type").GetString()!).ToList();
        Assert.Equal(types.Count, good.Count);
        for (var position = 0; position < types.Count; position++)
        {
            var at = position;
            string Joined(string value) => $"[{string.Join(',', good.Select((argument, i) => i == at ? value : argument!.ToJsonString()))}]";
            yield return Joined;
            foreach (var (_, put) in WrongFields.Of(Document, Schema(types[at])))
            {
                yield return value => Joined(put(good[at]!.DeepClone(), value));
            }
        }
    }

    /// <summary>The schema of a type as the snapshot names it.</summary>
    private static JsonElement Schema(string type)
    {
        type = type.TrimEnd('?');
        if (type.EndsWith("[]", StringComparison.Ordinal))
        {
            return JsonSerializer.SerializeToElement(new JsonObject { ["items"] = JsonNode.Parse(Schema(type[..^2]).GetRawText()) });
        }

        return Document.GetProperty("types").TryGetProperty(type, out var known) ? known : JsonSerializer.SerializeToElement(new { type });
    }

    /// <summary>Null: MessagePack has no such value.</summary>
    private static byte[]? Encode(string protocol, string method, string id, string arguments)
    {
        if (protocol == "json")
        {
            return Encoding.UTF8.GetBytes($$"""{"type":1,"invocationId":"{{id}}","target":"{{method}}","arguments":{{arguments}}}""" + "\u001e");
        }

        try
        {
            return HubFrames.Prefixed(MessagePackSerializer.ConvertFromJson($$"""[1,{},"{{id}}","{{method}}",{{arguments}},[]]""", cancellationToken: Cancelled));
        }
        catch (MessagePackSerializationException)
        {
            return null;
        }
    }

    private static JsonElement ResultOf(string protocol, string text)
    {
        var answer = JsonElement.Parse(text);
        return protocol == "json" ? answer.TryGetProperty("result", out var result) ? result : default : answer.GetArrayLength() > 4 ? answer[4] : default;
    }

    private static async Task<(string? Error, string Text)> AnswerAsync(RawHub hub, string protocol, string id)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        bound.CancelAfter(RawHttp.Patience);
        while (await hub.ReceiveAsync(bound.Token) is { } received)
        {
            foreach (var (answered, error, text) in HubFrames.Read(protocol, received))
            {
                if (answered == id)
                {
                    return (error, text);
                }
            }
        }

        return ("closed", "the connection was closed");
    }

    [GeneratedRegex("^[a-z_]+: .")]
    private static partial Regex Form();
}
