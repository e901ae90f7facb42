using Caas.Core.Entries;
using Caas.Core.Feed;
using MongoDB.Bson;

namespace Caas.Adapters.MongoDb.Feed;

/// <summary>Headers of entries, in the feed and as the source gives them.</summary>
internal static class FeedDocument
{
    /// <summary>The fields of an entry that its header needs.</summary>
    public static readonly IReadOnlyList<string> HeaderFields = ["tenant", "log", "seq", "messageNo", "type", "target", "actor", "at", "thread"];

    public static BsonDocument From(EntryHeader header, long position) => new()
    {
        { "tenant", header.Log.Tenant.Value },
        { "position", position },
        { "log", header.Log.Name },
        { "seq", header.Seq },
        { "messageNo", header.MessageNo },
        { "type", header.Type },
        { "target", header.Target },
        { "actor", header.ActorId.OrNull() },
        { "at", header.At.ToBson() },
    };

    public static EntryHeader Read(BsonDocument document) => new(
        new LogId(new(document.Text("tenant")), document.Text("log")),
        document.Number("seq"),
        document.Number("messageNo"),
        document.Text("type"),
        document.Number("target"),
        document.TextOrNull("actor"),
        document.Time("at"),
        document.NumberOrNull("thread") ?? 0);
}
