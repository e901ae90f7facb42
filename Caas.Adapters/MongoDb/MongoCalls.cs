using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb;

/// <summary>What most stores do with a collection, bounded in time.</summary>
internal static class MongoCalls
{
    /// <summary>The document with this <c>_id</c>, or null.</summary>
    public static Task<BsonDocument?> FindAsync(this MongoContext context, IMongoCollection<BsonDocument> collection, string id, CancellationToken cancellationToken) =>
        context.FindAsync(collection, new BsonDocument("_id", id), cancellationToken);

    /// <summary>The one document that matches, or null. Where the collection can be sharded the filter names the shard key too.</summary>
    public static async Task<BsonDocument?> FindAsync(this MongoContext context, IMongoCollection<BsonDocument> collection, BsonDocument filter, CancellationToken cancellationToken) =>
        (await context.ListAsync(collection, filter, sort: null, 1, cancellationToken)).FirstOrDefault();

    /// <summary>What matches, sorted, at most <paramref name="limit"/>.</summary>
    /// <param name="index">The index to use; null: the server chooses.</param>
    /// <param name="fields">The fields to read; null: all.</param>
    public static async Task<List<BsonDocument>> ListAsync(
        this MongoContext context, IMongoCollection<BsonDocument> collection, BsonDocument filter, BsonDocument? sort, int? limit, CancellationToken cancellationToken, Schema.Index? index = null, BsonDocument? fields = null)
    {
        var options = new FindOptions<BsonDocument> { Sort = sort, Limit = limit, Hint = index?.Name, Projection = fields, MaxTime = context.Options.ServerTimeout };
        return limit < 1 ? [] : await context.RunAsync($"read {collection.CollectionNamespace.CollectionName}", async (session, within) =>
        {
            using var cursor = await collection.FindAsync(session, filter, options, within);
            return await cursor.ToListAsync(within);
        }, cancellationToken);
    }

    /// <summary>How many match.</summary>
    public static Task<long> CountAsync(this MongoContext context, IMongoCollection<BsonDocument> collection, BsonDocument filter, CancellationToken cancellationToken) =>
        context.RunAsync($"count {collection.CollectionNamespace.CollectionName}", (session, within) =>
            collection.CountDocumentsAsync(session, filter, new CountOptions { MaxTime = context.Options.ServerTimeout }, within), cancellationToken);

    /// <summary>Inserts a document unless a unique index has it already.</summary>
    /// <returns>Whether it was inserted.</returns>
    public static async Task<bool> TryInsertAsync(this IMongoCollection<BsonDocument> collection, IClientSessionHandle session, BsonDocument document, CancellationToken cancellationToken)
    {
        try
        {
            await collection.InsertOneAsync(session, document, cancellationToken: cancellationToken);
            return true;
        }
        catch (MongoWriteException exception) when (MongoFaults.IsDuplicate(exception))
        {
            return false;
        }
    }
}
