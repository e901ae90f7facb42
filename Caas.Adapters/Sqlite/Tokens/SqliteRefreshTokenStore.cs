using Caas.Core.Ids;
using Caas.Core.Tokens;
using Microsoft.Data.Sqlite;

namespace Caas.Adapters.Sqlite.Tokens;

/// <summary>Refresh tokens in SQLite.</summary>
public sealed class SqliteRefreshTokenStore(SqliteDatabase database) : IRefreshTokenStore
{
    private const string Columns = "hash, tenant, user, family, access_token_id, issued_at, expires_at, used_at, revoked_at";

    /// <inheritdoc/>
    public Task AddAsync(RefreshToken token, CancellationToken cancellationToken) =>
        WriteAsync(
            connection => connection.Execute(
                $"INSERT INTO refresh_tokens ({Columns}) VALUES ($hash, $tenant, $user, $family, $access, $issued, $expires, $used, $revoked) ON CONFLICT DO NOTHING",
                token.Hash,
                token.Tenant.Value,
                token.User.Value,
                token.Family,
                token.AccessTokenId,
                token.IssuedAt.ToUnixTimeMilliseconds(),
                token.ExpiresAt.ToUnixTimeMilliseconds(),
                token.UsedAt?.ToUnixTimeMilliseconds(),
                token.RevokedAt?.ToUnixTimeMilliseconds()),
            cancellationToken);

    /// <inheritdoc/>
    public Task<RefreshToken?> FindAsync(string hash, CancellationToken cancellationToken) =>
        database.ReadAsync(
            connection => connection.Find(
                row => new RefreshToken(
                    row.GetString(0), new TenantId(row.GetString(1)), new UserId(row.GetString(2)), row.GetString(3), row.GetString(4), row.Time(5), row.Time(6), row.TimeOrNull(7), row.TimeOrNull(8)),
                $"SELECT {Columns} FROM refresh_tokens WHERE hash = $hash", hash),
            cancellationToken);

    /// <inheritdoc/>
    public Task<bool> TryUseAsync(string hash, DateTimeOffset at, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection => connection.Execute("UPDATE refresh_tokens SET used_at = $at WHERE hash = $hash AND used_at IS NULL AND revoked_at IS NULL", at.ToUnixTimeMilliseconds(), hash) > 0,
            cancellationToken);

    /// <inheritdoc/>
    public Task RevokeFamilyAsync(TenantId tenant, string family, DateTimeOffset at, CancellationToken cancellationToken) =>
        WriteAsync(
            connection => connection.Execute(
                "UPDATE refresh_tokens SET revoked_at = $at WHERE tenant = $tenant AND family = $family AND revoked_at IS NULL", at.ToUnixTimeMilliseconds(), tenant.Value, family),
            cancellationToken);

    /// <inheritdoc/>
    public Task RevokeUserAsync(TenantId tenant, UserId user, DateTimeOffset issuedBefore, DateTimeOffset at, CancellationToken cancellationToken) =>
        WriteAsync(
            connection => connection.Execute(
                "UPDATE refresh_tokens SET revoked_at = $at WHERE tenant = $tenant AND user = $user AND issued_at < $before AND revoked_at IS NULL",
                at.ToUnixTimeMilliseconds(), tenant.Value, user.Value, issuedBefore.ToUnixTimeMilliseconds()),
            cancellationToken);

    /// <inheritdoc/>
    public Task PruneAsync(DateTimeOffset endedBefore, CancellationToken cancellationToken) =>
        WriteAsync(connection => connection.Execute("DELETE FROM refresh_tokens WHERE expires_at < $before", endedBefore.ToUnixTimeMilliseconds()), cancellationToken);

    private Task<int> WriteAsync(Func<SqliteConnection, int> work, CancellationToken cancellationToken) => database.WriteAsync(work, cancellationToken);
}
