using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Caas.Realtime.Hubs;
using Caas.Tests.Gateway;
using MessagePack;
using Xunit;

namespace Caas.Tests.Hostile;

/// <summary>Every argument of every hub method, and every field of those that have some, with every wrong value, over both protocols on one connection each, which must outlive them all.</summary>
[Collection<HostileCollection>]
public sealed partial class GeneratedHubTests(HostileHost host)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("json")]
    [InlineData("messagepack")]
    public async Task Every_argument_of_every_hub_method_takes_every_wrong_value_without_a_fault(string protocol)
    {
        var token = await TokenAsync($"hub-{protocol}");
        using var hub = await RawHub.OpenAsync(host.Replicas[1], token, protocol, Cancelled);
        var (sent, refused, wrong) = (0, 0, new List<string>());
        foreach (var (method, arguments) in Calls())
        {
            if (Encode(protocol, method, $"{sent}", arguments) is not { } frame)
            {
                continue;
            }

            await hub.SendAsync(protocol == "json" ? RawHub.TextFrame : RawHub.BinaryFrame, frame, Cancelled);
            var (error, text) = await AnswerAsync(hub, protocol, $"{sent++}");
            refused += error is null ? 0 : 1;
            if (error is not null && (!Form().IsMatch(error) || error.StartsWith("internal_error", StringComparison.Ordinal)) || RestCorpusTests.Internal.Any(word => text.Contains(word, StringComparison.Ordinal)))
            {
                wrong.Add($"{method}({arguments}): {text}");
            }
        }

        host.Count($"hub arguments, generated, {protocol}", sent);
        host.MustLive();
        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong));
        Assert.InRange(refused, sent / 2, sent - 1);
    }

    /// <summary>Each method's arguments as one JSON array.</summary>
    private static IEnumerable<(string Method, string Arguments)> Calls()
    {
        var document = JsonElement.Parse(RealtimeSnapshot.Create());
        foreach (var method in document.GetProperty("methods").EnumerateObject())
        {
            var arguments = method.Value.GetProperty("arguments").EnumerateArray().ToList();
            for (var position = 0; position < arguments.Count; position++)
            {
                var schema = Schema(document, arguments[position].GetProperty("type").GetString()!);
                foreach (var value in WrongFields.Values)
                {
                    yield return (method.Name, Joined(position, value));
                    foreach (var (_, put) in WrongFields.Of(document, schema))
                    {
                        yield return (method.Name, Joined(position, put(WrongFields.Sample(document, schema)!, value)));
                    }
                }
            }

            string Joined(int position, string value) => $"[{string.Join(',', arguments.Select((argument, i) => i == position ? value : Right(document, argument)))}]";
        }
    }

    private static string Right(JsonElement document, JsonElement argument) =>
        argument.GetProperty("name").GetString() == "conversationId" ? "\"room\"" : WrongFields.Sample(document, Schema(document, argument.GetProperty("type").GetString()!))!.ToJsonString();

    /// <summary>The schema of a type as the snapshot names it.</summary>
    private static JsonElement Schema(JsonElement document, string type)
    {
        type = type.TrimEnd('?');
        if (type.EndsWith("[]", StringComparison.Ordinal))
        {
            return JsonSerializer.SerializeToElement(new JsonObject { ["items"] = JsonNode.Parse(Schema(document, type[..^2]).GetRawText()) });
        }

        return document.GetProperty("types").TryGetProperty(type, out var known) ? known : JsonSerializer.SerializeToElement(new { type });
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

    /// <summary>A user of a tenant of its own: some of what is generated is right, and is stored.</summary>
    private async Task<string> TokenAsync(string tenant)
    {
        var admin = new Api(host.Anyone.Http, ("Authorization", $"Bearer {HostileHost.AdminKey}"));
        (await admin.PostAsync("/v1/tenants", new { id = tenant, name = tenant })).Expect(HttpStatusCode.Created);
        (await admin.PatchAsync($"/v1/tenants/{tenant}", new { settings = new { rateLimits = new { hubMessagesPerSecond = 0, hubTypingPerSecond = 0, hubJoinsPerSecond = 0 } } })).Expect(HttpStatusCode.OK);
        var key = (await admin.PostAsync($"/v1/tenants/{tenant}/api-keys", new { name = "backend" })).Expect(HttpStatusCode.Created)["key"].GetString()!;
        var api = new Api(host.Anyone.Http, ("X-Api-Key", key));
        (await api.PostAsync("/v1/users/batch", new { users = new[] { new { id = "alice", name = "Alice" }, new { id = "bob", name = "Bob" } } })).Expect(HttpStatusCode.OK);
        (await api.PostAsync("/v1/conversations", new { type = "group", id = "room", memberIds = new[] { "alice", "bob" } })).Expect(HttpStatusCode.Created);
        return (await api.PostAsync("/v1/users/alice/tokens")).Expect(HttpStatusCode.Created)["token"].GetString()!;
    }

    [GeneratedRegex("^[a-z_]+: .")]
    private static partial Regex Form();
}
