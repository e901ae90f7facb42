using Caas.Core.Blocks;
using Caas.Core.Ids;

namespace Caas.Adapters.Sqlite.Blocks;

internal sealed class SqliteBlockStore(SqliteDatabase database) : IBlockStore
{
    public Task ApplyAsync(TenantId tenant, Block block, CancellationToken cancellationToken) => database.WriteAsync(
        connection => connection.Execute(
            """
            INSERT INTO blocks (tenant, user, other, seq, at, removed) VALUES ($tenant, $user, $other, $seq, $at, $removed)
            ON CONFLICT (tenant, user, other) DO UPDATE SET seq = excluded.seq, at = excluded.at, removed = excluded.removed WHERE excluded.seq > seq
            """,
            tenant.Value,
            block.User.Value,
            block.Other.Value,
            block.Seq,
            block.At.ToUnixTimeMilliseconds(),
            block.Removed ? 1 : 0),
        cancellationToken);

    public async Task<IReadOnlyList<Block>> ListAsync(TenantId tenant, UserId user, UserId? after, int limit, CancellationToken cancellationToken) => await database.ReadAsync(
        connection => connection.List(
            row => new Block(user, new(row.GetString(0)), row.GetInt64(1), row.Time(2), Removed: false),
            "SELECT other, seq, at FROM blocks WHERE tenant = $tenant AND user = $user AND other > $after AND removed = 0 ORDER BY other LIMIT $limit",
            tenant.Value,
            user.Value,
            after?.Value ?? "",
            limit),
        cancellationToken);

    public Task<BlockSet> ReadAsync(TenantId tenant, UserId user, CancellationToken cancellationToken) => database.ReadAsync(
        connection =>
        {
            var blocked = connection.List(row => (row.GetString(0), row.Time(1)), "SELECT other, at FROM blocks WHERE tenant = $tenant AND user = $user AND removed = 0", tenant.Value, user.Value);
            var blockedBy = connection.List(row => row.GetString(0), "SELECT user FROM blocks WHERE tenant = $tenant AND other = $user AND removed = 0", tenant.Value, user.Value);
            return blocked.Count + blockedBy.Count == 0 ? BlockSet.None : new(blocked, blockedBy);
        },
        cancellationToken);
}
