using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb.Schema;

/// <summary>Creates collections and indexes. Safe to run by many processes at once and at each start: what stands already stays.</summary>
internal static class MongoSchema
{
    public static async Task CreateAsync(IMongoDatabase database, IClientSessionHandle session, CancellationToken cancellationToken)
    {
        foreach (var indexes in Indexes.All.GroupBy(index => index.Collection))
        {
            await database.GetCollection<BsonDocument>(indexes.Key).Indexes.CreateManyAsync(session, indexes.Select(index => index.Model), cancellationToken);
        }
    }
}
