using Caas.Adapters.MongoDb.Schema;
using Caas.Core.Entries;
using Caas.Core.Idempotency;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb.Idempotency;

/// <summary>Answers of calls with an <c>Idempotency-Key</c> in the collection <c>idempotency</c>, by key.</summary>
internal sealed class MongoIdempotencyStore(MongoContext context) : IIdempotencyStore
{
    private const int MostTries = 5;
    private readonly IMongoCollection<BsonDocument> _records = context.Collection(Collections.Idempotency);

    public async Task<IdempotencyRecord?> ClaimAsync(IdempotencyRecord claim, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var free = new BsonArray
        {
            new BsonDocument("expiresAt", new BsonDocument("$lte", now.ToBson())),
            new BsonDocument { { "claimId", claim.ClaimId }, { "status", BsonNull.Value } }, // the claim itself, tried again after its answer was lost
        };
        var filter = new BsonDocument { { "_id", claim.Key }, { "$or", free } };
        var fields = Answer(claim with { Status = null, Body = null, Location = null, ResourceId = null }).Add("claimId", claim.ClaimId).Add("requestHash", claim.RequestHash);
        for (var tries = 0; tries < MostTries; tries++)
        {
            if (await context.RunAsync("claim an idempotency key", (session, within) => GuardedUpserts.TryAsync(_records, session, filter, new BsonDocument("$set", fields), within), cancellationToken))
            {
                return null;
            }

            if (await context.FindAsync(_records, claim.Key, cancellationToken) is { } standing)
            {
                return Read(standing);
            }

            // It was given back in between.
        }

        throw new StoreUnavailableException("MongoDB could not claim an idempotency key: it was claimed and given back again and again.");
    }

    public Task CompleteAsync(IdempotencyRecord record, CancellationToken cancellationToken) =>
        context.RunAsync("keep an answer", (session, within) =>
            _records.UpdateOneAsync(session, new BsonDocument { { "_id", record.Key }, { "claimId", record.ClaimId } }, new BsonDocument("$set", Answer(record)), cancellationToken: within), cancellationToken);

    public Task ReleaseAsync(string key, string claimId, CancellationToken cancellationToken) =>
        context.RunAsync("give back an idempotency key", (session, within) =>
            _records.DeleteOneAsync(session, new BsonDocument { { "_id", key }, { "claimId", claimId }, { "status", BsonNull.Value } }, cancellationToken: within), cancellationToken);

    public Task PruneAsync(DateTimeOffset now, CancellationToken cancellationToken) =>
        context.RunAsync("prune answers", (session, within) =>
            _records.DeleteManyAsync(session, new BsonDocument("expiresAt", new BsonDocument("$lte", now.ToBson())), cancellationToken: within), cancellationToken);

    private static BsonDocument Answer(IdempotencyRecord record) => new()
    {
        { "status", record.Status is { } status ? status : BsonNull.Value },
        { "body", record.Body.OrNull() },
        { "location", record.Location.OrNull() },
        { "resourceId", record.ResourceId.OrNull() },
        { "expiresAt", record.ExpiresAt.ToBson() },
    };

    private static IdempotencyRecord Read(BsonDocument document) => new(
        document.Text("_id"),
        document.Text("claimId"),
        document.Text("requestHash"),
        (int?)document.NumberOrNull("status"),
        document.TextOrNull("body"),
        document.TextOrNull("location"),
        document.TextOrNull("resourceId"),
        document.Time("expiresAt"));
}
