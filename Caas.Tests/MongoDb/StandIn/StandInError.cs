using MongoDB.Bson;

namespace Caas.Tests.MongoDb.StandIn;

/// <summary>A command fails as a whole.</summary>
internal sealed class StandInError(int code, string codeName, string message, params string[] labels) : Exception(message)
{
    public BsonDocument Reply => new()
    {
        { "ok", 0 },
        { "code", code },
        { "codeName", codeName },
        { "errmsg", Message },
        { "errorLabels", new BsonArray(labels), labels.Length > 0 },
    };

    public static StandInError NotSupported(string what) => new(115, "CommandNotSupported", $"the stand-in does not know {what}");

    public static StandInError MaxTimeExpired() => new(50, "MaxTimeMSExpired", "operation exceeded time limit");

    public static StandInError NotWritablePrimary() => new(10107, "NotWritablePrimary", "not primary", "RetryableWriteError");

    public static StandInError HistoryLost() => new(286, "ChangeStreamHistoryLost", "Resume of change stream was not possible, as the resume point may no longer be in the oplog.", "NonResumableChangeStreamError");
}
