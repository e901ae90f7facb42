using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Ids;
using Caas.Core.Tenants;
using Caas.Core.Tokens;
using Caas.Core.Users;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Xunit;

namespace Caas.Tests.Realtime;

/// <summary>The hub against what is wrong: arguments, tokens, other tenants, frames, sizes.</summary>
public sealed class HubBadInputTests : IAsyncLifetime
{
    private Replicas _replicas = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _replicas = await Replicas.StartAsync();

    public ValueTask DisposeAsync() => _replicas.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_cannot_be_bound_is_refused_with_its_code(bool messagePack)
    {
        var alice = await _replicas.ConnectAsync("alice", 0, messagePack);
        var sent = await alice.SendAsync("to be edited");
        (string Method, object?[] Arguments, string Refusal)[] calls =
        [
            ("JoinConversation", ["room"], "invalid_arguments: JoinConversation(conversationId, afterSeq)"),
            ("JoinConversation", [], "invalid_arguments: "),
            ("JoinConversation", ["room", 1L, "extra"], "invalid_arguments: "),
            ("JoinConversation", ["room", "one"], "invalid_arguments: "),
            ("JoinConversation", ["room", Json("1.5")], "invalid_arguments: "),
            ("JoinConversation", [null, null], "invalid_arguments: conversationId"),
            ("JoinConversation", [5, null], "invalid_arguments: "),
            ("JoinConversation", ["a/b", null], "validation_failed: conversationId"),
            ("ReadEntries", ["room", null, 10], "invalid_arguments: "),
            ("SendMessage", [null], "invalid_arguments: message"),
            ("SendMessage", ["room", "text"], "invalid_arguments: "),
            ("SendMessage", [Json("[]")], "invalid_arguments: "),
            ("SendMessage", [Json("""{"text":"no conversation"}""")], "invalid_arguments: "),
            ("SendMessage", [Json("""{"conversationId":"room","text":5}""")], "invalid_arguments: SendMessage(message): text"),
            ("SendMessage", [Json("""{"conversationId":"room","attachments":[{"name":"no url"}]}""")], "validation_failed: attachments[0].url"),
            ("SendMessage", [Json("""{"conversationId":"room","text":null}""")], "validation_failed: "),
            ("SendMessage", [Json("""{"conversationId":"room","text":"\ud800"}""")], ""),
            ("SendMessage", [Json("""{"conversationId":"room","custom":{"a":"\ud800"}}""")], ""),
            ("JoinConversations", [Json("""[{"conversationId":"room"},null]""")], "invalid_arguments: conversations[1] is missing"),
            ("JoinConversations", [Json("{}")], "invalid_arguments: "),
            ("SendMessage", [Json("""{"conversationId":"room","text":"a\u0000b"}""")], "validation_failed: text must not hold"),
            ("SendMessage", [Json("""{"conversationId":"room","text":" \t\u200b"}""")], "validation_failed: text must hold"),
            ("EditMessage", [Json("""{"conversationId":"room"}""")], "invalid_arguments: "),
            ("EditMessage", [Json($$"""{"conversationId":"room","messageId":"{{sent.MessageId}}"}""")], "validation_failed: text or attachments"),
            ("EditMessage", [Json($$"""{"conversationId":"room","messageId":"{{sent.MessageId}}","text":"\r\n"}""")], "validation_failed: text must hold"),
            ("Authenticate", ["not a token"], "unauthenticated: "),
            ("NoSuchMethod", [1], "unknown_method: The hub has no method 'NoSuchMethod'."),
            ("OnConnectedAsync", [], "unknown_method: "),
            ("Dispose", [], "unknown_method: "),
        ];
        foreach (var (method, arguments, refusal) in calls)
        {
            string told;
            try
            {
                told = await alice.RefusalAsync(method, arguments);
            }
            catch (Exception local) when (refusal.Length == 0 && local is not HubException && alice.Hub.State == HubConnectionState.Connected)
            {
                // This client does not send half a surrogate at all.
                continue;
            }

            Assert.StartsWith(refusal, told, StringComparison.Ordinal);
            Assert.Matches("^[a-z_]+: .+$", told);
            Assert.DoesNotContain("internal_error", told, StringComparison.Ordinal);
            Assert.DoesNotContain("Exception", told, StringComparison.Ordinal);
            Assert.DoesNotContain("System.", told, StringComparison.Ordinal);
        }

        // What has no answer is refused silently, and everything goes on.
        await alice.Hub.SendCoreAsync("NoSuchMethod", [], Cancelled);
        await alice.Hub.SendCoreAsync("JoinConversation", ["room"], Cancelled);
        var streaming = await Assert.ThrowsAsync<HubException>(async () =>
        {
            await foreach (var item in alice.Hub.StreamAsyncCore<int>("SendMessage", [new HubSendMessageRequest("room", "x")], Cancelled))
            {
                Assert.Fail($"Streamed {item}.");
            }
        });
        Assert.Equal("invalid_arguments: This method does not stream.", streaming.Message);
        Assert.False((await alice.SendAsync("still here")).Duplicate);
        Assert.Empty(_replicas.Errors);
    }

