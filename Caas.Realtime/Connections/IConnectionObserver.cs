namespace Caas.Realtime.Connections;

/// <summary>A feature that begins or ends something with each connection of this replica. What is done must not wait: it is called where SignalR gives the connection in and out of care.</summary>
internal interface IConnectionObserver
{
    /// <summary>It is among the connections now.</summary>
    void Joined(RealtimeConnection connection)
    {
    }

    /// <summary>It is not among them any more.</summary>
    void Left(RealtimeConnection connection)
    {
    }
}
