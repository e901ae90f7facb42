using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Xunit;

namespace Caas.Tests.Realtime;

/// <summary>A client that joins the room and then reads nothing more.</summary>
internal sealed class StuckClient(ClientWebSocket socket, SocketsHttpHandler handler, long joinedSeq) : IAsyncDisposable
{
    public long JoinedSeq { get; } = joinedSeq;

    public static async Task<StuckClient> JoinAsync(Replicas replicas, string user)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        bound.CancelAfter(Replicas.Bound);
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (context, token) =>
            {
                // Little may be on its way: what is not read is felt soon.
                var plain = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
                await plain.ConnectAsync(context.DnsEndPoint, token);
                return new NetworkStream(plain, ownsSocket: true);
            },
        };
        var socket = new ClientWebSocket();
        var url = $"{Replicas.UrlOf(replicas.Apps[0]).Replace("http:", "ws:", StringComparison.Ordinal)}/realtime?access_token={await replicas.TokenAsync(user)}";
        using var invoker = new HttpMessageInvoker(handler, disposeHandler: false);
        await socket.ConnectAsync(new Uri(url), invoker, bound.Token);
        await SendAsync(socket, """{"protocol":"json","version":1}""", bound.Token);
        await SendAsync(socket, """{"type":1,"invocationId":"1","target":"JoinConversation","arguments":["room",null]}""", bound.Token);
        var received = new StringBuilder();
        var buffer = new byte[8192];
        while (true)
        {
            var read = await socket.ReceiveAsync(buffer, bound.Token);
            received.Append(Encoding.UTF8.GetString(buffer, 0, read.Count));

            // Whole messages; others than the answer may come before it.
            var whole = received.ToString(0, received.ToString().LastIndexOf('\u001e') + 1);
            foreach (var message in whole.Split('\u001e', StringSplitOptions.RemoveEmptyEntries).Where(message => message.Contains("\"invocationId\"", StringComparison.Ordinal)))
            {
                using var answer = JsonDocument.Parse(message);
                return new(socket, handler, answer.RootElement.GetProperty("result").GetProperty("lastSeq").GetInt64());
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        socket.Dispose();
        handler.Dispose();
        return ValueTask.CompletedTask;
    }

    private static Task SendAsync(ClientWebSocket socket, string message, CancellationToken cancellationToken) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(message + '\u001e'), WebSocketMessageType.Text, true, cancellationToken);
}
