using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb;

/// <summary>
/// The newest moment of the replica set that this process knows of, its own failed and doubtful writes included. Every session starts from it, so that every read
/// (<c>afterClusterTime</c>) sees at least everything that any store of this process has acknowledged or collided with.
/// </summary>
internal sealed class CausalClock
{
    private readonly Lock _lock = new();
    private BsonTimestamp? _operationTime;
    private BsonDocument? _clusterTime;

    /// <summary>Brings a new session up to what is known.</summary>
    public void Advance(IClientSession session)
    {
        BsonTimestamp? operationTime;
        BsonDocument? clusterTime;
        lock (_lock)
        {
            (operationTime, clusterTime) = (_operationTime, _clusterTime);
        }

        if (clusterTime is not null)
        {
            session.AdvanceClusterTime(clusterTime);
        }

        if (operationTime is not null)
        {
            session.AdvanceOperationTime(operationTime);
        }
    }

    /// <summary>Learns what a session has seen.</summary>
    public void Absorb(IClientSession session)
    {
        var (operationTime, clusterTime) = (session.OperationTime, session.ClusterTime);
        lock (_lock)
        {
            if (operationTime is not null && (_operationTime is null || operationTime > _operationTime))
            {
                _operationTime = operationTime;
            }

            if (clusterTime is not null && (_clusterTime is null || clusterTime["clusterTime"].AsBsonTimestamp > _clusterTime["clusterTime"].AsBsonTimestamp))
            {
                _clusterTime = clusterTime;
            }
        }
    }
}
