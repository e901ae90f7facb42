using Caas.Contracts;
using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Core.Reactions;

namespace Caas.Adapters.Sqlite.Reactions;

internal sealed class SqliteReactionStore(SqliteDatabase database) : IReactionStore
{
    public Task ApplyAsync(LogId log, IReadOnlyList<Reaction> reactions, CancellationToken cancellationToken) =>
        reactions.Count == 0 ? Task.CompletedTask : database.WriteAsync(
            connection =>
            {
                foreach (var reaction in reactions)
                {
                    connection.Execute(
                        """
                        INSERT INTO reactions (tenant, log, message_seq, emoji, user, seq, removed)
                        VALUES ($tenant, $log, $message_seq, $emoji, $user, $seq, $removed)
                        ON CONFLICT (tenant, log, message_seq, emoji, user) DO UPDATE SET seq = excluded.seq, removed = excluded.removed WHERE excluded.seq > seq
                        """,
                        log.Tenant.Value,
                        log.Name,
                        reaction.MessageSeq,
                        reaction.Emoji,
                        reaction.User.Value,
                        reaction.Seq,
                        reaction.Removed ? 1 : 0);
                }
            },
            cancellationToken);

    public Task<Reaction?> FindAsync(LogId log, long messageSeq, string emoji, UserId user, CancellationToken cancellationToken) =>
        database.ReadAsync(
            connection => connection.Find(
                row => new Reaction(messageSeq, emoji, user, row.GetInt64(0), row.GetInt64(1) != 0),
                "SELECT seq, removed FROM reactions WHERE tenant = $tenant AND log = $log AND message_seq = $message_seq AND emoji = $emoji AND user = $user",
                log.Tenant.Value,
                log.Name,
                messageSeq,
                emoji,
                user.Value),
            cancellationToken);

    public async Task<IReadOnlyDictionary<string, ReactionSummary>> SummarizeAsync(LogId log, long messageSeq, int first, CancellationToken cancellationToken) =>
        await database.ReadAsync(
            connection =>
            {
                var counts = connection.List(
                    row => (Emoji: row.GetString(0), Count: row.GetInt32(1)),
                    """
                    SELECT emoji, count(*) FROM reactions
                    WHERE tenant = $tenant AND log = $log AND message_seq = $message_seq AND removed = 0
                    GROUP BY emoji ORDER BY min(seq), emoji
                    """,
                    log.Tenant.Value,
                    log.Name,
                    messageSeq);
                return counts.ToDictionary(
                    count => count.Emoji,
                    count => new ReactionSummary(
                        count.Count,
                        connection.List(
                            row => row.GetString(0),
                            """
                            SELECT user FROM reactions
                            WHERE tenant = $tenant AND log = $log AND message_seq = $message_seq AND emoji = $emoji AND removed = 0
                            ORDER BY seq, user LIMIT $first
                            """,
                            log.Tenant.Value,
                            log.Name,
                            messageSeq,
                            count.Emoji,
                            first)));
            },
            cancellationToken);

    public Task EraseAsync(LogId log, long messageSeq, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection => connection.Execute("DELETE FROM reactions WHERE tenant = $tenant AND log = $log AND message_seq = $message_seq", log.Tenant.Value, log.Name, messageSeq),
            cancellationToken);
}
