using Caas.Adapters.MongoDb.Schema;
using Caas.Core.Feed;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb.Feed;

/// <summary>Leases in the collection <c>leases</c>, by name. The server judges and sets the time (<c>$$NOW</c>), in one update of one document.</summary>
internal sealed class MongoLeaseStore(MongoContext context) : ILeaseStore
{
    private readonly IMongoCollection<BsonDocument> _leases = context.Collection(Collections.Leases);

    public Task<long?> AcquireAsync(string name, string holder, TimeSpan duration, CancellationToken cancellationToken)
    {
        var update = Builders<BsonDocument>.Update.Pipeline(Acquire(holder, duration));
        var options = new FindOneAndUpdateOptions<BsonDocument> { IsUpsert = true, ReturnDocument = ReturnDocument.After };
        return context.RunAsync("acquire a lease", async (session, within) =>
        {
            var lease = await FindAndUpdateAsync() ?? await FindAndUpdateAsync();
            return lease?.TextOrNull("holder") == holder ? lease.Number("epoch") : (long?)null;

            async Task<BsonDocument?> FindAndUpdateAsync()
            {
                try
                {
                    return await _leases.FindOneAndUpdateAsync(session, new BsonDocument("_id", name), update, options, within);
                }
                catch (MongoCommandException exception) when (MongoFaults.IsDuplicate(exception))
                {
                    return null; // another one has just made it: look again
                }
            }
        }, cancellationToken);
    }

    public Task ReleaseAsync(string name, string holder, CancellationToken cancellationToken) =>
        context.RunAsync("give back a lease", (session, within) => _leases.UpdateOneAsync(
            session, new BsonDocument { { "_id", name }, { "holder", holder } }, new BsonDocument("$set", new BsonDocument("holder", BsonNull.Value)), cancellationToken: within), cancellationToken);

    private static BsonDocument[] Acquire(string holder, TimeSpan duration)
    {
        var me = new BsonDocument("$literal", holder);
        var isMine = new BsonDocument("$eq", new BsonArray { "$holder", me });
        var isFree = new BsonDocument("$eq", new BsonArray { new BsonDocument("$ifNull", new BsonArray { "$holder", BsonNull.Value }), BsonNull.Value });
        var hasRunOut = new BsonDocument("$lte", new BsonArray { "$until", "$$NOW" });
        var mayTake = new BsonDocument("$or", new BsonArray { isMine, isFree, hasRunOut });
        var nextEpoch = new BsonDocument("$add", new BsonArray { new BsonDocument("$ifNull", new BsonArray { "$epoch", 0L }), 1L });
        BsonDocument IfTaken(BsonValue then, string otherwise) => new("$cond", new BsonArray { mayTake, then, otherwise });
        return
        [
            new("$set", new BsonDocument
            {
                { "holder", IfTaken(me, "$holder") },
                { "until", IfTaken(new BsonDocument("$add", new BsonArray { "$$NOW", (long)duration.TotalMilliseconds }), "$until") },
                { "epoch", IfTaken(new BsonDocument("$cond", new BsonArray { isMine, "$epoch", nextEpoch }), "$epoch") },
            }),
        ];
    }
}
