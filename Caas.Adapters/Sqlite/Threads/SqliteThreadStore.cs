using Caas.Adapters.Sqlite.Entries;
using Caas.Core.Entries;
using Caas.Core.Threads;

namespace Caas.Adapters.Sqlite.Threads;

/// <summary>Threads in the rows of the entries. A read sees one state of the file, so that two statements are of one moment.</summary>
internal sealed class SqliteThreadStore(SqliteDatabase database) : IThreadStore
{
    private const string Select = $"SELECT {EntryRow.Columns} FROM entries WHERE tenant = $tenant AND log = $log";
    private const string Replies = $"{Select} AND thread = $thread AND thread > 0 AND target = 0";
    private const string Counted = "tenant = $tenant AND log = $log AND thread = $thread AND thread > 0 AND target = 0 AND deleted = 0 AND seq <= $up_to";

    public async Task<IReadOnlyList<Entry>> ReadChangesAsync(LogId log, long messageSeq, long afterSeq, int limit, CancellationToken cancellationToken) => await database.ReadAsync(
        connection => ThreadChanges.Merge(
            connection.List(row => EntryRow.Read(log, row), $"{Select} AND target = $target AND seq > $after ORDER BY seq LIMIT $limit", log.Tenant.Value, log.Name, messageSeq, afterSeq, limit),
            connection.List(row => EntryRow.Read(log, row), $"{Select} AND thread = $thread AND thread > 0 AND seq > $after ORDER BY seq LIMIT $limit", log.Tenant.Value, log.Name, messageSeq, afterSeq, limit),
            limit),
        cancellationToken);

    public async Task<IReadOnlyList<Entry>> ReadRepliesAsync(LogId log, long messageSeq, Direction direction, long from, int limit, CancellationToken cancellationToken) => await database.ReadAsync(
        connection => connection.List(
            row => EntryRow.Read(log, row),
            direction == Direction.Older ? $"{Replies} AND seq < $from ORDER BY seq DESC LIMIT $limit" : $"{Replies} AND seq > $from ORDER BY seq LIMIT $limit",
            log.Tenant.Value,
            log.Name,
            messageSeq,
            from,
            limit),
        cancellationToken);

    public Task<ThreadCount> CountAsync(LogId log, long messageSeq, long upToSeq, int first, CancellationToken cancellationToken) => database.ReadAsync(
        connection =>
        {
            var replies = (int)(connection.Number($"SELECT count(*) FROM entries WHERE {Counted}", log.Tenant.Value, log.Name, messageSeq, upToSeq) ?? 0);
            if (replies == 0)
            {
                return new ThreadCount(0, null);
            }

            var last = connection.Number($"SELECT max(at) FROM entries WHERE {Counted}", log.Tenant.Value, log.Name, messageSeq, upToSeq)!.Value;
            var people = (int)(connection.Number($"SELECT count(*) FROM (SELECT actor FROM entries WHERE {Counted} AND actor <> '' GROUP BY actor)", log.Tenant.Value, log.Name, messageSeq, upToSeq) ?? 0);
            var named = connection.List(
                row => row.GetString(0),
                $"SELECT actor FROM entries WHERE {Counted} AND actor <> '' GROUP BY actor ORDER BY min(seq) LIMIT $first",
                log.Tenant.Value,
                log.Name,
                messageSeq,
                upToSeq,
                first);
            return new ThreadCount(replies, new(named, people, DateTimeOffset.FromUnixTimeMilliseconds(last)));
        },
        cancellationToken);
}
