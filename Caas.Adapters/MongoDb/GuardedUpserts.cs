using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb;

/// <summary>
/// Stores documents each only where what is stored is older: an update whose filter asks for that and that inserts when nothing fits. Where something newer stands, the insert
/// meets its <c>_id</c> and is refused; where another call has just inserted something older, the same update without inserting finds it.
/// </summary>
internal static class GuardedUpserts
{
    /// <returns>Whether it was stored.</returns>
    public static async Task<bool> TryAsync(IMongoCollection<BsonDocument> collection, IClientSessionHandle session, BsonDocument filter, BsonDocument update, CancellationToken cancellationToken)
    {
        try
        {
            await collection.UpdateOneAsync(session, filter, update, new UpdateOptions { IsUpsert = true }, cancellationToken);
            return true;
        }
        catch (MongoWriteException exception) when (MongoFaults.IsDuplicate(exception))
        {
            return (await collection.UpdateOneAsync(session, filter, update, cancellationToken: cancellationToken)).MatchedCount > 0;
        }
    }

    /// <summary>The same for many documents, each of another <c>_id</c>.</summary>
    public static async Task ApplyAsync(IMongoCollection<BsonDocument> collection, IClientSessionHandle session, IReadOnlyList<(BsonDocument Filter, BsonDocument Update)> upserts, CancellationToken cancellationToken)
    {
        var unordered = new BulkWriteOptions { IsOrdered = false };
        if (upserts.Count == 0)
        {
            return;
        }

        try
        {
            await collection.BulkWriteAsync(session, upserts.Select(upsert => new UpdateOneModel<BsonDocument>(upsert.Filter, upsert.Update) { IsUpsert = true }), unordered, cancellationToken);
        }
        catch (MongoBulkWriteException exception) when (MongoFaults.IsDuplicates(exception))
        {
            var refused = exception.WriteErrors.Select(error => upserts[error.Index]);
            await collection.BulkWriteAsync(session, refused.Select(upsert => new UpdateOneModel<BsonDocument>(upsert.Filter, upsert.Update)), unordered, cancellationToken);
        }
    }
}
