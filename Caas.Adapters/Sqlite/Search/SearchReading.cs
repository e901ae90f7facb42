using System.Globalization;
using Caas.Core.Entries;
using Caas.Core.Search;
using Microsoft.Data.Sqlite;

namespace Caas.Adapters.Sqlite.Search;

/// <summary>
/// How messages are found. What has the words is walked from the newest on. Of a reader's few conversations the index itself is asked; of more, a row's id says whether it may be one of them; who is in
/// very many is looked up as their member row by row. A page ends early rather than that it walks on for ever.
/// </summary>
internal static class SearchReading
{
    /// <summary>In so few conversations the index is asked for them: who walked would walk far.</summary>
    private const int Few = 16;

    /// <summary>In more conversations than this an id tells little.</summary>
    private const int Many = 2_000;

    /// <summary>So much is walked where each row is looked up, and where ids tell.</summary>
    private const int LongestWalk = 10_000;

    private const int LongestWalkByIds = 40_000;

    private const string Candidates = "SELECT rowid AS id FROM search_tokens WHERE search_tokens MATCH $match AND rowid < $before ORDER BY rowid DESC LIMIT $most";

    private const string Found =
        $"""
        SELECT s.id, s.log, s.seq FROM ({Candidates}) AS page
        CROSS JOIN search_messages AS s ON s.id = page.id
        CROSS JOIN conversations AS c ON c.tenant = s.tenant AND c.id = s.log
        WHERE s.tenant = $tenant AND c.deleted_at IS NULL LIMIT $limit
        """;

    private const string Member =
        """
        CROSS JOIN search_messages AS s ON s.id = page.id
        CROSS JOIN members AS m ON m.tenant = s.tenant AND m.conversation = s.log AND m.user = $user
        CROSS JOIN conversations AS c ON c.tenant = s.tenant AND c.id = s.log
        WHERE s.tenant = $tenant AND m.removed = 0 AND c.deleted_at IS NULL
        """;

    private const string FoundByMember = $"SELECT s.id, s.log, s.seq FROM ({Candidates}) AS page {Member} LIMIT $limit";

    private static readonly string FoundByIds = $"SELECT s.id, s.log, s.seq FROM ({Candidates}) AS page {Member} AND {SearchIds.HashOfId("page.id")} IN (SELECT value FROM json_each($hashes)) LIMIT $limit";

    public static SearchFound Find(SqliteConnection connection, SearchQuery query)
    {
        if (query.Conversation is { } conversation)
        {
            return Walk(connection, query, InConversations(query, [conversation.Value]));
        }

        if (query.Member is not { } member)
        {
            return Walk(connection, query, InTenant(query));
        }

        var own = connection.List(
            row => row.GetString(0),
            "SELECT m.conversation FROM members AS m INDEXED BY members_by_user WHERE m.tenant = $tenant AND m.user = $user AND m.removed = 0 LIMIT $limit",
            query.Tenant.Value,
            member.Value,
            Many + 1);
        return own.Count switch
        {
            0 => new([], null),
            <= Few => Walk(connection, query, InConversations(query, own)),
            <= Many => WalkByIds(connection, query, own),
            _ => Walk(connection, query, InTenant(query)),
        };
    }

    private static SearchFound Walk(SqliteConnection connection, SearchQuery query, string match)
    {
        var before = BeforeOf(query);
        var hits = query.Member is { } member
            ? connection.List(row => Hit(query, row), FoundByMember, match, before, LongestWalk, member.Value, query.Tenant.Value, query.Limit)
            : connection.List(row => Hit(query, row), Found, match, before, LongestWalk, query.Tenant.Value, query.Limit);
        return PageOf(connection, query, hits, match, before, LongestWalk);
    }

    private static SearchFound WalkByIds(SqliteConnection connection, SearchQuery query, IReadOnlyList<string> conversations)
    {
        var (before, match) = (BeforeOf(query), InTenant(query));
        var hashes = $"[{string.Join(',', conversations.Select(conversation => SearchIds.HashOf(new(query.Tenant, conversation))).Distinct())}]";
        var hits = connection.List(row => Hit(query, row), FoundByIds, match, before, LongestWalkByIds, query.Member!.Value.Value, query.Tenant.Value, hashes, query.Limit);
        return PageOf(connection, query, hits, match, before, LongestWalkByIds);
    }

    /// <summary>What was found, and where to go on: behind the last of a full page, else behind all that was walked; null when that was all.</summary>
    private static SearchFound PageOf(SqliteConnection connection, SearchQuery query, IReadOnlyList<SearchHit> hits, string match, long before, int walked)
    {
        if (hits.Count == query.Limit)
        {
            return new(hits, hits[^1].Place);
        }

        var end = connection.Number($"SELECT id FROM ({Candidates}) LIMIT 1 OFFSET $last", match, before, walked, walked - 1);
        return new(hits, end is { } last ? Text(last) : null);
    }

    private static SearchHit Hit(SearchQuery query, SqliteDataReader row) => new(new LogId(query.Tenant, row.GetString(1)), row.GetInt64(2), Text(row.GetInt64(0)));

    private static long BeforeOf(SearchQuery query) => Math.Min(
        query.After is { } place ? long.Parse(place, CultureInfo.InvariantCulture) : long.MaxValue,
        query.Before is { } time ? SearchIds.EndOf(time) : long.MaxValue);

    private static string InTenant(SearchQuery query) => $"{Words(query)} AND \"{SearchScope.OfTenant(query.Tenant)}\"";

    private static string InConversations(SearchQuery query, IReadOnlyList<string> conversations) =>
        $"{Words(query)} AND ({string.Join(" OR ", conversations.Select(conversation => $"\"{SearchScope.OfConversation(query.Tenant, conversation)}\""))})";

    /// <summary>In FTS5's own language. Tokens hold letters and digits alone, so nothing of them can be taken for a part of it.</summary>
    private static string Words(SearchQuery query)
    {
        var words = string.Join(" AND ", query.Terms.Select(term => term.IsPrefix ? $"\"{term.Token}\" *" : $"\"{term.Token}\""));
        return query.Sender is { } sender ? $"{words} AND \"{SearchScope.OfSender(query.Tenant, sender.Value)}\"" : words;
    }

    private static string Text(long id) => id.ToString(CultureInfo.InvariantCulture);
}
