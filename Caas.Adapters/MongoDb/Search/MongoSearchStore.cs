using Caas.Adapters.MongoDb.Entries;
using Caas.Adapters.MongoDb.Schema;
using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Core.Search;
using Microsoft.Extensions.Options;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb.Search;

/// <summary>The index of messages' words in the collection <c>search</c>: one document per message, with an array of its tokens. <c>_id</c> is <c>tenant/log/seq</c>; <c>order</c> sorts by time, then by <c>_id</c>.</summary>
internal sealed class MongoSearchStore(MongoContext context, IOptions<SearchOptions> options) : ISearchStore
{
    private const int NotRunInTime = 50;

    /// <summary>Whoever is in more conversations is not asked for by naming them all (the server merges the sorted lists of so many, and sorts what it finds in more): what has the words is walked, and looked up.</summary>
    private const int Few = 200;

    /// <summary>What is walked of one page, in steps.</summary>
    private const int LongestWalk = 10_000;

    private const int Step = 500;

    private readonly IMongoCollection<BsonDocument> _search = context.Collection(Collections.Search);
    private readonly IMongoCollection<BsonDocument> _members = context.Collection(Collections.Members);
    private readonly IMongoCollection<BsonDocument> _conversations = context.Collection(Collections.Conversations);

    public async Task ApplyAsync(IReadOnlyList<SearchDocument> documents, CancellationToken cancellationToken)
    {
        await context.RunAsync("write the search index", (session, within) => GuardedUpserts.ApplyAsync(_search, session, [.. documents.Select(Upsert)], within), cancellationToken);

        // Looked at afterwards: what is deleted from now on is erased behind it.
        foreach (var ofTenant in documents.Select(document => document.Log).Distinct().GroupBy(log => log.Tenant))
        {
            foreach (var gone in await DeletedAsync(ofTenant.Key, ofTenant.Select(log => log.Name), cancellationToken))
            {
                await EraseAsync(new(ofTenant.Key, gone), cancellationToken);
            }
        }
    }

    public async Task<SearchFound> FindAsync(SearchQuery query, CancellationToken cancellationToken)
    {
        var filter = Filter(query);
        if (query.Conversation is { } conversation)
        {
            filter.Add("log", conversation.Value);
        }
        else if (query.Member is { } member)
        {
            var own = await ConversationsOfAsync(query.Tenant, member, among: null, Few + 1, cancellationToken);
            if (own.Count > Few)
            {
                return await WalkAsync(query, member, filter, cancellationToken);
            }

            filter.Add("log", new BsonDocument("$in", new BsonArray(own)));
        }

        var documents = await FindAsync(filter, query.Limit, cancellationToken);
        return new([.. await StandingAsync(query.Tenant, documents, cancellationToken)], documents.Count == query.Limit ? documents[^1].Text("order") : null);
    }

    public Task EraseAsync(LogId log, CancellationToken cancellationToken) =>
        context.RunAsync("forget a conversation's words", (session, within) => _search.DeleteManyAsync(session, EntryDocument.Filter(log), cancellationToken: within), cancellationToken);

    /// <summary>From the newest on, and of each step what is of the member's conversations.</summary>
    private async Task<SearchFound> WalkAsync(SearchQuery query, UserId member, BsonDocument filter, CancellationToken cancellationToken)
    {
        var hits = new List<SearchHit>();
        for (var walked = 0; ; walked += Step)
        {
            var documents = await FindAsync(filter, Step, cancellationToken);
            var own = await ConversationsOfAsync(query.Tenant, member, [.. documents.Select(document => document.Text("log")).Distinct()], limit: null, cancellationToken);
            hits.AddRange(await StandingAsync(query.Tenant, documents.Where(document => own.Contains(document.Text("log"))), cancellationToken));
            if (hits.Count >= query.Limit)
            {
                return new(hits[..query.Limit], hits[query.Limit - 1].Place);
            }

            if (documents.Count < Step)
            {
                return new(hits, null);
            }

            var last = documents[^1].Text("order");
            if (walked + Step >= LongestWalk)
            {
                return new(hits, last);
            }

            filter["order"] = new BsonDocument("$lt", last);
        }
    }

