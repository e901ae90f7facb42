using MongoDB.Bson;

namespace Caas.Tests.MongoDb.StandIn;

/// <summary>A command as the driver sent it.</summary>
/// <param name="Application">The name that the client gave itself.</param>
internal sealed record StandInCommand(BsonDocument Body, string Application)
{
    public string Name => Body.GetElement(0).Name;

    public string Database => Body.GetValue("$db", "admin").AsString;

    /// <summary>The collection it is about; empty: none.</summary>
    public string Collection => Name == "getMore" ? Body["collection"].AsString : Body[0] is BsonString name ? name.Value : "";

    /// <summary>The read concern's cluster time.</summary>
    public BsonTimestamp? AfterClusterTime => Body.GetValue("readConcern", new BsonDocument()).AsBsonDocument.GetValue("afterClusterTime", BsonNull.Value) as BsonTimestamp;

    public bool IsMajorityRead => Body.GetValue("readConcern", new BsonDocument()).AsBsonDocument.GetValue("level", "").AsString == "majority";

    public bool IsMajorityWrite => Body.GetValue("writeConcern", new BsonDocument()).AsBsonDocument.GetValue("w", "") == "majority";

    /// <summary>Whether it is part of the driver's own house-keeping.</summary>
    public bool IsHousekeeping => Name is "hello" or "isMaster" or "ismaster" or "ping" or "endSessions" or "buildInfo" or "killCursors" or "killSessions";

    /// <summary>What identifies a retryable write; null: it is none.</summary>
    public (BsonValue Session, long Number)? Transaction => Body.Contains("txnNumber") ? (Body["lsid"]["id"], Body["txnNumber"].ToInt64()) : null;

    public override string ToString() => $"{Name} {Collection}";
}
