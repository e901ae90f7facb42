using System.Globalization;
using Caas.Core.Ids;
using Caas.Core.Tokens;
using Microsoft.Data.Sqlite;

namespace Caas.Adapters.Sqlite.Tokens;

/// <summary>Revocations in SQLite. There is one writer at a time, so the row's number is the order of commits and a reader's position.</summary>
public sealed class SqliteRevocationStore(SqliteDatabase database) : IRevocationStore
{
    /// <inheritdoc/>
    public Task AddAsync(Revocation revocation, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection =>
            {
                connection.Execute(
                    """
                    INSERT INTO revocations (id, kind, tenant, user, token_id, before, conversation, seq, at, until)
                    VALUES ($id, $kind, $tenant, $user, $token, $before, $conversation, $seq, $at, $until) ON CONFLICT DO NOTHING
                    """,
                    revocation.Id,
                    SqliteStatements.EnumText(revocation.Kind),
                    revocation.Tenant.Value,
                    revocation.User?.Value,
                    revocation.TokenId,
                    revocation.Before?.ToUnixTimeMilliseconds(),
                    revocation.Conversation?.Value,
                    revocation.Seq,
                    revocation.At.ToUnixTimeMilliseconds(),
                    revocation.Until.ToUnixTimeMilliseconds());
            },
            cancellationToken);

    /// <inheritdoc/>
    public async Task<(IReadOnlyList<Revocation> Items, string Position)> ReadAfterAsync(string? after, CancellationToken cancellationToken)
    {
        var from = after is null ? 0 : long.Parse(after, CultureInfo.InvariantCulture);
        var rows = await database.ReadAsync(
            connection => connection.List(
                row => (Number: row.GetInt64(0), Revocation: Read(row)),
                "SELECT number, id, kind, tenant, user, token_id, before, conversation, seq, at, until FROM revocations WHERE number > $after ORDER BY number", from),
            cancellationToken);
        return ([.. rows.Select(row => row.Revocation)], (rows.Count == 0 ? from : rows[^1].Number).ToString(CultureInfo.InvariantCulture));
    }

    /// <inheritdoc/>
    public Task PruneAsync(DateTimeOffset now, CancellationToken cancellationToken) =>
        database.WriteAsync(connection => connection.Execute("DELETE FROM revocations WHERE until <= $now", now.ToUnixTimeMilliseconds()), cancellationToken);

    private static Revocation Read(SqliteDataReader row) => new(
        row.GetString(1),
        row.Enum<RevocationKind>(2),
        new(row.GetString(3)),
        row.TextOrNull(4) is { } user ? new UserId(user) : null,
        row.TextOrNull(5),
        row.TimeOrNull(6),
        row.TextOrNull(7) is { } conversation ? new ConversationId(conversation) : null,
        row.NumberOrNull(8),
        row.Time(9),
        row.Time(10));
}
