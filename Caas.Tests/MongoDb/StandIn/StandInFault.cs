using MongoDB.Bson;

namespace Caas.Tests.MongoDb.StandIn;

/// <summary>What goes wrong with a command, below everything that is tested.</summary>
internal abstract record StandInFault
{
    /// <summary>The connection is cut before anything is done.</summary>
    public sealed record CutBefore : StandInFault;

    /// <summary>It is done, then the connection is cut instead of an answer.</summary>
    public sealed record CutAfter : StandInFault;

    /// <summary>Nothing is done; this is the answer.</summary>
    public sealed record Answer(BsonDocument Reply) : StandInFault;

    /// <summary>It is done; the answer is changed.</summary>
    public sealed record Change(Action<BsonDocument> Reply) : StandInFault;

    /// <summary>It waits for this before it is done; <see cref="StandInServer"/> tells when it has come.</summary>
    public sealed record Hold(Task Until) : StandInFault;

    public static StandInFault Fail(StandInError error) => new Answer(error.Reply);

    public static StandInFault WriteConcernError() =>
        new Change(reply => reply["writeConcernError"] = new BsonDocument { { "code", 64 }, { "codeName", "WriteConcernTimeout" }, { "errmsg", "waiting for replication timed out" }, { "errInfo", new BsonDocument("wtimeout", true) } });
}
