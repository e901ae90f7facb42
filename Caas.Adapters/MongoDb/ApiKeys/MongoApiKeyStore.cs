using Caas.Adapters.MongoDb.Schema;
using Caas.Core.ApiKeys;
using Caas.Core.Ids;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb.ApiKeys;

/// <summary>API keys in the collection <c>api_keys</c>, by id.</summary>
internal sealed class MongoApiKeyStore(MongoContext context) : IApiKeyStore
{
    private readonly IMongoCollection<BsonDocument> _keys = context.Collection(Collections.ApiKeys);

    public async Task<ApiKey?> FindAsync(string id, CancellationToken cancellationToken) =>
        await context.FindAsync(_keys, id, cancellationToken) is { } document ? Read(document) : null;

    public Task<bool> SaveAsync(ApiKey key, CancellationToken cancellationToken)
    {
        var filter = new BsonDocument { { "_id", key.Id }, { "tenant", key.Tenant.Value }, { "rev", new BsonDocument("$lt", key.Rev) } };
        var fields = new BsonDocument
        {
            { "name", key.Name },
            { "secretHash", key.SecretHash },
            { "previousSecretHash", key.PreviousSecretHash.OrNull() },
            { "previousUntil", key.PreviousUntil.ToBson() },
            { "scopes", key.Scopes.ToBson() },
            { "allowedIps", key.AllowedIps.ToBson() },
            { "createdAt", key.CreatedAt.ToBson() },
            { "expiresAt", key.ExpiresAt.ToBson() },
            { "revokedAt", key.RevokedAt.ToBson() },
            { "rev", key.Rev },
        };
        var update = new BsonDocument { { "$set", fields }, { "$setOnInsert", new BsonDocument("lastUsedAt", key.LastUsedAt.ToBson()) } };
        return context.RunAsync("save an API key", (session, within) => GuardedUpserts.TryAsync(_keys, session, filter, update, within), cancellationToken);
    }

    public async Task<IReadOnlyList<ApiKey>> ListAsync(TenantId tenant, string? after, int limit, CancellationToken cancellationToken)
    {
        var filter = new BsonDocument { { "tenant", tenant.Value }, { "_id", new BsonDocument("$gt", after ?? "") } };
        return (await context.ListAsync(_keys, filter, new BsonDocument("_id", 1), limit, cancellationToken)).ConvertAll(Read);
    }

    public Task TouchAsync(string id, DateTimeOffset usedAt, CancellationToken cancellationToken) =>
        context.RunAsync("note an API key's use", (session, within) =>
            _keys.UpdateOneAsync(session, new BsonDocument("_id", id), new BsonDocument("$max", new BsonDocument("lastUsedAt", usedAt.ToBson())), cancellationToken: within), cancellationToken);

    public Task<long> CountActiveAsync(TenantId tenant, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var filter = new BsonDocument
        {
            { "tenant", tenant.Value },
            { "revokedAt", BsonNull.Value },
            { "$or", new BsonArray { new BsonDocument("expiresAt", BsonNull.Value), new BsonDocument("expiresAt", new BsonDocument("$gt", now.ToBson())) } },
        };
        return context.CountAsync(_keys, filter, cancellationToken);
    }

    private static ApiKey Read(BsonDocument document) => new()
    {
        Tenant = new(document.Text("tenant")),
        Id = document.Text("_id"),
        Name = document.Text("name"),
        SecretHash = document.Text("secretHash"),
        PreviousSecretHash = document.TextOrNull("previousSecretHash"),
        PreviousUntil = document.TimeOrNull("previousUntil"),
        Scopes = document.Texts("scopes"),
        AllowedIps = document.Texts("allowedIps"),
        CreatedAt = document.Time("createdAt"),
        ExpiresAt = document.TimeOrNull("expiresAt"),
        RevokedAt = document.TimeOrNull("revokedAt"),
        LastUsedAt = document.TimeOrNull("lastUsedAt"),
        Rev = document.Number("rev"),
    };
}
