using Caas.Contracts;
using Caas.Core.Attachments;
using Caas.Core.Ids;
using Microsoft.Data.Sqlite;

namespace Caas.Adapters.Sqlite.Attachments;

/// <summary>Attachments in SQLite. A condemned one keeps its time, so that a sweep which died finds it again.</summary>
internal sealed class SqliteAttachmentStore(SqliteDatabase database) : IAttachmentStore
{
    private const string Columns = "tenant, id, uploader, name, type, size, url, created_at, ready, width, height, thumbnail_type, thumbnail_size";

    public Task AddAsync(StoredAttachment attachment, DateTimeOffset expiresAt, CancellationToken cancellationToken) => database.WriteAsync(
        connection => connection.Execute(
            """
            INSERT INTO attachments (tenant, id, uploader, name, type, size, url, created_at, expires_at)
            VALUES ($tenant, $id, $uploader, $name, $type, $size, $url, $created_at, $expires_at) ON CONFLICT DO NOTHING
            """,
            attachment.Tenant.Value,
            attachment.Id,
            attachment.Uploader?.Value,
            attachment.Name,
            attachment.Type,
            attachment.Size,
            attachment.Url,
            attachment.CreatedAt.ToUnixTimeMilliseconds(),
            expiresAt.ToUnixTimeMilliseconds()),
        cancellationToken);

    public async Task<IReadOnlyList<StoredAttachment>> FindManyAsync(TenantId tenant, IReadOnlyCollection<string> ids, CancellationToken cancellationToken) => await database.ReadAsync(
        connection => ids.Distinct().Select(id => connection.Find(Read, $"SELECT {Columns} FROM attachments WHERE tenant = $tenant AND id = $id AND condemned = 0", tenant.Value, id)).OfType<StoredAttachment>().ToList(),
        cancellationToken);

    public Task<bool> CompleteAsync(TenantId tenant, string id, FileFacts facts, DateTimeOffset expiresAt, CancellationToken cancellationToken) => database.WriteAsync(
        connection => connection.Execute(
            """
            UPDATE attachments SET ready = 1, width = $width, height = $height, thumbnail_type = $thumbnail_type, thumbnail_size = $thumbnail_size, expires_at = $expires_at
            WHERE tenant = $tenant AND id = $id AND ready = 0 AND condemned = 0
            """,
            facts.Width,
            facts.Height,
            facts.ThumbnailType,
            facts.ThumbnailSize,
            expiresAt.ToUnixTimeMilliseconds(),
            tenant.Value,
            id) == 1,
        cancellationToken);

    public async Task<IReadOnlyList<ExpiredAttachment>> ListExpiredAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken) => await database.ReadAsync(
        connection => connection.List(row => new ExpiredAttachment(Read(row), row.Time(13)), $"SELECT {Columns}, expires_at FROM attachments WHERE expires_at <= $now ORDER BY expires_at LIMIT $limit", now.ToUnixTimeMilliseconds(), limit),
        cancellationToken);

    public Task KeepAsync(TenantId tenant, string id, DateTimeOffset seen, CancellationToken cancellationToken) => database.WriteAsync(
        connection => connection.Execute("UPDATE attachments SET expires_at = NULL, condemned = 0 WHERE tenant = $tenant AND id = $id AND expires_at = $seen", tenant.Value, id, seen.ToUnixTimeMilliseconds()),
        cancellationToken);

    public Task<bool> TryCondemnAsync(TenantId tenant, string id, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(
        connection => connection.Execute("UPDATE attachments SET condemned = 1 WHERE tenant = $tenant AND id = $id AND expires_at <= $now", tenant.Value, id, now.ToUnixTimeMilliseconds()) == 1,
        cancellationToken);

    public Task RemoveAsync(TenantId tenant, string id, CancellationToken cancellationToken) => database.WriteAsync(
        connection =>
        {
            connection.Execute("DELETE FROM attachment_uses WHERE tenant = $tenant AND attachment = $id", tenant.Value, id);
            connection.Execute("DELETE FROM attachments WHERE tenant = $tenant AND id = $id", tenant.Value, id);
        },
        cancellationToken);

    public Task ForgetAsync(TenantId tenant, string id, DateTimeOffset sweepAt, CancellationToken cancellationToken) => database.WriteAsync(
        connection =>
        {
            connection.Execute("DELETE FROM attachment_uses WHERE tenant = $tenant AND attachment = $id", tenant.Value, id);
            connection.Execute(
                """
                UPDATE attachments SET uploader = NULL, name = '', size = 0, width = NULL, height = NULL, thumbnail_type = NULL, thumbnail_size = 0, condemned = 1, expires_at = $at
                WHERE tenant = $tenant AND id = $id
                """,
                sweepAt.ToUnixTimeMilliseconds(),
                tenant.Value,
                id);
        },
        cancellationToken);

    public async Task<IReadOnlyList<StoredAttachment>> ListByUploaderAsync(TenantId tenant, UserId uploader, string? after, int limit, CancellationToken cancellationToken) => await database.ReadAsync(
        connection => connection.List(Read, $"SELECT {Columns} FROM attachments WHERE tenant = $tenant AND uploader = $uploader AND id > $after ORDER BY id LIMIT $limit", tenant.Value, uploader.Value, after ?? "", limit),
        cancellationToken);

    public async Task<IReadOnlyList<StoredAttachment>> ListAsync(TenantId tenant, int limit, CancellationToken cancellationToken) => await database.ReadAsync(
        connection => connection.List(Read, $"SELECT {Columns} FROM attachments WHERE tenant = $tenant LIMIT $limit", tenant.Value, limit),
        cancellationToken);

    public async Task<AttachmentTotals> CountPendingAsync(TenantId tenant, UserId uploader, CancellationToken cancellationToken) => await database.ReadAsync(
        connection => connection.Find(ReadTotals, "SELECT count(*), coalesce(sum(size), 0) FROM attachments INDEXED BY attachments_pending WHERE tenant = $tenant AND uploader = $uploader AND ready = 0", tenant.Value, uploader.Value),
        cancellationToken) ?? new(0, 0);

    public async Task<AttachmentTotals> CountAsync(TenantId tenant, CancellationToken cancellationToken) => await database.ReadAsync(
        connection => connection.Find(ReadTotals, "SELECT count(*), coalesce(sum(size + thumbnail_size), 0) FROM attachments WHERE tenant = $tenant", tenant.Value),
        cancellationToken) ?? new(0, 0);

    private static AttachmentTotals ReadTotals(SqliteDataReader row) => new(row.GetInt64(0), row.GetInt64(1));

    private static StoredAttachment Read(SqliteDataReader row) => new()
    {
        Tenant = new(row.GetString(0)),
        Id = row.GetString(1),
        Uploader = row.TextOrNull(2) is { } uploader ? new UserId(uploader) : null,
        Name = row.GetString(3),
        Type = row.GetString(4),
        Size = row.GetInt64(5),
        Url = row.GetString(6),
        CreatedAt = row.Time(7),
        Status = row.GetInt64(8) == 1 ? AttachmentStatus.Ready : AttachmentStatus.Pending,
        Facts = new((int?)row.NumberOrNull(9), (int?)row.NumberOrNull(10), row.TextOrNull(11), row.GetInt64(12)),
    };
}
