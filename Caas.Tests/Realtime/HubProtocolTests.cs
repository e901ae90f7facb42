using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Xunit;

namespace Caas.Tests.Realtime;

/// <summary>What a client sends as bytes: too deep, too large, no JSON at all.</summary>
public sealed class HubProtocolTests : IAsyncLifetime
{
    private Replicas _replicas = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _replicas = await Replicas.StartAsync(1);

    public ValueTask DisposeAsync() => _replicas.DisposeAsync();

    [Theory]
    [InlineData("""{"type":1,"invocationId":"7","target":"SendMessage","arguments":[{"conversationId":"room","text":"x","custom":DEEP}]}""")]
    [InlineData("""{"arguments":[{"conversationId":"room","text":"x","custom":DEEP}],"target":"SendMessage","invocationId":"7","type":1}""")]
    public async Task Json_nested_too_deep_is_refused_and_the_connection_goes_on(string call)
    {
        using var client = await RawClient.ConnectAsync(_replicas);
        foreach (var levels in new[] { 64, 100, 20_000 })
        {
            await client.SendAsync(call.Replace("DEEP", string.Concat(Enumerable.Repeat("{\"a\":", levels)) + "1" + new string('}', levels), StringComparison.Ordinal));
            var answer = await client.NextAsync(3);
            Assert.Equal("7", answer.GetProperty("invocationId").GetString());
            Assert.Equal("invalid_arguments: SendMessage(message): Values may be nested 64 deep.", answer.GetProperty("error").GetString());
        }

        await client.SendAsync("""{"type":1,"invocationId":"8","target":"SendMessage","arguments":[{"conversationId":"room","text":"after"}]}""");
        Assert.Equal("8", (await client.NextAsync(3)).GetProperty("invocationId").GetString());
    }

    [Fact]
    public async Task A_message_above_256_KiB_ends_the_connection_and_says_why()
    {
        using var client = await RawClient.ConnectAsync(_replicas);
        await client.SendAsync($$"""{"type":1,"invocationId":"7","target":"SendMessage","arguments":[{"conversationId":"room","text":"{{new string('x', 300 * 1024)}}"}]}""");
        Assert.Equal("too_large: A message may have at most 256 KiB; the connection is closed.", (await client.NextAsync(7)).GetProperty("error").GetString());
    }

    [Theory]
    [InlineData("""{"type":1,"invocationId":"7","target":"SendMessage","arguments":[{"a":""")]
    [InlineData("""{"type":1,"invocationId":"7","target":5,"arguments":[]}""")]
    [InlineData("nonsense")]
    public async Task What_is_no_hub_message_ends_the_connection_and_says_so(string text)
    {
        using var client = await RawClient.ConnectAsync(_replicas);
        await client.SendAsync(text);
        Assert.Equal("invalid_arguments: The connection was closed because of what was sent on it.", (await client.NextAsync(7)).GetProperty("error").GetString());
    }

    /// <summary>A hub connection without a client's library.</summary>
    private sealed class RawClient(ClientWebSocket socket) : IDisposable
    {
        private readonly List<byte> _received = [];

        public static async Task<RawClient> ConnectAsync(Replicas replicas)
        {
            var socket = new ClientWebSocket();
            var url = replicas.Apps[0].Urls.First().Replace("http:", "ws:", StringComparison.Ordinal).Replace("[::]", "127.0.0.1", StringComparison.Ordinal).Replace("*", "127.0.0.1", StringComparison.Ordinal);
            await socket.ConnectAsync(new($"{url}/realtime?access_token={await replicas.TokenAsync("alice")}"), Cancelled).WaitAsync(Replicas.Bound, Cancelled);
            var client = new RawClient(socket);
            await client.SendAsync("""{"protocol":"json","version":1}""");
            await client.ReadAsync();
            return client;
        }

        public Task SendAsync(string text) =>
            socket.SendAsync(Encoding.UTF8.GetBytes(text + '\u001e'), WebSocketMessageType.Text, true, Cancelled).WaitAsync(Replicas.Bound, Cancelled);

        /// <summary>The next message of a type.</summary>
        public async Task<JsonElement> NextAsync(int type)
        {
            while (true)
            {
                var message = await ReadAsync();
                if (message.TryGetProperty("type", out var found) && found.GetInt32() == type)
                {
                    return message;
                }
            }
        }

        public void Dispose() => socket.Dispose();

        private async Task<JsonElement> ReadAsync()
        {
            var buffer = new byte[8192];
            int end;
            while ((end = _received.IndexOf(0x1e)) < 0)
            {
                var read = await socket.ReceiveAsync(buffer, Cancelled).WaitAsync(Replicas.Bound, Cancelled);
                Assert.NotEqual(WebSocketMessageType.Close, read.MessageType);
                _received.AddRange(buffer.AsSpan(0, read.Count));
            }

            var message = JsonDocument.Parse(_received[..end].ToArray()).RootElement;
            _received.RemoveRange(0, end + 1);
            return message;
        }
    }
}
