using Caas.Adapters.MongoDb.Entries;
using Caas.Adapters.MongoDb.Schema;
using Caas.Core.Entries;
using Caas.Core.Erasure;
using Caas.Core.Events;
using Caas.Core.Ids;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb.Erasure;

/// <summary>Looks through whole tenants by the indexes that stand for other reasons: rare enough to need none of its own. Where the user is part of an <c>_id</c> the document is written anew under another.</summary>
internal sealed class MongoErasureStore(MongoContext context) : IErasureStore
{
    private const int Step = 500;
    private const string UserLogs = "$user/";
    private const string FlagLogs = "$flags/";
    private static readonly BsonDocument IdAlone = new("_id", 1);
    private readonly IMongoCollection<BsonDocument> _users = context.Collection(Collections.Users);
    private readonly IMongoCollection<BsonDocument> _entries = context.Collection(Collections.Entries);

    public async Task<IReadOnlyList<UserErasure>> ListAsync(DateTimeOffset passedBy, UserErasure? after, int limit, CancellationToken cancellationToken)
    {
        var conditions = new BsonArray
        {
            new BsonDocument { { "erasedAt", new BsonDocument("$exists", true) }, { "erasureCompletedAt", BsonNull.Value } },
            new BsonDocument("$or", new BsonArray { new BsonDocument("erasurePassedAt", BsonNull.Value), new BsonDocument("erasurePassedAt", new BsonDocument("$lte", passedBy.ToBson())) }),
        };
        if (after is not null)
        {
            var asked = after.RequestedAt.ToBson();
            conditions.Add(new BsonDocument("$or", new BsonArray
            {
                new BsonDocument("erasedAt", new BsonDocument("$gt", asked)),
                new BsonDocument { { "erasedAt", asked }, { "_id", new BsonDocument("$gt", Key(after)) } },
            }));
        }

        return (await context.ListAsync(_users, new("$and", conditions), new BsonDocument { { "erasedAt", 1 }, { "_id", 1 } }, limit, cancellationToken)).ConvertAll(document =>
            new UserErasure(new(document.Text("tenant")), new(document.Text("user")), document.Text("pseudonym"), document.Time("erasedAt"), document.TimeOrNull("erasurePassedAt")));
    }

    public Task SaveAsync(UserErasure erasure, CancellationToken cancellationToken)
    {
        var filter = new BsonDocument { { "_id", Key(erasure) }, { "tenant", erasure.Tenant.Value }, { "erasedAt", new BsonDocument("$exists", true) } };
        var update = new BsonDocument("$set", new BsonDocument { { "erasurePassedAt", erasure.PassedAt.ToBson() }, { "erasureCompletedAt", erasure.CompletedAt.ToBson() } });
        return context.RunAsync("note how far an erasure is", (session, within) => _users.UpdateOneAsync(session, filter, update, cancellationToken: within), cancellationToken);
    }

    public async Task<IReadOnlyList<UserId>> FindNamingAsync(UserErasure erasure, CancellationToken cancellationToken)
    {
        var acted = await FindActedAsync(erasure, UserLogs, cancellationToken);
        var blocking = await context.ListAsync(context.Collection(Collections.Blocks), new() { { "tenant", erasure.Tenant.Value }, { "other", Names(erasure) } }, sort: null, limit: null, cancellationToken, fields: new("user", 1));
        return [.. acted.Concat(blocking.Select(document => document.Text("user"))).Where(id => id != erasure.User.Value).Distinct().Order(StringComparer.Ordinal).Select(id => new UserId(id))];
    }

    public async Task<IReadOnlyList<ConversationId>> FindFlaggedAsync(UserErasure erasure, CancellationToken cancellationToken)
    {
        var acted = await FindActedAsync(erasure, FlagLogs, cancellationToken);
        var sent = await context.ListAsync(context.Collection(Collections.Flags), new() { { "tenant", erasure.Tenant.Value }, { "sender", Names(erasure) } }, sort: null, limit: null, cancellationToken, fields: new("conversation", 1));
        return [.. acted.Concat(sent.Select(document => document.Text("conversation"))).Distinct().Order(StringComparer.Ordinal).Select(id => new ConversationId(id))];
    }

    public Task RewriteAsync(LogId log, IReadOnlyList<EntryRewrite> rewrites, CancellationToken cancellationToken) => rewrites.Count == 0 ? Task.CompletedTask : context.RunAsync(
        "write over entries",
        async (session, within) =>
        {
            foreach (var rewrite in rewrites)
            {
                var place = EntryDocument.Filter(log).Add("seq", rewrite.Seq);
                if (rewrite.Data is { } data)
                {
                    await _entries.UpdateOneAsync(session, place.DeepClone().AsBsonDocument.Add("data", new BsonDocument("$exists", true)), new BsonDocument("$set", new BsonDocument("data", MongoJson.Write(data))), cancellationToken: within);
                }

                var fields = new BsonDocument();
                if (rewrite.ClientMessageId is { } clientId)
                {
                    fields.Add("clientId", clientId);
                }

                if (rewrite.Actor is { } actor)
                {
                    fields.Add("actor", actor).Add("hash", "");
                }

                if (fields.ElementCount > 0)
                {
                    await _entries.UpdateOneAsync(session, place, new BsonDocument("$set", fields), cancellationToken: within);
                }
            }
        },
        cancellationToken);

    public Task ClearAsync(LogId log, string exceptType, CancellationToken cancellationToken) => context.RunAsync(
        "clear a log",
        (session, within) => _entries.UpdateManyAsync(session, EntryDocument.Filter(log).Add("type", new BsonDocument("$ne", exceptType)), new BsonDocument("$unset", new BsonDocument("data", "")), cancellationToken: within),
        cancellationToken);

