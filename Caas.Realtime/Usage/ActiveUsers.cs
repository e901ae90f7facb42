using Caas.Core.Usage;
using Caas.Realtime.Connections;

namespace Caas.Realtime.Usage;

/// <summary>Who is connected is active.</summary>
internal sealed class ActiveUsers(UsageTracker usage) : IConnectionObserver
{
    public void Joined(RealtimeConnection connection) => usage.Active(connection.Tenant, connection.User);
}
