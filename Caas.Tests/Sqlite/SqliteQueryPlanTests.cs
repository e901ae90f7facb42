using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using Caas.Adapters.Sqlite;
using Caas.Adapters.Sqlite.Bans;
using Caas.Adapters.Sqlite.Blocks;
using Caas.Adapters.Sqlite.Conversations;
using Caas.Adapters.Sqlite.Entries;
using Caas.Adapters.Sqlite.Exports;
using Caas.Adapters.Sqlite.Feed;
using Caas.Adapters.Sqlite.Flags;
using Caas.Adapters.Sqlite.Members;
using Caas.Adapters.Sqlite.OwnViews;
using Caas.Adapters.Sqlite.Pins;
using Caas.Adapters.Sqlite.Reactions;
using Caas.Adapters.Sqlite.Receipts;
using Caas.Adapters.Sqlite.Search;
using Caas.Adapters.Sqlite.SlowMode;
using Caas.Adapters.Sqlite.Threads;
using Caas.Adapters.Sqlite.Timed;
using Caas.Adapters.Sqlite.Webhooks;
using Caas.Contracts;
using Caas.Core.Entries;
using Caas.Core.Flags;
using Caas.Core.Ids;
using Caas.Core.OwnViews;
using Caas.Core.Search;
using Caas.Core.Webhooks;
using Microsoft.Data.Sqlite;
using Xunit;
using static Caas.Tests.Conversations.Samples;
using static Caas.Tests.Entries.Drafts;

namespace Caas.Tests.Sqlite;

/// <summary>Every statement goes by an index and sorts nothing: what it costs does not depend on how much there is, or how deep a page is.</summary>
public sealed partial class SqliteQueryPlanTests : IDisposable
{
    /// <summary>What goes through all of a tenant's (or everybody's) rows on purpose, or sorts what it found.</summary>
    private static readonly string[] Walks =
    [
        // Few rows whatever there is: one for each migration, table, tenant, replica, signing key, API key, webhook.
        "FROM schema_migrations", "FROM sqlite_master", "FROM pragma_table_info", "FROM feed_heads WHERE tenant = $tenant", "FROM usage_connections WHERE tenant = $tenant", "FROM signing_keys", "count(*) FROM api_keys", "FROM webhooks WHERE tenant = $tenant AND deleted = 0 ORDER BY id",

        // Figures of a tenant, kept for some seconds by whoever asks.
        "sum(last_message_no), 0) FROM conversations", "count(*) FROM conversations INDEXED BY conversations_for_lists WHERE tenant", "count(*) FROM users WHERE tenant", "sum(size + thumbnail_size), 0) FROM attachments",

        // Deleted tenants, a limited number of rows at a time.
        "purged_at IS NULL AND deleted_at <= $before", "SELECT id FROM search_messages WHERE tenant = $tenant LIMIT $limit", "FROM attachments WHERE tenant = $tenant LIMIT $limit", "DELETE FROM feed_sources WHERE consumer LIKE",

        // An erased user, looked for among all that others have of it.
        "SELECT user FROM blocks WHERE tenant = $tenant AND other IN ($user, $pseudonym)", "SELECT conversation FROM flags WHERE tenant = $tenant AND sender IN ($user, $pseudonym)",

        // The users whose id or name begins with what is looked for.
        "id_folded >= $from",
    ];

    private readonly TempFolder _folder = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Statements_go_by_index()
    {
        await using var database = _folder.Open();
        await UseEverythingAsync(database);
        var used = (await database.ReadAsync(Texts, Cancelled)).Concat(await database.WriteAsync(Texts, Cancelled)).ToList();
        Assert.InRange(used.Count, 25, 200);
        var (planned, costly) = (0, new List<string>());
        foreach (var text in used.Concat(Literals()).Distinct(StringComparer.Ordinal))
        {
            if (Plan(text) is { } steps)
            {
                planned++;
                costly.AddRange(steps.Where(step => IsCostly(text, step)).Select(step => $"{step}: {text}"));
            }
            else
            {
                Assert.DoesNotContain(text, used);
            }
        }

        Assert.True(costly.Count == 0, string.Join("\n\n", costly));
        Assert.InRange(planned, 150, 1000);
    }

    private static List<string> Texts(SqliteConnection connection) => [.. ((StatementConnection)connection).PreparedTexts];

