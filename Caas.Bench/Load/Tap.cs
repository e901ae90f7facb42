using System.Net.Sockets;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Http.Connections.Client;

namespace Caas.Bench.Load;

/// <summary>Knows where a client's socket goes, and can cut it as a dead network does: without a word.</summary>
internal sealed class Tap
{
    private volatile Socket? _socket;
    private volatile Uri? _replica;

    /// <summary>Where the newest socket went; null: nowhere yet.</summary>
    public Uri? Replica => _replica;

    public void Cut() => _socket?.Dispose();

    public void Attach(HttpConnectionOptions options) => options.WebSocketFactory = async (context, cancellationToken) =>
    {
        var socket = new ClientWebSocket();
        if (context.Options.AccessTokenProvider is { } token && await token() is { } bearer)
        {
            socket.Options.SetRequestHeader("Authorization", $"Bearer {bearer}");
        }

        // The socket takes the invoker's connection over.
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler { ConnectCallback = ConnectAsync, UseProxy = false }, disposeHandler: false);
        try
        {
            await socket.ConnectAsync(context.Uri, invoker, cancellationToken);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        _replica = new(context.Uri.GetLeftPart(UriPartial.Authority).Replace("ws", "http", StringComparison.Ordinal));
        return socket;
    };

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        _socket = socket;
        return new NetworkStream(socket, ownsSocket: true);
    }
}