    [Fact]
    public async Task What_no_double_and_no_text_can_hold_is_told_as_that()
    {
        Assert.Contains("custom must hold only numbers that a double can hold", await CallRawAsync("""{"conversationId":"room","custom":{"a":[1e400]}}"""), StringComparison.Ordinal);
        Assert.Contains("text must be well-formed Unicode", await CallRawAsync("""{"conversationId":"room","text":"\ud800"}"""), StringComparison.Ordinal);
        Assert.Contains("custom must be well-formed Unicode", await CallRawAsync("""{"conversationId":"room","custom":{"a":"\udc00"}}"""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_tenants_conversation_is_not_found_and_its_tokens_are_no_key_to_ours()
    {
        var other = new TenantId("other");
        var system = Replicas.System with { Tenant = other };
        await _replicas.Get<TenantService>().CreateAsync(new() { Kind = CallerKind.Admin }, new("Other", "other"), Cancelled);
        await _replicas.Get<UserService>().UpsertAsync(system, "alice", new("alice"), Cancelled);
        await _replicas.Get<ConversationService>().CreateAsync(system, new(ConversationType.Group, "theirs", null, ["alice"]), Cancelled);
        await _replicas.Get<ConversationService>().CreateAsync(system, new(ConversationType.Group, "room", null, ["alice"]), Cancelled);
        var token = (await _replicas.Get<TokenService>().IssueAsync(system, "alice", new(), Cancelled)).Token;

        var ours = await _replicas.ConnectAsync("alice");
        var theirs = await _replicas.ConnectAsync("alice", token: token);
        Assert.StartsWith("conversation_not_found: ", await ours.RefusalAsync("JoinConversation", "theirs", null), StringComparison.Ordinal);
        Assert.StartsWith("not_allowed: ", await ours.RefusalAsync("Authenticate", token), StringComparison.Ordinal);

        // The same names in two tenants are two conversations.
        await ours.JoinAsync();
        await theirs.JoinAsync();
        await ours.SendAsync("for us");
        Assert.Equal("for us", (await ours.EntryAsync()).Message!.Text);
        await theirs.SendAsync("for them");
        Assert.Equal("for them", (await theirs.EntryAsync()).Message!.Text);
        Assert.Equal(0, ours.EntriesWaiting);
    }

    [Fact]
    public async Task Only_user_tokens_open_the_hub()
    {
        using var http = new HttpClient { BaseAddress = new(Replicas.UrlOf(_replicas.Apps[0])) };
        var without = await http.PostAsync(new Uri("/realtime/negotiate?negotiateVersion=1", UriKind.Relative), null, Cancelled);
        Assert.Equal(HttpStatusCode.Unauthorized, without.StatusCode);
        Assert.Equal("application/problem+json", without.Content.Headers.ContentType!.MediaType);
        Assert.Equal("unauthenticated", (await without.Content.ReadFromJsonAsync(CaasJsonContext.Default.Problem, Cancelled))!.Code);
        var forged = await http.PostAsync(new Uri("/realtime/negotiate?negotiateVersion=1&access_token=forged", UriKind.Relative), null, Cancelled);
        Assert.Equal(HttpStatusCode.Unauthorized, forged.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri("/health", UriKind.Relative), Cancelled)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri("/alive", UriKind.Relative), Cancelled)).StatusCode);

        var token = await _replicas.TokenAsync("alice");
        var withQuery = await http.PostAsync(new Uri($"/realtime/negotiate?negotiateVersion=1&access_token={token}", UriKind.Relative), null, Cancelled);
        Assert.Equal(HttpStatusCode.OK, withQuery.StatusCode);
        var alice = await _replicas.ConnectAsync("alice");
        await alice.JoinAsync();
        await alice.SendAsync("counted");
        await alice.EntryAsync();
        Assert.Contains("caas_realtime_connections", await http.GetStringAsync(new Uri("/metrics", UriKind.Relative), Cancelled), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Malformed_frames_end_their_connection_and_nothing_else()
    {
        var token = await _replicas.TokenAsync("alice");
        byte[][] frames =
        [
            "not json\u001e"u8.ToArray(),
            "{}\u001e"u8.ToArray(),
            """{"type":1}"""u8.ToArray().Append((byte)0x1e).ToArray(),
            """{"type":1,"target":"SendMessage"}"""u8.ToArray().Append((byte)0x1e).ToArray(),
            """{"type":1,"invocationId":"1","target":null,"arguments":[]}"""u8.ToArray().Append((byte)0x1e).ToArray(),
            """{"type":99,"x":1}"""u8.ToArray().Append((byte)0x1e).ToArray(),
            [.. Enumerable.Repeat((byte)'[', 100_000), 0x1e],
            [0x1e, 0x1e, 0x1e],
            [.. Enumerable.Repeat((byte)'a', 300_000)],
        ];
        foreach (var frame in frames)
        {
            await SendRawAsync(token, "{\"protocol\":\"json\",\"version\":1}\u001e"u8.ToArray(), frame, WebSocketMessageType.Text);
        }

        byte[][] packed =
        [
            [0x05, 0x91, 0x91, 0x91, 0x91, 0x91],
            [0x01, 0xC1],
            [0xFF, 0xFF, 0xFF, 0xFF, 0x7F],
            [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
            [0x02, 0x92, 0x01],
            [.. (byte[])[0x86, 0x80, 0x04], .. Enumerable.Repeat((byte)0x91, 65_541), 0xC0],
        ];
        foreach (var frame in packed)
        {
            await SendRawAsync(token, "{\"protocol\":\"messagepack\",\"version\":1}\u001e"u8.ToArray(), frame, WebSocketMessageType.Binary);
        }

        await SendRawAsync(token, "{\"protocol\":\"smoke\",\"version\":1}\u001e"u8.ToArray(), [0], WebSocketMessageType.Text);
        var alice = await _replicas.ConnectAsync("alice");
        Assert.False((await alice.SendAsync("still here")).Duplicate);
    }

    /// <summary>In a binary frame: of one of text the WebSocket itself demands UTF-8. What is posted over another transport nobody else looks at.</summary>
    [Theory]
    [InlineData("zz", "\u00ff\u00fe")]
    [InlineData("\u00c3", "")]
    public async Task Bytes_that_are_no_UTF_8_are_refused_also_in_what_a_call_does_not_know(string name, string value)
    {
        var call = $$"""{"conversationId":"room","text":"ok","{{name}}":"{{value}}"}""";
        Assert.Contains("invalid_arguments: SendMessage(message): The call must be well-formed Unicode.", await CallRawAsync(call, Encoding.Latin1), StringComparison.Ordinal);
        Assert.DoesNotContain("\"error\"", await CallRawAsync(call), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_of_almost_256_KiB_passes_and_a_larger_one_ends_its_connection()
    {
        var alice = await _replicas.ConnectAsync("alice");
        Assert.StartsWith("validation_failed: ", await alice.RefusalAsync("SendMessage", new HubSendMessageRequest("room", new string('x', 255 * 1024))), StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<Exception>(() => alice.SendAsync(new string('x', 257 * 1024)));
        await alice.ClosedAsync();
    }

    /// <summary>What SendMessage with this text as its argument is answered: clients of ours would not send it.</summary>
    private async Task<string> CallRawAsync(string argument, Encoding? encoding = null)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        bound.CancelAfter(Replicas.Bound);
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri($"{Replicas.UrlOf(_replicas.Apps[0]).Replace("http:", "ws:", StringComparison.Ordinal)}/realtime?access_token={await _replicas.TokenAsync("alice")}"), bound.Token);
        await socket.SendAsync("{\"protocol\":\"json\",\"version\":1}\u001e"u8.ToArray(), WebSocketMessageType.Text, true, bound.Token);
        await socket.SendAsync((encoding ?? Encoding.UTF8).GetBytes("{\"type\":1,\"invocationId\":\"1\",\"target\":\"SendMessage\",\"arguments\":[" + argument + "]}\u001e"), encoding is null ? WebSocketMessageType.Text : WebSocketMessageType.Binary, true, bound.Token);
        var (buffer, received) = (new byte[4096], new StringBuilder());
        while (!received.ToString().Contains("\"invocationId\"", StringComparison.Ordinal))
        {
            received.Append(Encoding.UTF8.GetString(buffer, 0, (await socket.ReceiveAsync(buffer, bound.Token)).Count));
        }

        return received.ToString();
    }

    private async Task SendRawAsync(string token, byte[] handshake, byte[] frame, WebSocketMessageType type)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        bound.CancelAfter(Replicas.Bound);
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri($"{Replicas.UrlOf(_replicas.Apps[0]).Replace("http:", "ws:", StringComparison.Ordinal)}/realtime?access_token={token}"), bound.Token);
        await socket.SendAsync(handshake, WebSocketMessageType.Text, true, bound.Token);
        var buffer = new byte[4096];
        await socket.ReceiveAsync(buffer, bound.Token);
        try
        {
            await socket.SendAsync(frame, type, true, bound.Token);
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, bound.Token);
            while ((await socket.ReceiveAsync(buffer, bound.Token)).MessageType != WebSocketMessageType.Close)
            {
                Assert.DoesNotContain("Exception", Encoding.UTF8.GetString(buffer), StringComparison.Ordinal);
            }
        }
        catch (WebSocketException)
        {
            // Ended without a farewell.
        }
    }

    private static JsonElement Json(string json) => JsonDocument.Parse(json).RootElement;
}
