using System.Globalization;
using Caas.Core.Entries;
using Caas.Core.Search;
using Microsoft.Data.Sqlite;

namespace Caas.Adapters.Sqlite.Search;

/// <summary>
/// How messages are found. What has the words is walked from the newest on, and each looked up: is its reader a member there? Who is in few of the tenant's conversations would walk far; then the
/// conversations go into the question to the index. A page ends early rather than that it walks on for ever.
/// </summary>
internal static class SearchReading
{
    /// <summary>In so few conversations they are asked for at once.</summary>
    private const int Few = 16;

    /// <summary>More conversations than this make a question to the index that costs more than it saves.</summary>
    private const int Many = 256;

    /// <summary>So many messages are walked before the conversations are asked for.</summary>
    private const int FirstWalk = 1_500;

    private const int LongestWalk = 10_000;

    private const string Candidates = "SELECT rowid AS id FROM search_tokens WHERE search_tokens MATCH $match AND rowid < $before ORDER BY rowid DESC LIMIT $most";

    private const string Found =
        $"""
        SELECT s.id, s.log, s.seq FROM ({Candidates}) AS page
        CROSS JOIN search_messages AS s ON s.id = page.id
        CROSS JOIN conversations AS c ON c.tenant = s.tenant AND c.id = s.log
        WHERE s.tenant = $tenant AND c.deleted_at IS NULL LIMIT $limit
        """;

    private const string FoundByMember =
        $"""
        SELECT s.id, s.log, s.seq FROM ({Candidates}) AS page
        CROSS JOIN search_messages AS s ON s.id = page.id
        CROSS JOIN members AS m ON m.tenant = s.tenant AND m.conversation = s.log AND m.user = $user
        CROSS JOIN conversations AS c ON c.tenant = s.tenant AND c.id = s.log
        WHERE s.tenant = $tenant AND m.removed = 0 AND c.deleted_at IS NULL LIMIT $limit
        """;

    public static SearchFound Find(SqliteConnection connection, SearchQuery query)
    {
        var before = BeforeOf(query);
        if (query.Conversation is { } conversation)
        {
            return Walk(connection, query, InConversations(query, [conversation.Value]), before, LongestWalk).Found;
        }

        if (query.Member is not { } member)
        {
            return Walk(connection, query, InTenant(query), before, LongestWalk).Found;
        }

        var own = connection.List(
            row => row.GetString(0),
            "SELECT m.conversation FROM members AS m INDEXED BY members_by_user WHERE m.tenant = $tenant AND m.user = $user AND m.removed = 0 LIMIT $limit",
            query.Tenant.Value,
            member.Value,
            Many + 1);
        if (own.Count <= Few)
        {
            return own.Count == 0 ? new([], null) : Walk(connection, query, InConversations(query, own), before, LongestWalk).Found;
        }

        var (first, end) = Walk(connection, query, InTenant(query), before, FirstWalk);
        if (first.Next is null || first.Hits.Count == query.Limit)
        {
            return first;
        }

        var rest = query with { Limit = query.Limit - first.Hits.Count };
        var more = own.Count <= Many
            ? Walk(connection, rest, InConversations(query, own), end, LongestWalk).Found
            : Walk(connection, rest, InTenant(query), end, LongestWalk).Found;
        return more with { Hits = [.. first.Hits, .. more.Hits] };
    }

    /// <returns>What was found, and the id behind which to go on.</returns>
    private static (SearchFound Found, long End) Walk(SqliteConnection connection, SearchQuery query, string match, long before, int most)
    {
        var hits = query.Member is { } member
            ? connection.List(row => Hit(query, row), FoundByMember, match, before, most, member.Value, query.Tenant.Value, query.Limit)
            : connection.List(row => Hit(query, row), Found, match, before, most, query.Tenant.Value, query.Limit);
        if (hits.Count == query.Limit)
        {
            return (new(hits, hits[^1].Place), long.Parse(hits[^1].Place, CultureInfo.InvariantCulture));
        }

        using var row = connection.Query($"SELECT count(*), min(id) FROM ({Candidates})", match, before, most);
        row.Read();
        var end = row.NumberOrNull(1) ?? long.MinValue;
        return (new(hits, row.GetInt64(0) < most ? null : Text(end)), end);
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
