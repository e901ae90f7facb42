using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.SignalR;

namespace Caas.Realtime.Connections;

/// <summary>A SignalR connection.</summary>
internal sealed partial class SignalRCarrier(HubConnectionContext connection, RealtimeMetrics metrics, ILogger<SignalRCarrier> logger) : IConnectionCarrier
{
    private int _cut;

    public ValueTask WriteAsync(SerializedHubMessage message) => connection.WriteAsync(message, CancellationToken.None);

    public void Close() => connection.Abort();

    public void CloseToReconnect()
    {
        // The server's own wish to close: its close message allows the client to reconnect.
        if (connection.Features.Get<IConnectionLifetimeNotificationFeature>() is { } lifetime)
        {
            lifetime.RequestClose();
        }
        else
        {
            connection.Abort();
        }
    }

    public void CutOff()
    {
        if (Interlocked.Exchange(ref _cut, 1) == 0)
        {
            metrics.CutOff();
            LogCutOff(connection.ConnectionId);

            // Away from the caller, who may hold the lock of a feed. The transport would wait for the client to take its farewell: its request is ended under it.
            ThreadPool.UnsafeQueueUserWorkItem(
                static connection =>
                {
                    connection.Abort();
                    Abort(connection.GetHttpContext());
                },
                connection,
                preferLocal: false);
        }
    }

    /// <summary>Ends a request. Never throws: nobody above would catch it, and the process would end.</summary>
    internal static void Abort(HttpContext? request)
    {
        try
        {
            request?.Abort();
        }
        catch (ObjectDisposedException)
        {
            // It ended by itself meanwhile: that is what was wanted.
        }
    }

    [LoggerMessage(3140, LogLevel.Information, "Cut off connection {ConnectionId}: it does not read what it is sent.")]
    private partial void LogCutOff(string connectionId);
}
