using System.Net;
using System.Net.Sockets;

namespace Caas.Bench.Clusters;

/// <summary>Asks whether something works.</summary>
internal static class Probe
{
    private static readonly HttpClient Http = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero }) { Timeout = TimeSpan.FromSeconds(5) };

    /// <summary>Whether a service and all that it needs are healthy.</summary>
    public static async Task<bool> IsHealthyAsync(Uri service, CancellationToken cancellationToken)
    {
        using var answer = await Http.GetAsync(new Uri(service, "/health"), cancellationToken);
        return answer.IsSuccessStatusCode;
    }

    /// <summary>Whether a Redis on this machine answers.</summary>
    public static async Task<bool> AnswersPingAsync(int port, CancellationToken cancellationToken)
    {
        using var socket = new TcpClient();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(2));
        await socket.ConnectAsync(IPAddress.Loopback, port, patience.Token);
        await socket.GetStream().WriteAsync("PING\r\n"u8.ToArray(), patience.Token);
        var answer = new byte[5];
        await socket.GetStream().ReadExactlyAsync(answer, patience.Token);
        return answer.AsSpan().SequenceEqual("+PONG"u8);
    }
}
