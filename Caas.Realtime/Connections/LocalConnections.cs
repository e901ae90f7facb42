using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Caas.Realtime.Connections;

/// <summary>The live connections of this replica, by id and by user.</summary>
internal sealed class LocalConnections(RealtimeMetrics metrics)
{
    private readonly ConcurrentDictionary<string, RealtimeConnection> _byId = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<TenantId, TenantConnections> _byTenant = new();

    public int Count => _byId.Count;

    public IEnumerable<RealtimeConnection> All => _byId.Select(pair => pair.Value);

    public bool TryGet(string id, [NotNullWhen(true)] out RealtimeConnection? connection) => _byId.TryGetValue(id, out connection);

    public void Add(RealtimeConnection connection)
    {
        if (_byId.TryAdd(connection.Id, connection))
        {
            _byTenant.GetOrAdd(connection.Tenant, static _ => new()).Add(connection);
            metrics.Connected();
        }
    }

    /// <returns>The connection, unless it was not here (any more).</returns>
    public RealtimeConnection? Remove(string id)
    {
        if (!_byId.TryRemove(id, out var connection))
        {
            return null;
        }

        _byTenant[connection.Tenant].Remove(connection);
        metrics.Disconnected();
        return connection;
    }

    public IReadOnlyList<RealtimeConnection> OfUser(TenantId tenant, UserId user) => _byTenant.TryGetValue(tenant, out var connections) ? connections.OfUser(user) : [];

    public IReadOnlyList<RealtimeConnection> OfTenant(TenantId tenant) => _byTenant.TryGetValue(tenant, out var connections) ? connections.All() : [];

    /// <summary>The users of a tenant who are connected here.</summary>
    public IReadOnlyList<UserId> UsersOf(TenantId tenant) => _byTenant.TryGetValue(tenant, out var connections) ? connections.Users() : [];

    public bool HasUsersOf(TenantId tenant) => _byTenant.TryGetValue(tenant, out var connections) && connections.Any;

    /// <summary>A tenant that was connected once keeps its (empty) place: there are few tenants, and none is added by clients.</summary>
    private sealed class TenantConnections
    {
        private readonly Lock _gate = new();

        /// <summary>Lists that are replaced, never changed: most have one connection and cost what that takes.</summary>
        private readonly Dictionary<UserId, RealtimeConnection[]> _byUser = [];

        public bool Any
        {
            get
            {
                lock (_gate)
                {
                    return _byUser.Count > 0;
                }
            }
        }

        public void Add(RealtimeConnection connection)
        {
            lock (_gate)
            {
                _byUser[connection.User] = _byUser.TryGetValue(connection.User, out var others) ? [.. others, connection] : [connection];
            }
        }

        public void Remove(RealtimeConnection connection)
        {
            lock (_gate)
            {
                if (_byUser.TryGetValue(connection.User, out var connections))
                {
                    if (connections.Any(one => one != connection))
                    {
                        _byUser[connection.User] = [.. connections.Where(one => one != connection)];
                    }
                    else
                    {
                        _byUser.Remove(connection.User);
                    }
                }
            }
        }

        public RealtimeConnection[] OfUser(UserId user)
        {
            lock (_gate)
            {
                return _byUser.TryGetValue(user, out var connections) ? connections : [];
            }
        }

        public IReadOnlyList<RealtimeConnection> All()
        {
            lock (_gate)
            {
                return [.. _byUser.Values.SelectMany(connections => connections)];
            }
        }

        public IReadOnlyList<UserId> Users()
        {
            lock (_gate)
            {
                return [.. _byUser.Keys];
            }
        }
    }
}
