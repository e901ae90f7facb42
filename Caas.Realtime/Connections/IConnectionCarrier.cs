using Microsoft.AspNetCore.SignalR;

namespace Caas.Realtime.Connections;

/// <summary>What carries one connection. Every call may come at any time, also after the connection has ended, and none blocks.</summary>
internal interface IConnectionCarrier
{
    /// <summary>Writes one message; completes when the transport has taken it. Never throws: a connection that cannot be written to ends.</summary>
    ValueTask WriteAsync(SerializedHubMessage message);

    /// <summary>Ends the connection for good, after what was written.</summary>
    void Close();

    /// <summary>Ends the connection after what was written; the client may reconnect by itself.</summary>
    void CloseToReconnect();

    /// <summary>Ends the connection at once, because its client does not read.</summary>
    void CutOff();
}
