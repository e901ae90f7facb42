using Caas.Adapters.Sqlite.Entries;
using Caas.Core.Entries;
using Caas.Core.Exports;
using Caas.Core.Ids;

namespace Caas.Adapters.Sqlite.Exports;

/// <summary>Looks a user up in each conversation by the indexes that stand for other reasons: rare enough to need none of its own.</summary>
internal sealed class SqliteUserTraceStore(SqliteDatabase database) : IUserTraceStore
{
    /// <summary>So many conversations are looked at in one read.</summary>
    private const int AtOnce = 2_000;

    public Task<UserTraces> FindConversationsAsync(TenantId tenant, UserId user, ConversationId? after, CancellationToken cancellationToken) => database.ReadAsync(
        connection =>
        {
            var looked = connection.List(
                row => (Id: new ConversationId(row.GetString(0)), Found: row.GetInt64(1) != 0),
                """
                SELECT c.id,
                  EXISTS (SELECT 1 FROM members AS m WHERE m.tenant = $tenant AND m.conversation = c.id AND m.user = $user)
                  OR EXISTS (SELECT 1 FROM entries AS e INDEXED BY entries_by_client_id WHERE e.tenant = $tenant AND e.log = c.id AND e.actor = $user)
                FROM conversations AS c WHERE c.tenant = $tenant AND c.id > $after ORDER BY c.id LIMIT $limit
                """,
                tenant.Value,
                user.Value,
                after?.Value ?? "",
                AtOnce);
            return new UserTraces([.. looked.Where(one => one.Found).Select(one => one.Id)], looked.Count < AtOnce ? null : looked[^1].Id);
        },
        cancellationToken);

    public async Task<IReadOnlyList<Entry>> ReadByActorAsync(LogId log, UserId actor, long afterSeq, int limit, CancellationToken cancellationToken) => await database.ReadAsync(
        connection => connection.List(
            row => EntryRow.Read(log, row),
            $"SELECT {EntryRow.Columns} FROM entries INDEXED BY entries_by_seq WHERE tenant = $tenant AND log = $log AND seq > $after AND actor = $actor ORDER BY seq LIMIT $limit",
            log.Tenant.Value,
            log.Name,
            afterSeq,
            actor.Value,
            limit),
        cancellationToken);
}
