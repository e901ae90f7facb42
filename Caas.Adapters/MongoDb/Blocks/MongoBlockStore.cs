using Caas.Adapters.MongoDb.Schema;
using Caas.Core.Blocks;
using Caas.Core.Ids;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb.Blocks;

/// <summary>Blocks in the collection <c>blocks</c>. <c>_id</c> is <c>tenant/user/other</c>.</summary>
internal sealed class MongoBlockStore(MongoContext context) : IBlockStore
{
    private readonly IMongoCollection<BsonDocument> _blocks = context.Collection(Collections.Blocks);

    public Task ApplyAsync(TenantId tenant, Block block, CancellationToken cancellationToken)
    {
        var filter = new BsonDocument { { "_id", $"{tenant}/{block.User}/{block.Other}" }, { "tenant", tenant.Value }, { "user", block.User.Value }, { "other", block.Other.Value }, { "seq", new BsonDocument("$lt", block.Seq) } };
        var update = new BsonDocument("$set", new BsonDocument { { "seq", block.Seq }, { "at", block.At.ToBson() }, { "removed", block.Removed } });
        return context.RunAsync("store a block", (session, within) => GuardedUpserts.TryAsync(_blocks, session, filter, update, within), cancellationToken);
    }

    public async Task<IReadOnlyList<Block>> ListAsync(TenantId tenant, UserId user, UserId? after, int limit, CancellationToken cancellationToken)
    {
        var filter = new BsonDocument { { "tenant", tenant.Value }, { "user", user.Value }, { "removed", false }, { "other", new BsonDocument("$gt", after?.Value ?? "") } };
        return (await context.ListAsync(_blocks, filter, new BsonDocument("other", 1), limit, cancellationToken, Indexes.BlockByUser))
            .ConvertAll(document => new Block(user, new(document.Text("other")), document.Number("seq"), document.Time("at"), Removed: false));
    }

    public async Task<BlockSet> ReadAsync(TenantId tenant, UserId user, CancellationToken cancellationToken)
    {
        var blocked = await context.ListAsync(_blocks, new BsonDocument { { "tenant", tenant.Value }, { "user", user.Value }, { "removed", false } }, sort: null, limit: null, cancellationToken, Indexes.BlockByUser);
        var blockedBy = await context.ListAsync(_blocks, new BsonDocument { { "tenant", tenant.Value }, { "other", user.Value }, { "removed", false } }, sort: null, limit: null, cancellationToken, Indexes.BlockByOther);
        return blocked.Count + blockedBy.Count == 0 ? BlockSet.None : new(blocked.Select(document => (document.Text("other"), document.Time("at"))), blockedBy.Select(document => document.Text("user")));
    }
}
