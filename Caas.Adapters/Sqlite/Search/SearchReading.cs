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

    /// <summary>So many rows are walked, and so many of them looked up.</summary>
    private const int LongestWalk = 40_000;

    private const int MostLookedUp = 10_000;

    private const string Candidates = "SELECT rowid FROM search_tokens WHERE search_tokens MATCH $match AND rowid < $before ORDER BY rowid DESC LIMIT $most";

    private const string Found =
        """
        SELECT s.id, s.log, s.seq FROM json_each($ids)
        CROSS JOIN search_messages AS s ON s.id = json_each.value
        CROSS JOIN conversations AS c ON c.tenant = s.tenant AND c.id = s.log
        WHERE s.tenant = $tenant AND c.deleted_at IS NULL
        """;

    private const string FoundByMember =
        """
        SELECT s.id, s.log, s.seq FROM json_each($ids)
        CROSS JOIN search_messages AS s ON s.id = json_each.value
        CROSS JOIN members AS m ON m.tenant = s.tenant AND m.conversation = s.log AND m.user = $user
        CROSS JOIN conversations AS c ON c.tenant = s.tenant AND c.id = s.log
        WHERE s.tenant = $tenant AND m.removed = 0 AND c.deleted_at IS NULL
        """;

    public static SearchFound Find(SqliteConnection connection, SearchQuery query)
    {
        var before = BeforeOf(query);
        if (query.Conversation is { } conversation)
        {
            return Walk(connection, query, InConversations(query, [conversation.Value]), before, LongestWalk, null);
        }

        if (query.Member is not { } member)
        {
            return Walk(connection, query, InTenant(query), before, LongestWalk, null);
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
            <= Few => Walk(connection, query, InConversations(query, own), before, LongestWalk, null),
            <= Many => WalkByIds(connection, query, [.. own.Select(conversation => SearchIds.HashOf(new(query.Tenant, conversation)))], before),
            _ => Walk(connection, query, InTenant(query), before, LongestWalk, null),
        };
    }

    /// <summary>Ids leave out other tenants' messages too, so the index is asked for the words alone first (a tenant may have the longest list of all); where that leads far, a small tenant's are looked for among large ones'.</summary>
    private static SearchFound WalkByIds(SqliteConnection connection, SearchQuery query, HashSet<long> hashes, long before)
    {
        var first = Walk(connection, query, Words(query), before, LongestWalk / 2, hashes);
        if (first.Next is not { } end || first.Hits.Count == query.Limit)
        {
            return first;
        }

        var more = Walk(connection, query with { Limit = query.Limit - first.Hits.Count }, InTenant(query), long.Parse(end, CultureInfo.InvariantCulture), LongestWalk / 2, hashes);
        return more with { Hits = [.. first.Hits, .. more.Hits] };
    }

    /// <summary>One way through the index, until there is a page, nothing is left, or it was long enough.</summary>
    /// <param name="hashes">Of the conversations whose messages are looked up; null: of all.</param>
    private static SearchFound Walk(SqliteConnection connection, SearchQuery query, string match, long before, int most, HashSet<long>? hashes)
    {
        var (hits, maybe, lookedUp, walked, last) = (new List<SearchHit>(), new List<long>(), 0, 0, before);
        using (var row = connection.Query(Candidates, match, before, most))
        {
            while (hits.Count < query.Limit && lookedUp < MostLookedUp && row.Read())
            {
                walked++;
                last = row.GetInt64(0);
                if (hashes?.Contains(SearchIds.HashOfId(last)) is not false)
                {
                    maybe.Add(last);
                    if (maybe.Count >= query.Limit - hits.Count)
                    {
                        lookedUp += maybe.Count;
                        LookUp();
                    }
                }
            }
        }

        var ended = walked < most && hits.Count < query.Limit && lookedUp < MostLookedUp;
        LookUp();
        return new(hits, ended ? null : Text(last));

        void LookUp()
        {
            var ids = $"[{string.Join(',', maybe)}]";
            maybe.Clear();
            hits.AddRange(query.Member is { } member
                ? connection.List(row => Hit(query, row), FoundByMember, ids, member.Value, query.Tenant.Value)
                : connection.List(row => Hit(query, row), Found, ids, query.Tenant.Value));
        }
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