    /// <summary>Every statement that the adapters hold as a constant, and so nearly all that there are: a new store is among them by itself.</summary>
    private static List<string> Literals()
    {
        using var file = new PEReader(File.OpenRead(typeof(SqliteDatabase).Assembly.Location));
        var metadata = file.GetMetadataReader();
        var found = new List<string>();
        for (var handle = metadata.GetNextHandle(default(UserStringHandle)); !handle.IsNil; handle = metadata.GetNextHandle(handle))
        {
            if (metadata.GetUserString(handle) is var text && Statement().IsMatch(text))
            {
                found.Add(text);
            }
        }

        return found;
    }

    private static bool IsCostly(string text, string step) => (IsScan(text, step) || IsSort(text, step) || OnlyTenant().IsMatch(step)) && !Walks.Any(walk => text.Contains(walk, StringComparison.Ordinal));

    private static bool IsScan(string text, string step) =>
        step.StartsWith("SCAN", StringComparison.Ordinal) && !step.StartsWith("SCAN json_each", StringComparison.Ordinal)
            && !step.StartsWith("SCAN (subquery", StringComparison.Ordinal) && step is not ("SCAN CONSTANT ROW" or "SCAN page")

            // Words are looked up in the full-text index, from the newest row id backwards.
            && !step.StartsWith("SCAN search_tokens VIRTUAL TABLE INDEX", StringComparison.Ordinal)

            // From the newest backwards until one is old enough: costs what it gives.
            && !text.Contains("WHERE at < $at", StringComparison.Ordinal) && !text.Contains("sqlite_sequence", StringComparison.Ordinal);

    /// <summary>A user's conversations are sorted by their activity, one message's emojis and one thread's participants by their first, and the members of one role, when an owner leaves, by how long they stand.</summary>
    private static bool IsSort(string text, string step) =>
        step.Contains("TEMP B-TREE", StringComparison.Ordinal) && !text.Contains("INDEXED BY members_by_user CROSS JOIN", StringComparison.Ordinal) && !text.Contains("GROUP BY emoji", StringComparison.Ordinal)
            && !text.Contains("GROUP BY actor", StringComparison.Ordinal) && !text.Contains("ORDER BY m.joined_seq", StringComparison.Ordinal);

    /// <returns>Null: it is a part of a statement.</returns>
    private List<string>? Plan(string text)
    {
        using var connection = new SqliteConnection(_folder.ConnectionString + ";Pooling=False");
        connection.Open();
        using var explain = connection.CreateCommand();
        explain.CommandText = "EXPLAIN QUERY PLAN " + text;

        // Bound, as they are: what stands in the text as a value is planned otherwise.
        foreach (var name in Parameter().Matches(text).Select(match => match.Value).Distinct(StringComparer.Ordinal))
        {
            explain.Parameters.AddWithValue(name, DBNull.Value);
        }

        try
        {
            using var reader = explain.ExecuteReader();
            var steps = new List<string>();
            while (reader.Read())
            {
                steps.Add(reader.GetString(3));
            }

            return steps;
        }
        catch (SqliteException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"^\s*(SELECT|INSERT|UPDATE|DELETE|WITH|REPLACE)\s", RegexOptions.CultureInvariant)]
    private static partial Regex Statement();