    public async Task ReplaceAsync(UserErasure erasure, bool last, CancellationToken cancellationToken)
    {
        foreach (var place in UserPlaces.All.Where(place => place.Last == last))
        {
            var collection = context.Collection(place.Collection);
            var filter = new BsonDocument { { "tenant", erasure.Tenant.Value }, { place.Field, erasure.User.Value } };
            while (await context.ListAsync(collection, filter, sort: null, Step, cancellationToken, fields: place.InId is null ? IdAlone : null) is { Count: > 0 } some)
            {
                await ReplaceAsync(erasure, place, collection, some, cancellationToken);
            }
        }

        if (!last)
        {
            await RemoveAnswersAsync(erasure, cancellationToken);
        }
    }

    /// <summary>The server reuses what was overwritten in its own time.</summary>
    public Task CompactAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static string Key(UserErasure erasure) => $"{erasure.Tenant.Value}/{erasure.User.Value}";

    private static BsonDocument Names(UserErasure erasure) => new("$in", new BsonArray { erasure.User.Value, erasure.Pseudonym });

    /// <summary>What logs whose names begin alike are about, of those that the user appended to.</summary>
    private async Task<IEnumerable<string>> FindActedAsync(UserErasure erasure, string prefix, CancellationToken cancellationToken)
    {
        var range = new BsonDocument { { "$gt", prefix }, { "$lt", prefix[..^1] + '0' } };
        var acted = await context.ListAsync(_entries, new() { { "tenant", erasure.Tenant.Value }, { "log", range }, { "actor", Names(erasure) } }, sort: null, limit: null, cancellationToken, fields: new("log", 1));
        return acted.Select(document => document.Text("log")[prefix.Length..]);
    }

    private Task ReplaceAsync(UserErasure erasure, UserPlace place, IMongoCollection<BsonDocument> collection, List<BsonDocument> some, CancellationToken cancellationToken) => context.RunAsync(
        $"erase a user in {place.Collection}",
        async (session, within) =>
        {
            var those = new BsonDocument { { "tenant", erasure.Tenant.Value }, { "_id", new BsonDocument("$in", new BsonArray(some.Select(document => document["_id"]))) }, { place.Field, erasure.User.Value } };
            if (place is { Treatment: Treatment.Rename, InId: null })
            {
                await collection.UpdateManyAsync(session, those, new BsonDocument("$set", new BsonDocument(place.Field, erasure.Pseudonym)), cancellationToken: within);
                return;
            }

            foreach (var document in place.Treatment == Treatment.Rename ? some : [])
            {
                // The emoji of a reaction may hold what parts are told apart by; it is the last.
                var parts = document.Text("_id").Split('/', place.InId!.Value + 2);
                parts[place.InId.Value] = erasure.Pseudonym;
                var renamed = document.DeepClone().AsBsonDocument.Set("_id", string.Join('/', parts)).Set(place.Field, erasure.Pseudonym);
                await collection.TryInsertAsync(session, renamed, within);
            }

            await collection.DeleteManyAsync(session, those, cancellationToken: within);
        },
        cancellationToken);

    /// <summary>Kept answers to calls of the user, and those that tell of the user; events of the user that nobody could take, and pushes and mails to the user.</summary>
    private async Task RemoveAnswersAsync(UserErasure erasure, CancellationToken cancellationToken)
    {
        var (tenant, user, quoted) = (erasure.Tenant.Value, erasure.User.Value, $"\"{erasure.User.Value}\"");
        await RemoveAsync(Collections.Idempotency, "_id", tenant, document =>
            document.Text("_id") is var key && (key.Contains($"/user:{user}/", StringComparison.Ordinal) || (key.Contains("/key:", StringComparison.Ordinal) && key.Contains($"/{user}/", StringComparison.Ordinal)))
            || document.TextOrNull("body")?.Contains(quoted, StringComparison.Ordinal) == true
            || $"{document.TextOrNull("location")}/".Contains($"/{user}/", StringComparison.Ordinal)
            || document.TextOrNull("resourceId") == user, cancellationToken);
        await RemoveAsync(Collections.DeadLetters, "key", tenant, document =>
            document.Text("cloudEvent").Contains(quoted, StringComparison.Ordinal) || $"{document.Text("recordId")}/".Contains($"user/{user}/", StringComparison.Ordinal)
            || (document.Text("topic") is Topics.Notifications or Topics.Presence && document.Text("key") == $"{tenant}/{user}"), cancellationToken);
    }

    private async Task RemoveAsync(string name, string field, string tenant, Func<BsonDocument, bool> concerns, CancellationToken cancellationToken)
    {
        // Keys are the tenant, or begin with it and '/'.
        var collection = context.Collection(name);
        var range = new BsonDocument("$or", new BsonArray { new BsonDocument(field, tenant), new BsonDocument(field, new BsonDocument { { "$gt", $"{tenant}/" }, { "$lt", $"{tenant}0" } }) });
        for (BsonValue? after = null; ;)
        {
            var filter = after is null ? range : new BsonDocument("$and", new BsonArray { range, new BsonDocument("_id", new BsonDocument("$gt", after)) });
            var page = await context.ListAsync(collection, filter, IdAlone, Step, cancellationToken);
            if (page.Where(concerns).Select(document => document["_id"]).ToArray() is { Length: > 0 } gone)
            {
                await context.RunAsync($"erase a user in {name}", (session, within) => collection.DeleteManyAsync(session, new BsonDocument("_id", new BsonDocument("$in", new BsonArray(gone))), cancellationToken: within), cancellationToken);
            }

            if (page.Count < Step)
            {
                return;
            }

            after = page[^1]["_id"];
        }
    }
}
