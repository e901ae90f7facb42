using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Core.Json;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb.Entries;

/// <summary>An entry as a document of <c>entries</c>.</summary>
/// <remarks>
/// <c>_id</c> is <c>tenant/log/entry id</c>. <c>data</c> and <c>message</c> are JSON text. <c>message</c> and <c>deleted</c> stand only in messages, <c>thread</c> only in entries that add a reply or take one away, <c>shadowed</c> only in those of shadow-banned users.
/// <c>deleted</c> are those messages too that are shadowed: nobody counts them.
/// </remarks>
internal static class EntryDocument
{
    public static string Key(LogId log, string entryId) => $"{log}/{entryId}";

    /// <summary>Everything of a log, ready to be narrowed down.</summary>
    public static BsonDocument Filter(LogId log) => new() { { "tenant", log.Tenant.Value }, { "log", log.Name } };

    public static BsonDocument From(PendingAppend pending, LogTail place)
    {
        var draft = pending.Draft;
        var document = new BsonDocument
        {
            { "_id", Key(draft.Log, draft.Id) },
            { "tenant", draft.Log.Tenant.Value },
            { "log", draft.Log.Name },
            { "seq", place.Seq },
            { "messageNo", place.MessageNo },
            { "type", draft.Type },
            { "actor", draft.ActorId.OrNull() },
            { "at", draft.At.ToBson() },
            { "clientId", draft.ClientMessageId },
            { "hash", draft.ContentHash },
            { "target", draft.Target },
            { "rev", draft.Target == EntryTarget.Message ? place.Seq : 0 },
        };
        if (draft.Thread > 0)
        {
            document.Add("thread", draft.Thread);
        }

        if (draft.Shadowed)
        {
            document.Add("shadowed", true);
        }

        if (pending.Data is { } data)
        {
            document.Add("data", data);
        }

        if (pending.Message is { } message)
        {
            document.Add("message", message);
        }

        if (draft.Target == EntryTarget.Message)
        {
            document.Add("deleted", draft.Shadowed || draft.Message?.DeletedAt is not null);
        }

        return document;
    }

    public static Entry Read(BsonDocument document)
    {
        var log = new LogId(new TenantId(document.Text("tenant")), document.Text("log"));
        var message = document.TextOrNull("message");
        return new Entry
        {
            Log = log,
            Seq = document.Number("seq"),
            MessageNo = document.Number("messageNo"),
            Id = document.Text("_id")[(log.ToString().Length + 1)..],
            Type = document.Text("type"),
            ActorId = document.TextOrNull("actor"),
            At = document.Time("at"),
            ClientMessageId = document.Text("clientId"),
            ContentHash = document.Text("hash"),
            Target = document.Number("target"),
            Thread = document.NumberOrNull("thread") ?? 0,
            Shadowed = document.GetValue("shadowed", false).ToBoolean(),
            Data = MongoJson.ReadElement(document.TextOrNull("data")),
            Message = message is null ? null : MongoJson.Read(message, CoreJsonContext.Default.MessageState),
            Rev = document.Number("rev"),
        };
    }

    public static SortDefinition<BsonDocument> BySeq(bool ascending) => new BsonDocument("seq", ascending ? 1 : -1);
}
