using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb.Schema;

/// <summary>
/// The indexes. Collections that grow with use can be sharded by a ranged {tenant, log} or {tenant, conversation}, so unique indexes start with it; there
/// <c>_id</c> begins with the same parts, and is unique because they fall into one shard.
/// </summary>
internal static class Indexes
{
    /// <summary>The sequencer: entries' places in their log.</summary>
    public static readonly Index EntrySeq = Index.Unique(Collections.Entries, "tenant_log_seq", ("tenant", 1), ("log", 1), ("seq", 1));

    /// <summary>Makes appends idempotent.</summary>
    public static readonly Index EntryClient = Index.Unique(Collections.Entries, "tenant_log_actor_clientId", ("tenant", 1), ("log", 1), ("actor", 1), ("clientId", 1));

    /// <summary>Messages (target 0) and the changes of each.</summary>
    public static readonly Index EntryTarget = Index.Plain(Collections.Entries, "tenant_log_target_seq", ("tenant", 1), ("log", 1), ("target", 1), ("seq", 1));

    public static readonly IReadOnlyList<Index> All = [EntrySeq, EntryClient, EntryTarget];
}

/// <summary>One index of a collection.</summary>
internal sealed record Index(string Collection, string Name, BsonDocument Keys, bool IsUnique)
{
    public CreateIndexModel<BsonDocument> Model => new(Keys, new CreateIndexOptions { Name = Name, Unique = IsUnique ? true : null });

    public static Index Unique(string collection, string name, params (string Field, int Order)[] keys) => new(collection, name, Document(keys), true);

    public static Index Plain(string collection, string name, params (string Field, int Order)[] keys) => new(collection, name, Document(keys), false);

    private static BsonDocument Document((string Field, int Order)[] keys) => [.. keys.Select(key => new BsonElement(key.Field, key.Order))];
}
