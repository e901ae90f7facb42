using Caas.Core.Entries;
using Caas.Core.Search;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;

namespace Caas.Adapters.Sqlite.Search;

/// <summary>The index of messages' words in SQLite: an FTS5 table of tokens whose row ids go by time, and beside it which message a row is.</summary>
internal sealed class SqliteSearchStore(SqliteDatabase database, IOptions<SearchOptions> options) : ISearchStore
{
    /// <summary>How many rows of a conversation go at once: nobody's send waits long behind it.</summary>
    private const int ErasedAtOnce = 100;

    public Task ApplyAsync(IReadOnlyList<SearchDocument> documents, CancellationToken cancellationToken) => documents.Count == 0 ? Task.CompletedTask : database.WriteAsync(
        connection =>
        {
            var gone = documents.Select(document => document.Log).Distinct().Where(log => IsDeleted(connection, log)).ToHashSet();
            foreach (var document in documents.Where(document => !gone.Contains(document.Log)))
            {
                Apply(connection, document);
            }
        },
        cancellationToken);

    public async Task<SearchFound> FindAsync(SearchQuery query, CancellationToken cancellationToken)
    {
        var found = await database.ReadAsync(connection => SearchLimit.Run(connection, options.Value.Longest, () => SearchReading.Find(connection, query), cancellationToken), cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        return found ?? throw new SearchTooBroadException();
    }

    public async Task EraseAsync(LogId log, CancellationToken cancellationToken)
    {
        while (await database.WriteAsync(connection => Erase(connection, log), cancellationToken) == ErasedAtOnce)
        {
            // More is left.
        }
    }

    /// <summary>In the same write: what is deleted from now on is erased behind it.</summary>
    private static bool IsDeleted(SqliteConnection connection, LogId log) =>
        connection.Number("SELECT 1 FROM conversations WHERE tenant = $tenant AND id = $id AND deleted_at IS NOT NULL", log.Tenant.Value, log.Name) is not null;

    private static void Apply(SqliteConnection connection, SearchDocument document)
    {
        var tokens = document.Tokens.Count == 0 ? null : string.Join(' ', document.Tokens.Concat(SearchScope.TokensOf(document)));
        var (tenant, log) = (document.Log.Tenant.Value, document.Log.Name);
        var stored = connection.Find(row => new Row(row.GetInt64(0), row.GetInt64(1)), "SELECT id, rev FROM search_messages WHERE tenant = $tenant AND log = $log AND seq = $seq", tenant, log, document.Seq);
        if (stored is null)
        {
            var id = SearchIds.Next(connection, document.Log, document.At);
            connection.Execute("INSERT INTO search_messages (id, tenant, log, seq, rev) VALUES ($id, $tenant, $log, $seq, $rev)", id, tenant, log, document.Seq, document.Rev);
            Insert(connection, id, tokens);
        }
        else if (stored.Rev <= document.Rev)
        {
            connection.Execute("UPDATE search_messages SET rev = $rev WHERE id = $id", document.Rev, stored.Id);
            if (connection.Find(row => row.GetString(0), "SELECT tokens FROM search_tokens WHERE rowid = $id", stored.Id) != tokens)
            {
                connection.Execute("DELETE FROM search_tokens WHERE rowid = $id", stored.Id);
                Insert(connection, stored.Id, tokens);
            }
        }
    }

    private static void Insert(SqliteConnection connection, long id, string? tokens)
    {
        if (tokens is not null)
        {
            connection.Execute("INSERT INTO search_tokens (rowid, tokens) VALUES ($id, $tokens)", id, tokens);
        }
    }

    private static int Erase(SqliteConnection connection, LogId log)
    {
        var ids = connection.List(row => row.GetInt64(0), "SELECT id FROM search_messages WHERE tenant = $tenant AND log = $log LIMIT $limit", log.Tenant.Value, log.Name, ErasedAtOnce);
        foreach (var id in ids)
        {
            connection.Execute("DELETE FROM search_tokens WHERE rowid = $id", id);
            connection.Execute("DELETE FROM search_messages WHERE id = $id", id);
        }

        return ids.Count;
    }

    private sealed record Row(long Id, long Rev);
}