    [GeneratedRegex(@"\$[a-z][a-z_0-9]*", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Parameter();

    [GeneratedRegex(@"^SEARCH .* \(tenant=\?\)$", RegexOptions.CultureInvariant)]
    private static partial Regex OnlyTenant();

    private static async Task UseEverythingAsync(SqliteDatabase database)
    {
        var entries = new SqliteEntryStore(database);
        var (log, user, id) = (Log(), new UserId("ann"), new ConversationId("general"));
        await entries.AppendAsync([Message(log, "1"), Message(log, "1"), Message(log, "2") with { OnlyFirst = true }], Cancelled);
        await entries.ReadTailAsync(log, Cancelled);
        await entries.ReadAfterAsync(log, 0, 10, Cancelled);
        await entries.ReadManyAsync(log, [1], Cancelled);
        await entries.FindAsync(log, "x", Cancelled);
        await entries.ReadMessagesAsync(log, Direction.Older, 10, 10, Cancelled);
        await entries.ReadMessagesAsync(log, Direction.Newer, 0, 10, Cancelled);
        await entries.ReadChangesAsync(log, 1, 0, 10, Cancelled);
        await entries.FoldAsync(log, 1, 1, new(), 2, Cancelled);
        await entries.EraseChangesAsync(log, 1, Cancelled);

        var conversations = new SqliteConversationStore(database);
        await conversations.FoldAsync(Conversation("general"), null, [Member("general", "ann", 1)], Cancelled);
        await conversations.FoldAsync(Conversation("general"), 7, [Member("general", "ann", 1)], Cancelled);
        await conversations.FindAsync(Caas.Tests.Conversations.Samples.Acme, id, Cancelled);
        await conversations.SummarizeAsync([(log.Tenant, id, new(1, 1, 1, default))], Cancelled);
        await conversations.ListForUserAsync(log.Tenant, user, OwnViewFilter.Plain, null, 10, Cancelled);
        await conversations.ListForTenantAsync(log.Tenant, null, 10, Cancelled);
        await conversations.ListDeletedAsync(log.Tenant, null, 10, Cancelled);
        await conversations.CountAsync(log.Tenant, Cancelled);

        var members = new SqliteMemberStore(database);
        await members.FindAsync(log.Tenant, id, user, Cancelled);
        await members.FindManyAsync(log.Tenant, id, [user], Cancelled);
        await members.ListAsync(log.Tenant, id, null, 10, Cancelled);
        await members.ListByRoleAsync(log.Tenant, id, MemberRole.Owner, 1, Cancelled);

        var receipts = new SqliteReceiptStore(database);
        await receipts.MoveAsync([new(log, user, 1, 1)], Cancelled);
        await receipts.CountDeletedAsync([new(log, 0, 10)], Cancelled);
        await receipts.CountSentAsync([new(new(log, 0, 10), ["ann"])], Cancelled);
        await receipts.ListUnreadAsync(log.Tenant, user, Cancelled);
        await receipts.ListReachedAsync(log, 1, null, 10, Cancelled);

        await new SqliteOwnViewStore(database).ChangeAsync(log.Tenant, id, user, new(Muted: true), Cancelled);
        await entries.ReadManyAsync(log.Tenant, [(log, 1)], Cancelled);

        var reactions = new SqliteReactionStore(database);
        await reactions.ApplyAsync(log, [new(1, "x", user, 2, false)], Cancelled);
        await reactions.FindAsync(log, 1, "x", user, Cancelled);
        await reactions.SummarizeAsync(log, 1, 20, Cancelled);
        await reactions.EraseAsync(log, 1, Cancelled);

        var pins = new SqlitePinStore(database);
        await pins.ApplyAsync(log, new(1, user, 2, false), Cancelled);
        await pins.FindAsync(log, 1, Cancelled);
        await pins.ListAsync(log, 10, 10, Cancelled);

        await new SqliteSlowModeStore(database).TakeAsync(log, user, null, default(DateTimeOffset).AddYears(1), TimeSpan.FromSeconds(1), Cancelled);
        await new SqliteSlowModeStore(database).TakeAsync(log, user, null, default(DateTimeOffset).AddYears(1), TimeSpan.FromSeconds(1), Cancelled);

        var hooks = (Webhooks: new SqliteWebhookStore(database), Deliveries: new SqliteWebhookDeliveryStore(database));
        var hooked = new WebhookDelivery("1", 1, "lane", "message.created", WebhookDeliveryState.Pending, default(DateTimeOffset).AddYears(1), null, null, 0, []);
        await hooks.Webhooks.SaveAsync(new() { Tenant = log.Tenant, Id = "w", Url = "https://example.com", Events = [], Start = 0, Secret = new("", ""), CreatedAt = default, Rev = 1 }, Cancelled);
        await hooks.Webhooks.FindAsync(log.Tenant, "w", Cancelled);
        await hooks.Webhooks.ListAsync(log.Tenant, Cancelled);
        await hooks.Webhooks.SetFailingAsync(log.Tenant, "w", 1, null, Cancelled);
        await hooks.Webhooks.ReadFailingAsync(log.Tenant, "w", Cancelled);
        await hooks.Deliveries.AddAsync(log.Tenant, "w", [hooked], Cancelled);
        await hooks.Deliveries.TryUpdateAsync(log.Tenant, "w", hooked with { Rev = 1 }, Cancelled);
        await hooks.Deliveries.FindAsync(log.Tenant, "w", "1", Cancelled);
        await hooks.Deliveries.FindAsync(log.Tenant, "w", ["1"], Cancelled);
        await hooks.Deliveries.ListAsync(log.Tenant, "w", null, 10, Cancelled);
        await hooks.Deliveries.ListAsync(log.Tenant, "w", "1", 10, Cancelled);
        await hooks.Deliveries.ListPendingAsync(log.Tenant, "w", 0, 10, Cancelled);
        await hooks.Deliveries.PruneAsync(log.Tenant, "w", 0, Cancelled);
        await hooks.Deliveries.ForgetAsync(default(DateTimeOffset).AddYears(1), 10, Cancelled);
        await hooks.Deliveries.ClearAsync(log.Tenant, "w", Cancelled);
        await hooks.Webhooks.DeleteAsync(log.Tenant, "w", 2, Cancelled);
        var bans = new SqliteBanStore(database);
        await bans.ApplyAsync(log.Tenant, new(user, null, 2, default(DateTimeOffset).AddYears(1), null, "spam", false), Cancelled);
        await bans.ReadAsync(log.Tenant, user, Cancelled);
        await bans.ListAsync(log.Tenant, default(DateTimeOffset).AddYears(1), null, 10, Cancelled);

        var flags = new SqliteFlagStore(database);
        await flags.SaveAsync(log.Tenant, new("m", new("room"), 1, "bob", FlagStatus.Open, default(DateTimeOffset).AddYears(1), new(1, default, [], null), 1), null, Cancelled);
        await flags.SaveAsync(log.Tenant, new("m", new("room"), 1, "bob", FlagStatus.Open, default(DateTimeOffset).AddYears(1), new(1, default, [], null), 2), 1, Cancelled);
        await flags.FindAsync(log.Tenant, "m", Cancelled);
        foreach (var filter in new FlagFilter[] { new(null, null, null), new(FlagStatus.Open, null, null), new(null, new("room"), null), new(FlagStatus.Open, null, "bob") })
        {
            await flags.ListAsync(log.Tenant, filter, null, 10, Cancelled);
        }

        var blocks = new SqliteBlockStore(database);
        await blocks.ApplyAsync(log.Tenant, new(user, new("bob"), 2, default(DateTimeOffset).AddYears(1), false), Cancelled);
        await blocks.ListAsync(log.Tenant, user, null, 10, Cancelled);
        await blocks.ReadAsync(log.Tenant, user, Cancelled);

        var threads = new SqliteThreadStore(database);
        await threads.ReadChangesAsync(log, 1, 0, 10, Cancelled);
        await threads.ReadRepliesAsync(log, 1, Direction.Older, 10, 10, Cancelled);
        await threads.ReadRepliesAsync(log, 1, Direction.Newer, 0, 10, Cancelled);
        await entries.AppendAsync([Message(log, "r") with { Thread = 1 }], Cancelled);
        await threads.CountAsync(log, 1, 10, 20, Cancelled);
        var traces = new SqliteUserTraceStore(database);
        await traces.FindConversationsAsync(log.Tenant, user, null, Cancelled);
        await traces.ReadByActorAsync(log, user, 0, 10, Cancelled);

        var search = new SqliteSearchStore(database, Microsoft.Extensions.Options.Options.Create(new SearchOptions()));
        await search.ApplyAsync([new(log, 1, 1, DateTimeOffset.UnixEpoch, "ann", ["x"])], Cancelled);
        await search.ApplyAsync([new(log, 1, 2, DateTimeOffset.UnixEpoch, "ann", ["y"])], Cancelled);
        await search.FindAsync(new() { Tenant = log.Tenant, Terms = [new("y", true)], Member = user, Limit = 10 }, Cancelled);
        await search.FindAsync(new() { Tenant = log.Tenant, Terms = [new("y", false)], Limit = 10 }, Cancelled);
        await search.EraseAsync(log, Cancelled);

        var timed = new SqliteTimedStore(database);
        var item = new Caas.Core.Timed.TimedItem(new(log.Tenant, "message", "general"), "1", user, DateTimeOffset.UnixEpoch, true, "{}");
        await timed.AddAsync(item, Cancelled);
        await timed.FindAsync(item.Place, item.Id, Cancelled);
        await timed.ListAsync(item.Place, Caas.Core.Timed.TimedOwner.Of(user), null, 10, Cancelled);
        await timed.CountAsync(item.Place, Caas.Core.Timed.TimedOwner.Everybody, Cancelled);
        await timed.ListDueAsync("message", [new("busy")], DateTimeOffset.UnixEpoch, 10, Cancelled);
        await timed.PutOffAsync(item.Place, item.Id, DateTimeOffset.UnixEpoch, Cancelled);
        await timed.ReplaceAsync(item, item, Cancelled);
        await timed.DeleteAsync(item.Place, item.Id, Cancelled);

        var source = new SqliteEntrySource(database);
        await using var dated = await source.OpenAtTimeAsync(default(DateTimeOffset).AddYears(1), Cancelled);
        await using var cursor = await source.OpenAsync(null, Cancelled);
        await cursor.NextAsync(10, TimeSpan.Zero, Cancelled);
    }
}
