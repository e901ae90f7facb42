using Caas.Adapters.Sqlite.Entries;
using Caas.Core.Entries;
using Caas.Core.Exports;
using Caas.Core.Ids;
using Microsoft.Data.Sqlite;

namespace Caas.Adapters.Sqlite.Exports;

/// <summary>Looks a user up in each conversation by the indexes that stand for other reasons: rare enough to need none of its own.</summary>
internal sealed class SqliteUserTraceStore(SqliteDatabase database) : IUserTraceStore
{
    /// <summary>So many conversations are looked at in one read.</summary>
    private const int AtOnce = 2_000;

    /// <summary>Who wrote fewer entries in a log is read by them; of others' logs one stretch is looked through at a time.</summary>
    internal int Few { get; init; } = 1_000;

    internal int Stretch { get; init; } = 5_000;

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

    public Task<UserEntries> ReadByActorAsync(LogId log, UserId actor, long afterSeq, int limit, CancellationToken cancellationToken) => database.ReadAsync(
        connection =>
        {
            var seqs = connection.List(
                row => row.GetInt64(0),
                "SELECT seq FROM entries INDEXED BY entries_by_client_id WHERE tenant = $tenant AND log = $log AND actor = $actor LIMIT $few",
                log.Tenant.Value,
                log.Name,
                actor.Value,
                Few);
            return seqs.Count < Few ? ReadFew(connection, log, [.. seqs.Where(seq => seq > afterSeq).Order()], limit) : ReadStretch(connection, log, actor, afterSeq, limit);
        },
        cancellationToken);

    private static UserEntries ReadFew(SqliteConnection connection, LogId log, long[] seqs, int limit)
    {
        var page = seqs.Length > limit ? seqs[..limit] : seqs;
        return new(
            [.. page.Select(seq => connection.Find(row => EntryRow.Read(log, row), $"SELECT {EntryRow.Columns} FROM entries WHERE tenant = $tenant AND log = $log AND seq = $seq", log.Tenant.Value, log.Name, seq)).OfType<Entry>()],
            seqs.Length > limit ? page[^1] : null);
    }

    private UserEntries ReadStretch(SqliteConnection connection, LogId log, UserId actor, long afterSeq, int limit)
    {
        var upTo = afterSeq + Stretch;
        var found = connection.List(
            row => EntryRow.Read(log, row),
            $"SELECT {EntryRow.Columns} FROM entries INDEXED BY entries_by_seq WHERE tenant = $tenant AND log = $log AND seq > $after AND seq <= $up_to AND actor = $actor ORDER BY seq LIMIT $limit",
            log.Tenant.Value,
            log.Name,
            afterSeq,
            upTo,
            actor.Value,
            limit);
        return found.Count == limit
            ? new(found, found[^1].Seq)
            : new(found, connection.Number("SELECT max(seq) FROM entries WHERE tenant = $tenant AND log = $log", log.Tenant.Value, log.Name) > upTo ? upTo : null);
    }
}
