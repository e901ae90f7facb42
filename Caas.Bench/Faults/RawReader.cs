using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Caas.Bench.Faults;

/// <summary>A client that can stop reading, as no well-behaved one does: its socket stays open, and what is sent to it waits in the system's buffers and in the server.</summary>
internal sealed class RawReader : IAsyncDisposable
{
    private const char EndOfMessage = '\u001e';
    private const int LittleBuffer = 4096;

    private readonly ClientWebSocket _socket = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _mayRead = new(1, 1);
    private readonly StringBuilder _received = new();
    private Task _reading = Task.CompletedTask;
    private long _lastSeq;

    /// <summary>The last seq that it read.</summary>
    public long LastSeq => Interlocked.Read(ref _lastSeq);

    /// <summary>Ends when the server has cut it off, and everything that was still on its way is read.</summary>
    public Task Ended => _reading;

    public async Task JoinAsync(Uri replica, string token, string conversation, CancellationToken cancellationToken)
    {
        // The socket takes the invoker's connection over.
        using var invoker = new HttpMessageInvoker(
            new SocketsHttpHandler
            {
                ConnectCallback = async (context, cancelled) =>
                {
                    // Little may be on its way: what is not read is felt soon.
                    var plain = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = LittleBuffer };
                    await plain.ConnectAsync(context.DnsEndPoint, cancelled);
                    return new NetworkStream(plain, ownsSocket: true);
                },
            },
            disposeHandler: false);
        _socket.Options.SetRequestHeader("Authorization", $"Bearer {token}");
        await _socket.ConnectAsync(new($"{replica.AbsoluteUri.TrimEnd('/').Replace("http", "ws", StringComparison.Ordinal)}/realtime"), invoker, cancellationToken);
        await SendAsync("""{"protocol":"json","version":1}""", cancellationToken);
        await SendAsync($$"""{"type":1,"invocationId":"1","target":"JoinConversation","arguments":[{{JsonSerializer.Serialize(conversation)}},null]}""", cancellationToken);
        _reading = Task.Run(ReadAsync, CancellationToken.None);
    }

    /// <summary>Reads no more from now on.</summary>
    public Task StopReadingAsync(CancellationToken cancellationToken) => _mayRead.WaitAsync(cancellationToken);

    public void ReadAgain() => _mayRead.Release();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _socket.Abort();
        if (_mayRead.CurrentCount == 0)
        {
            _mayRead.Release();
        }

        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _socket.Dispose();
        _stop.Dispose();
        _mayRead.Dispose();
    }

    private async Task ReadAsync()
    {
        var buffer = new byte[LittleBuffer];
        try
        {
            while (true)
            {
                await _mayRead.WaitAsync(_stop.Token);
                _mayRead.Release();
                var read = await _socket.ReceiveAsync(buffer, _stop.Token);
                if (read.MessageType == WebSocketMessageType.Close)
                {
                    return;
                }

                Take(Encoding.UTF8.GetString(buffer, 0, read.Count));
            }
        }
        catch (Exception failure) when (failure is WebSocketException or OperationCanceledException)
        {
            // Cut off: no farewell.
        }
    }

    /// <summary>The texts are plain ASCII: no character is cut in two.</summary>
    private void Take(string text)
    {
        _received.Append(text);
        if (!text.Contains(EndOfMessage))
        {
            return;
        }

        var all = _received.ToString();
        var end = all.LastIndexOf(EndOfMessage) + 1;
        _received.Remove(0, end);
        foreach (var message in all[..end].Split(EndOfMessage, StringSplitOptions.RemoveEmptyEntries))
        {
            using var json = JsonDocument.Parse(message);
            if (json.RootElement.TryGetProperty("target", out var target) && target.GetString() == "Entry")
            {
                Interlocked.Exchange(ref _lastSeq, json.RootElement.GetProperty("arguments")[0].GetProperty("seq").GetInt64());
            }
            else if (json.RootElement.TryGetProperty("result", out var result) && result.TryGetProperty("lastSeq", out var last))
            {
                Interlocked.Exchange(ref _lastSeq, last.GetInt64());
            }
        }
    }

    private Task SendAsync(string message, CancellationToken cancellationToken) =>
        _socket.SendAsync(Encoding.UTF8.GetBytes(message + EndOfMessage), WebSocketMessageType.Text, endOfMessage: true, cancellationToken);
}