    /// <summary>Those whose conversation is not deleted.</summary>
    private async Task<IEnumerable<SearchHit>> StandingAsync(TenantId tenant, IEnumerable<BsonDocument> documents, CancellationToken cancellationToken)
    {
        var found = documents.ToList();
        var deleted = await DeletedAsync(tenant, found.Select(document => document.Text("log")).Distinct(), cancellationToken);
        return found.Where(document => !deleted.Contains(document.Text("log"))).Select(document => new SearchHit(new(tenant, document.Text("log")), document.Number("seq"), document.Text("order")));
    }

    private static (BsonDocument Filter, BsonDocument Update) Upsert(SearchDocument document)
    {
        var id = $"{document.Log}/{document.Seq}";
        var filter = new BsonDocument("_id", id).Merge(EntryDocument.Filter(document.Log)).Add("seq", document.Seq).Add("rev", new BsonDocument("$lte", document.Rev));
        var fields = new BsonDocument
        {
            { "rev", document.Rev },
            { "order", $"{Order(document.At)}/{id}" },
            { "sender", document.SenderId.OrNull() },
            { "tokens", document.Tokens.ToBson() },
        };
        return (filter, new BsonDocument("$set", fields));
    }

    private static BsonDocument Filter(SearchQuery query)
    {
        // The first token is the one that an index is walked by: a whole one, the longest.
        var terms = query.Terms.OrderBy(term => term.IsPrefix).ThenByDescending(term => term.Token.Length).Select(term => new BsonDocument("tokens", Condition(term)));
        var filter = new BsonDocument { { "tenant", query.Tenant.Value }, { "$and", new BsonArray(terms) } };
        if (query.Sender is { } sender)
        {
            filter.Add("sender", sender.Value);
        }

        var bounds = new[] { query.After, query.Before is { } before ? Order(before) : null }.OfType<string>().Order(StringComparer.Ordinal).ToArray();
        return bounds.Length == 0 ? filter : filter.Add("order", new BsonDocument("$lt", bounds[0]));
    }

    private static BsonValue Condition(SearchTerm term) => term.IsPrefix
        ? new BsonDocument("$elemMatch", new BsonDocument { { "$gte", term.Token }, { "$lt", term.Token + '\uFFFF' } })
        : term.Token;

    private async Task<List<BsonDocument>> FindAsync(BsonDocument filter, int limit, CancellationToken cancellationToken)
    {
        var find = new FindOptions<BsonDocument>
        {
            Sort = new BsonDocument("order", -1),
            Limit = limit,
            Projection = new BsonDocument { { "log", 1 }, { "seq", 1 }, { "order", 1 } },
            MaxTime = options.Value.Longest < context.Options.ServerTimeout ? options.Value.Longest : context.Options.ServerTimeout,
        };
        var found = await context.RunAsync("search", async (session, within) =>
        {
            try
            {
                using var cursor = await _search.FindAsync(session, filter, find, within);
                return await cursor.ToListAsync(within);
            }
            catch (MongoCommandException exception) when (exception.Code == NotRunInTime)
            {
                return null;
            }
        }, cancellationToken);
        return found ?? throw new SearchTooBroadException();
    }

    /// <param name="among">Only of these; null: of all.</param>
    private async Task<HashSet<string>> ConversationsOfAsync(TenantId tenant, UserId user, IReadOnlyCollection<string>? among, int? limit, CancellationToken cancellationToken)
    {
        var own = new BsonDocument { { "tenant", tenant.Value }, { "user", user.Value }, { "removed", false } };
        if (among is not null)
        {
            own.Add("conversation", new BsonDocument("$in", new BsonArray(among)));
        }

        return [.. (await context.ListAsync(_members, own, sort: null, limit, cancellationToken, Indexes.MemberByUser, new() { { "conversation", 1 } })).Select(member => member.Text("conversation"))];
    }

    private async Task<HashSet<string>> DeletedAsync(TenantId tenant, IEnumerable<string> conversations, CancellationToken cancellationToken)
    {
        var keys = new BsonArray(conversations.Select(id => Conversations.ConversationDocument.Key(tenant, new(id))));
        var filter = new BsonDocument { { "_id", new BsonDocument("$in", keys) }, { "deletedAt", new BsonDocument("$ne", BsonNull.Value) } };
        return keys.Count == 0 ? [] : [.. (await context.ListAsync(_conversations, filter, sort: null, limit: null, cancellationToken, fields: new() { { "conversation", 1 } })).Select(document => document.Text("conversation"))];
    }

    /// <summary>Text that sorts as the times do.</summary>
    private static string Order(DateTimeOffset at) => FormattableString.Invariant($"{Math.Max(0, at.ToUnixTimeMilliseconds()):D15}");
}
