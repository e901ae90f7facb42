using Caas.Adapters.MongoDb.Schema;
using Caas.Core.Tokens;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb.Tokens;

/// <summary>The platform's signing keys in the collection <c>signing_keys</c>, by <c>kid</c>; unique on the number.</summary>
internal sealed class MongoSigningKeyStore(MongoContext context) : ISigningKeyStore
{
    private readonly IMongoCollection<BsonDocument> _keys = context.Collection(Collections.SigningKeys);

    public async Task<IReadOnlyList<SigningKey>> ListAsync(CancellationToken cancellationToken) =>
        (await context.ListAsync(_keys, [], new BsonDocument("number", 1), limit: null, cancellationToken))
            .ConvertAll(document => new SigningKey(document.Text("_id"), document.Number("number"), document.Text("sealed"), document.Time("createdAt"), document.TimeOrNull("verifyUntil")));

    public Task<bool> AddAsync(SigningKey key, CancellationToken cancellationToken)
    {
        var document = new BsonDocument
        {
            { "_id", key.Kid },
            { "number", key.Number },
            { "sealed", key.Sealed },
            { "createdAt", key.CreatedAt.ToBson() },
            { "verifyUntil", key.VerifyUntil.ToBson() },
        };
        return context.RunAsync("add a signing key", (session, within) => _keys.TryInsertAsync(session, document, within), cancellationToken);
    }

    public Task RetireAsync(string kid, DateTimeOffset verifyUntil, CancellationToken cancellationToken) =>
        context.RunAsync("retire a signing key", (session, within) =>
            _keys.UpdateOneAsync(session, new BsonDocument("_id", kid), new BsonDocument("$set", new BsonDocument("verifyUntil", verifyUntil.ToBson())), cancellationToken: within), cancellationToken);
}
