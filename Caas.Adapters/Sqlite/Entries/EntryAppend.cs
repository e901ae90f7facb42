using Caas.Core.Entries;
using Microsoft.Data.Sqlite;

namespace Caas.Adapters.Sqlite.Entries;

/// <summary>Appends drafts inside the writer's transaction, where nobody else can move a log's tail.</summary>
internal static class EntryAppend
{
    public static AppendOutcome[] Append(SqliteConnection connection, IReadOnlyList<EntryDraft> drafts)
    {
        var tails = ((StatementConnection)connection).Cache<LogTails>();
        var outcomes = new AppendOutcome[drafts.Count];
        for (var i = 0; i < outcomes.Length; i++)
        {
            outcomes[i] = Append(connection, tails, drafts[i]);
        }

        return outcomes;
    }

    private static AppendOutcome Append(SqliteConnection connection, LogTails tails, EntryDraft draft)
    {
        var tail = tails.Find(connection, draft.Log);
        if (draft.OnlyFirst && tail.Seq > 0)
        {
            return FindEarlier(connection, draft) ?? new(AppendStatus.LogExists, null);
        }

        var entry = draft.PlacedAt(tail.Next(draft));
        if (!Insert(connection, entry))
        {
            return FindEarlier(connection, draft) ?? throw new InvalidOperationException($"A row of log {draft.Log} has gone within one transaction.");
        }

        tails.Set(draft.Log, new(entry.Seq, entry.MessageNo));
        return new(AppendStatus.Appended, entry);
    }

    private static bool Insert(SqliteConnection connection, Entry entry) =>
        connection.Execute(
            """
            INSERT INTO entries (tenant, log, seq, message_no, target, thread, rev, at, deleted, shadowed, id, type, actor, client_message_id, content_hash, data, message)
            VALUES ($tenant, $log, $seq, $message_no, $target, $thread, $rev, $at, $deleted, $shadowed, $id, $type, $actor, $client_message_id, $content_hash, $data, $message)
            ON CONFLICT (tenant, log, actor, client_message_id) DO NOTHING
            """,
            entry.Log.Tenant.Value,
            entry.Log.Name,
            entry.Seq,
            entry.MessageNo,
            entry.Target,
            entry.Thread,
            entry.Rev,
            entry.At.ToUnixTimeMilliseconds(),
            entry.Message is { } message && (entry.Shadowed || message.DeletedAt is not null) ? 1 : 0,
            entry.Shadowed ? 1 : 0,
            entry.Id,
            entry.Type,
            EntryRow.Actor(entry.ActorId),
            entry.ClientMessageId,
            entry.ContentHash,
            entry.Data?.GetRawText(),
            EntryRow.Json(entry.Message)) == 1;

    private static AppendOutcome? FindEarlier(SqliteConnection connection, EntryDraft draft)
    {
        var earlier = connection.Find(
            row => EntryRow.Read(draft.Log, row),
            $"SELECT {EntryRow.Columns} FROM entries WHERE tenant = $tenant AND log = $log AND actor = $actor AND client_message_id = $client_message_id",
            draft.Log.Tenant.Value,
            draft.Log.Name,
            EntryRow.Actor(draft.ActorId),
            draft.ClientMessageId);
        return earlier is null ? null
            : earlier.ContentHash == draft.ContentHash ? new(AppendStatus.Duplicate, earlier)
            : new(AppendStatus.ClientIdReused, null);
    }

    /// <summary>The tails of logs that were written lately; the connection forgets them when they may be wrong.</summary>
    private sealed class LogTails
    {
        private const int Most = 50_000;

        private readonly Dictionary<LogId, LogTail> _tails = [];

        public LogTail Find(SqliteConnection connection, LogId log)
        {
            if (!_tails.TryGetValue(log, out var tail))
            {
                tail = SqliteEntryStore.ReadTail(connection, log);
                Set(log, tail);
            }

            return tail;
        }

        public void Set(LogId log, LogTail tail)
        {
            if (_tails.Count >= Most)
            {
                _tails.Clear();
            }

            _tails[log] = tail;
        }
    }
}
