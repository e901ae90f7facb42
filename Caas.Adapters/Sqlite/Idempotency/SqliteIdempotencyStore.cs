using Caas.Core.Idempotency;

namespace Caas.Adapters.Sqlite.Idempotency;

/// <summary>Answers of calls with an <c>Idempotency-Key</c> in SQLite.</summary>
public sealed class SqliteIdempotencyStore(SqliteDatabase database) : IIdempotencyStore
{
    private const string Columns = "key, claim_id, request_hash, status, body, location, resource_id, expires_at";

    /// <inheritdoc/>
    public Task<IdempotencyRecord?> ClaimAsync(IdempotencyRecord claim, DateTimeOffset now, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection =>
            {
                var claimed = connection.Execute(
                    $"""
                    INSERT INTO idempotency ({Columns}) VALUES ($key, $claim, $hash, NULL, NULL, NULL, NULL, $expires)
                    ON CONFLICT (key) DO UPDATE SET claim_id = excluded.claim_id, request_hash = excluded.request_hash, status = NULL, body = NULL, location = NULL,
                      resource_id = NULL, expires_at = excluded.expires_at
                    WHERE idempotency.expires_at <= $now OR idempotency.claim_id = excluded.claim_id AND idempotency.status IS NULL
                    """,
                    claim.Key, claim.ClaimId, claim.RequestHash, claim.ExpiresAt.ToUnixTimeMilliseconds(), now.ToUnixTimeMilliseconds()) > 0;
                return claimed
                    ? null
                    : connection.Find(
                        row => new IdempotencyRecord(
                            row.GetString(0), row.GetString(1), row.GetString(2), (int?)row.NumberOrNull(3), row.TextOrNull(4), row.TextOrNull(5), row.TextOrNull(6), row.Time(7)),
                        $"SELECT {Columns} FROM idempotency WHERE key = $key", claim.Key);
            },
            cancellationToken);

    /// <inheritdoc/>
    public Task CompleteAsync(IdempotencyRecord record, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection => connection.Execute(
                """
                UPDATE idempotency SET status = $status, body = $body, location = $location, resource_id = $resource, expires_at = $expires
                WHERE key = $key AND claim_id = $claim
                """,
                record.Status, record.Body, record.Location, record.ResourceId, record.ExpiresAt.ToUnixTimeMilliseconds(), record.Key, record.ClaimId),
            cancellationToken);

    /// <inheritdoc/>
    public Task ReleaseAsync(string key, string claimId, CancellationToken cancellationToken) =>
        database.WriteAsync(connection => connection.Execute("DELETE FROM idempotency WHERE key = $key AND claim_id = $claim AND status IS NULL", key, claimId), cancellationToken);

    /// <inheritdoc/>
    public Task PruneAsync(DateTimeOffset now, CancellationToken cancellationToken) =>
        database.WriteAsync(connection => connection.Execute("DELETE FROM idempotency WHERE expires_at <= $now", now.ToUnixTimeMilliseconds()), cancellationToken);
}
