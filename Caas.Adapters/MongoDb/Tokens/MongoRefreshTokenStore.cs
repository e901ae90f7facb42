using Caas.Adapters.MongoDb.Schema;
using Caas.Core.Ids;
using Caas.Core.Tokens;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb.Tokens;

/// <summary>Refresh tokens in the collection <c>refresh_tokens</c>, by hash.</summary>
internal sealed class MongoRefreshTokenStore(MongoContext context) : IRefreshTokenStore
{
    private readonly IMongoCollection<BsonDocument> _tokens = context.Collection(Collections.RefreshTokens);

    public Task AddAsync(RefreshToken token, CancellationToken cancellationToken)
    {
        var document = new BsonDocument
        {
            { "_id", token.Hash },
            { "tenant", token.Tenant.Value },
            { "user", token.User.Value },
            { "family", token.Family },
            { "accessTokenId", token.AccessTokenId },
            { "issuedAt", token.IssuedAt.ToBson() },
            { "expiresAt", token.ExpiresAt.ToBson() },
            { "usedAt", token.UsedAt.ToBson() },
            { "revokedAt", token.RevokedAt.ToBson() },
        };
        return context.RunAsync("add a refresh token", (session, within) => _tokens.TryInsertAsync(session, document, within), cancellationToken);
    }

    public async Task<RefreshToken?> FindAsync(string hash, CancellationToken cancellationToken) =>
        await context.FindAsync(_tokens, hash, cancellationToken) is not { } document ? null : new(
            hash,
            new(document.Text("tenant")),
            new(document.Text("user")),
            document.Text("family"),
            document.Text("accessTokenId"),
            document.Time("issuedAt"),
            document.Time("expiresAt"),
            document.TimeOrNull("usedAt"),
            document.TimeOrNull("revokedAt"));

    public Task<bool> TryUseAsync(string hash, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var filter = new BsonDocument { { "_id", hash }, { "usedAt", BsonNull.Value }, { "revokedAt", BsonNull.Value } };
        var update = new BsonDocument("$set", new BsonDocument("usedAt", at.ToBson()));
        return context.RunAsync("use a refresh token", async (session, within) => (await _tokens.UpdateOneAsync(session, filter, update, cancellationToken: within)).MatchedCount == 1, cancellationToken);
    }

    public Task RevokeFamilyAsync(TenantId tenant, string family, DateTimeOffset at, CancellationToken cancellationToken) =>
        RevokeAsync(new BsonDocument { { "tenant", tenant.Value }, { "family", family } }, at, cancellationToken);

    public Task RevokeUserAsync(TenantId tenant, UserId user, DateTimeOffset issuedBefore, DateTimeOffset at, CancellationToken cancellationToken) =>
        RevokeAsync(new BsonDocument { { "tenant", tenant.Value }, { "user", user.Value }, { "issuedAt", new BsonDocument("$lt", issuedBefore.ToBson()) } }, at, cancellationToken);

    public Task PruneAsync(DateTimeOffset endedBefore, CancellationToken cancellationToken) =>
        context.RunAsync("prune refresh tokens", (session, within) =>
            _tokens.DeleteManyAsync(session, new BsonDocument("expiresAt", new BsonDocument("$lt", endedBefore.ToBson())), cancellationToken: within), cancellationToken);

    private Task<UpdateResult> RevokeAsync(BsonDocument filter, DateTimeOffset at, CancellationToken cancellationToken) =>
        context.RunAsync("revoke refresh tokens", (session, within) =>
            _tokens.UpdateManyAsync(session, filter.Add("revokedAt", BsonNull.Value), new BsonDocument("$set", new BsonDocument("revokedAt", at.ToBson())), cancellationToken: within), cancellationToken);
}
