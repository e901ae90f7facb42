using Caas.Core.Entries;
using Caas.Core.Feed;
using Caas.Core.Ids;
using Microsoft.Data.Sqlite;

namespace Caas.Adapters.Sqlite.Feed;

/// <summary>The feed in SQLite. Check and write stand in one transaction, so fencing is exact here.</summary>
public sealed class SqliteFeedStore(SqliteDatabase database) : IFeedStore
{
    /// <inheritdoc/>
    public Task AppendAsync(IReadOnlyList<EntryHeader> headers, long epoch, CancellationToken cancellationToken) =>
        headers.Count == 0 ? Task.CompletedTask : database.WriteAsync(connection => Append(connection, headers, epoch), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<FeedItem>> ReadAsync(TenantId tenant, long after, int limit, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<FeedItem>>(
            connection => connection.List(
                reader => new FeedItem(reader.GetInt64(0), new(new(tenant, reader.GetString(1)), reader.GetInt64(2), reader.GetInt64(3), reader.GetString(6), reader.GetInt64(4), reader.TextOrNull(7), reader.Time(5))),
                "SELECT position, log, seq, message_no, target, at, type, actor FROM feed WHERE tenant = $tenant AND position > $after ORDER BY position LIMIT $limit",
                tenant.Value, after, limit),
            cancellationToken);

    /// <inheritdoc/>
    public Task<long> ReadHeadAsync(TenantId tenant, CancellationToken cancellationToken) =>
        database.ReadAsync(connection => Head(connection, tenant), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<long>> ReadHeadsAsync(IReadOnlyList<TenantId> tenants, CancellationToken cancellationToken) =>
        tenants.Count == 0 ? Task.FromResult<IReadOnlyList<long>>([]) : database.ReadAsync<IReadOnlyList<long>>(connection => [.. tenants.Select(tenant => Head(connection, tenant))], cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<long>> ReadLastSeqsAsync(IReadOnlyList<LogId> logs, CancellationToken cancellationToken) =>
        logs.Count == 0
            ? Task.FromResult<IReadOnlyList<long>>([])
            : database.ReadAsync<IReadOnlyList<long>>(
                connection => [.. logs.Select(log => connection.Number("SELECT max(seq) FROM feed WHERE tenant = $tenant AND log = $log", log.Tenant.Value, log.Name) ?? 0)],
                cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<FeedLag>> ReadBehindAsync(string consumer, TenantId? after, int limit, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<FeedLag>>(
            connection => connection.List(
                reader => new FeedLag(new(reader.GetString(0)), reader.GetInt64(1), reader.GetInt64(2)),
                """
                SELECT h.tenant, coalesce(p.position, 0), h.position
                FROM feed_heads h LEFT JOIN feed_positions p ON p.consumer = $consumer AND p.tenant = h.tenant
                WHERE h.tenant > $after AND h.position > coalesce(p.position, 0)
                ORDER BY h.tenant LIMIT $limit
                """,
                consumer, after?.Value ?? string.Empty, limit),
            cancellationToken);

    /// <inheritdoc/>
    public Task<long> ReadPositionAsync(string consumer, TenantId tenant, CancellationToken cancellationToken) =>
        database.ReadAsync(connection => connection.Number("SELECT position FROM feed_positions WHERE consumer = $consumer AND tenant = $tenant", consumer, tenant.Value) ?? 0, cancellationToken);

    /// <inheritdoc/>
    public Task SavePositionAsync(string consumer, TenantId tenant, long position, long epoch, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection =>
            {
                var saved = connection.Execute(
                    """
                    INSERT INTO feed_positions (consumer, tenant, position, epoch) VALUES ($consumer, $tenant, $position, $epoch)
                    ON CONFLICT (consumer, tenant) DO UPDATE SET position = max(position, excluded.position), epoch = excluded.epoch WHERE epoch <= excluded.epoch
                    """,
                    consumer, tenant.Value, position, epoch);
                if (saved == 0)
                {
                    throw Fenced($"{consumer} in tenant {tenant}", epoch);
                }
            },
            cancellationToken);

    /// <inheritdoc/>
    public Task<SavedSourcePosition?> ReadSourcePositionAsync(string consumer, CancellationToken cancellationToken) =>
        database.ReadAsync(
            connection => connection.Find(
                reader => new SavedSourcePosition(new(reader.GetString(0)), reader.Time(1)),
                "SELECT position, at FROM feed_sources WHERE consumer = $consumer",
                consumer),
            cancellationToken);

    /// <inheritdoc/>
    public Task SaveSourcePositionAsync(string consumer, SourcePosition position, DateTimeOffset at, long epoch, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection =>
            {
                var saved = connection.Execute(
                    """
                    INSERT INTO feed_sources (consumer, position, at, epoch) VALUES ($consumer, $position, $at, $epoch)
                    ON CONFLICT (consumer) DO UPDATE SET position = excluded.position, at = excluded.at, epoch = excluded.epoch WHERE epoch <= excluded.epoch
                    """,
                    consumer, position.Value, at.ToUnixTimeMilliseconds(), epoch);
                if (saved == 0)
                {
                    throw Fenced(consumer, epoch);
                }
            },
            cancellationToken);

    private static void Append(SqliteConnection connection, IReadOnlyList<EntryHeader> headers, long epoch)
    {
        if (connection.Number("SELECT epoch FROM feed_sources WHERE consumer = $consumer", FeedConsumers.Projector) > epoch)
        {
            throw Fenced(FeedConsumers.Projector, epoch);
        }

        var heads = new Dictionary<TenantId, long>();
        foreach (var header in headers)
        {
            var tenant = header.Log.Tenant;
            var head = heads.TryGetValue(tenant, out var reached) ? reached : Head(connection, tenant);
            heads[tenant] = head + connection.Execute(
                """
                INSERT INTO feed (tenant, position, log, seq, message_no, target, at, type, actor)
                VALUES ($tenant, $position, $log, $seq, $message_no, $target, $at, $type, $actor)
                ON CONFLICT (tenant, log, seq) DO NOTHING
                """,
                tenant.Value, head + 1, header.Log.Name, header.Seq, header.MessageNo, header.Target, header.At.ToUnixTimeMilliseconds(), header.Type, header.ActorId);
        }

        foreach (var (tenant, head) in heads)
        {
            connection.Execute(
                "INSERT INTO feed_heads (tenant, position) VALUES ($tenant, $position) ON CONFLICT (tenant) DO UPDATE SET position = excluded.position",
                tenant.Value, head);
        }
    }

    private static long Head(SqliteConnection connection, TenantId tenant) =>
        connection.Number("SELECT position FROM feed_heads WHERE tenant = $tenant", tenant.Value) ?? 0;

    private static FencedException Fenced(string what, long epoch) => new($"The place of {what} was saved with an epoch above {epoch}.");
}
