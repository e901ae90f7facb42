using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Options;

namespace Caas.Realtime.Connections;

/// <summary>Takes SignalR's connections into this replica's care and out of it. Called by the lifetime manager: nobody else is given them.</summary>
internal sealed class ConnectionRegistrar(LocalConnections connections, IEnumerable<IConnectionObserver> observers, IOptions<RealtimeOptions> options, RealtimeMetrics metrics, ILoggerFactory loggers, TimeProvider clock)
{
    private readonly IConnectionObserver[] _observers = [.. observers];
    private readonly ILogger<SignalRCarrier> _logger = loggers.CreateLogger<SignalRCarrier>();

    public RealtimeConnection Add(HubConnectionContext connection)
    {
        var caller = CallerPrincipal.CallerOf(connection.User) ?? throw new HubException($"{Refusal.Unauthenticated.Code}: {Refusal.Unauthenticated.Title}");
        var carrier = new SignalRCarrier(connection, metrics, _logger);
        var outbox = new Outbox(carrier, options.Value.QueueMessages, options.Value.QueueBytes, metrics, clock);
        var registered = new RealtimeConnection(connection.ConnectionId, caller, carrier, outbox, clock);
        connections.Add(registered);
        foreach (var observer in _observers)
        {
            observer.Joined(registered);
        }

        return registered;
    }

    public void Remove(HubConnectionContext connection)
    {
        if (connections.Remove(connection.ConnectionId) is { } removed)
        {
            removed.Outbox.Finish(last: null, static () => { });
            foreach (var observer in _observers)
            {
                observer.Left(removed);
            }
        }
    }
}
