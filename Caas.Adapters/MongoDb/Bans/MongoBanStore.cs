using Caas.Adapters.MongoDb.Schema;
using Caas.Core.Bans;
using Caas.Core.Ids;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb.Bans;

/// <summary>Bans in the collection <c>bans</c>. <c>_id</c> is <c>tenant/user/conversation</c>, with an empty conversation for the tenant; lists go by <c>place</c>.</summary>
internal sealed class MongoBanStore(MongoContext context) : IBanStore
{
    /// <summary>So many are read at a time, of which expired ones are left out.</summary>
    private const int Batch = 200;

    private readonly IMongoCollection<BsonDocument> _bans = context.Collection(Collections.Bans);

    public Task ApplyAsync(TenantId tenant, Ban ban, CancellationToken cancellationToken)
    {
        var conversation = ban.Conversation?.Value ?? "";
        var filter = new BsonDocument { { "_id", $"{tenant}/{ban.User}/{conversation}" }, { "tenant", tenant.Value }, { "user", ban.User.Value }, { "conversation", conversation }, { "seq", new BsonDocument("$lt", ban.Seq) } };
        var update = new BsonDocument("$set", new BsonDocument { { "seq", ban.Seq }, { "at", ban.At.ToBson() }, { "expiresAt", ban.ExpiresAt.ToBson() }, { "reason", ban.Reason.OrNull() }, { "removed", ban.Removed }, { "shadow", ban.Shadow }, { "place", Place(ban.User.Value, conversation) } });
        return context.RunAsync("store a ban", (session, within) => GuardedUpserts.TryAsync(_bans, session, filter, update, within), cancellationToken);
    }

    public async Task<IReadOnlyList<Ban>> ReadAsync(TenantId tenant, UserId user, CancellationToken cancellationToken) =>
        (await context.ListAsync(_bans, new BsonDocument { { "tenant", tenant.Value }, { "user", user.Value }, { "removed", false } }, sort: null, limit: null, cancellationToken, Indexes.BanByUser)).ConvertAll(Read);

    public async Task<IReadOnlyList<Ban>> ListAsync(TenantId tenant, DateTimeOffset now, BanPlace? after, int limit, CancellationToken cancellationToken)
    {
        var found = new List<Ban>();
        for (var place = after is null ? "" : Place(after.User, after.Conversation); ;)
        {
            var filter = new BsonDocument { { "tenant", tenant.Value }, { "removed", false }, { "place", new BsonDocument("$gt", place) } };
            var some = await context.ListAsync(_bans, filter, new BsonDocument("place", 1), Batch, cancellationToken, Indexes.BanPlaces);
            found.AddRange(some.Select(Read).Where(ban => ban.IsInForce(now)).Take(limit - found.Count));
            if (found.Count >= limit || some.Count < Batch)
            {
                return found;
            }

            place = some[^1].Text("place");
        }
    }

    /// <summary>Orders by user, then by conversation: the separator comes before every character of ids.</summary>
    private static string Place(string user, string conversation) => $"{user} {conversation}";

    private static Ban Read(BsonDocument document) => new(
        new(document.Text("user")),
        document.Text("conversation") is { Length: > 0 } conversation ? new ConversationId(conversation) : null,
        document.Number("seq"),
        document.Time("at"),
        document.TimeOrNull("expiresAt"),
        document.TextOrNull("reason"),
        Removed: false,
        document.GetValue("shadow", false).ToBoolean());
}
