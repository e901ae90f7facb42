using Caas.Core.Tokens;

namespace Caas.Adapters.Sqlite.Tokens;

/// <summary>The platform's signing keys in SQLite.</summary>
public sealed class SqliteSigningKeyStore(SqliteDatabase database) : ISigningKeyStore
{
    /// <inheritdoc/>
    public Task<IReadOnlyList<SigningKey>> ListAsync(CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<SigningKey>>(
            connection => connection.List(
                row => new SigningKey(row.GetString(0), row.GetInt64(1), row.GetString(2), row.Time(3), row.TimeOrNull(4)),
                "SELECT kid, number, sealed, created_at, verify_until FROM signing_keys ORDER BY number"),
            cancellationToken);

    /// <inheritdoc/>
    public Task<bool> AddAsync(SigningKey key, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection => connection.Execute(
                "INSERT INTO signing_keys (number, kid, sealed, created_at, verify_until) VALUES ($number, $kid, $sealed, $created, $until) ON CONFLICT DO NOTHING",
                key.Number, key.Kid, key.Sealed, key.CreatedAt.ToUnixTimeMilliseconds(), key.VerifyUntil?.ToUnixTimeMilliseconds()) > 0,
            cancellationToken);

    /// <inheritdoc/>
    public Task RetireAsync(string kid, DateTimeOffset verifyUntil, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection =>
            {
                connection.Execute("UPDATE signing_keys SET verify_until = $until WHERE kid = $kid", verifyUntil.ToUnixTimeMilliseconds(), kid);
            },
            cancellationToken);
}
