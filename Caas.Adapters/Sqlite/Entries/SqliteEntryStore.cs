using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Core.Messages;
using Microsoft.Data.Sqlite;

namespace Caas.Adapters.Sqlite.Entries;

/// <summary>The logs in SQLite. There is one writer at a time, so tail and insert are one step; the unique indexes stand behind it all the same.</summary>
internal sealed class SqliteEntryStore(SqliteDatabase database) : IEntryStore
{
    private const string Select = $"SELECT {EntryRow.Columns} FROM entries WHERE tenant = $tenant AND log = $log";

    /// <summary>Whatever has arrived goes into the next commit: calls that are held back would only miss it.</summary>
    public int UsefulConcurrentAppends => 256;

    public async Task<IReadOnlyList<AppendOutcome>> AppendAsync(IReadOnlyList<EntryDraft> drafts, CancellationToken cancellationToken) =>
        drafts.Count == 0 ? [] : await database.WriteAsync(connection => EntryAppend.Append(connection, drafts), cancellationToken);

    public async Task<IReadOnlyList<AppendOutcome>> AppendInTurnAsync(IReadOnlyList<EntryDraft> drafts) =>
        drafts.Count == 0 ? [] : await database.WriteAsync(connection => EntryAppend.Append(connection, drafts), WriteFollowUp.OnWriter, CancellationToken.None);

    public Task<LogTail> ReadTailAsync(LogId log, CancellationToken cancellationToken) =>
        database.ReadAsync(connection => ReadTail(connection, log), cancellationToken);

    public Task<IReadOnlyList<Entry>> ReadAfterAsync(LogId log, long afterSeq, int limit, CancellationToken cancellationToken) =>
        ListAsync(log, $"{Select} AND seq > $after ORDER BY seq LIMIT $limit", cancellationToken, afterSeq, limit);

    public Task<IReadOnlyList<Entry>> ReadManyAsync(LogId log, IReadOnlyCollection<long> seqs, CancellationToken cancellationToken) =>
        ListAsync(log, $"{Select} AND seq IN (SELECT value FROM json_each($seqs))", cancellationToken, $"[{string.Join(',', seqs)}]");

    public async Task<IReadOnlyList<Entry>> ReadManyAsync(TenantId tenant, IReadOnlyCollection<(LogId Log, long Seq)> places, CancellationToken cancellationToken) =>
        places.Count == 0 ? [] : await database.ReadAsync(
            connection => places.Select(place => connection.Find(row => EntryRow.Read(place.Log, row), $"{Select} AND seq = $seq", tenant.Value, place.Log.Name, place.Seq)).OfType<Entry>().ToList(),
            cancellationToken);

    public Task<Entry?> FindAsync(LogId log, string entryId, CancellationToken cancellationToken) =>
        database.ReadAsync(connection => connection.Find(row => EntryRow.Read(log, row), $"{Select} AND id = $id", log.Tenant.Value, log.Name, entryId), cancellationToken);

    public Task<Entry?> FindByClientIdAsync(LogId log, string? actor, string clientId, CancellationToken cancellationToken) =>
        database.ReadAsync(connection => connection.Find(row => EntryRow.Read(log, row), $"{Select} AND actor = $actor AND client_message_id = $client_message_id", log.Tenant.Value, log.Name, EntryRow.Actor(actor), clientId), cancellationToken);

    public Task<IReadOnlyList<Entry>> ReadMessagesAsync(LogId log, Direction direction, long from, int limit, CancellationToken cancellationToken) =>
        direction == Direction.Older
            ? ListAsync(log, $"{Select} AND target = 0 AND seq < $from ORDER BY seq DESC LIMIT $limit", cancellationToken, from, limit)
            : ListAsync(log, $"{Select} AND target = 0 AND seq > $from ORDER BY seq LIMIT $limit", cancellationToken, from, limit);

    public Task<IReadOnlyList<Entry>> ReadChangesAsync(LogId log, long target, long afterSeq, int limit, CancellationToken cancellationToken) =>
        ListAsync(log, $"{Select} AND target = $target AND seq > $after ORDER BY seq LIMIT $limit", cancellationToken, target, afterSeq, limit);

    public Task<bool> FoldAsync(LogId log, long messageSeq, long expectedRev, MessageState state, long rev, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection => connection.Execute(
                "UPDATE entries SET message = $message, deleted = max(deleted, $deleted), rev = $rev WHERE tenant = $tenant AND log = $log AND seq = $seq AND target = 0 AND rev = $expected",
                EntryRow.Json(state),
                state.DeletedAt is null ? 0 : 1,
                rev,
                log.Tenant.Value,
                log.Name,
                messageSeq,
                expectedRev) == 1,
            cancellationToken);

    public Task EraseChangesAsync(LogId log, long messageSeq, CancellationToken cancellationToken) =>
        messageSeq <= 0 ? Task.CompletedTask : database.WriteAsync(
            connection => connection.Execute(
                "UPDATE entries SET data = NULL WHERE tenant = $tenant AND log = $log AND target = $target AND data IS NOT NULL",
                log.Tenant.Value,
                log.Name,
                messageSeq),
            cancellationToken);

    /// <summary>The newest place of a log as <paramref name="connection"/> sees it.</summary>
    internal static LogTail ReadTail(SqliteConnection connection, LogId log)
    {
        using var row = connection.Query("SELECT seq, message_no FROM entries WHERE tenant = $tenant AND log = $log ORDER BY seq DESC LIMIT 1", log.Tenant.Value, log.Name);
        return row.Read() ? new(row.GetInt64(0), row.GetInt64(1)) : default;
    }

    private async Task<IReadOnlyList<Entry>> ListAsync(LogId log, string sql, CancellationToken cancellationToken, params object?[] values) =>
        await database.ReadAsync(connection => connection.List(row => EntryRow.Read(log, row), sql, [log.Tenant.Value, log.Name, .. values]), cancellationToken);
}
