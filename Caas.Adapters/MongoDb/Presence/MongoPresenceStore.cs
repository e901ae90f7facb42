using Caas.Adapters.MongoDb.Schema;
using Caas.Contracts;
using Caas.Core.Ids;
using Caas.Core.Presence;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb.Presence;

/// <summary>Last seen and choices in the collection <c>presence</c>. <c>_id</c> is <c>tenant/user</c>; who never chose has chosen at the beginning of time.</summary>
internal sealed class MongoPresenceStore(MongoContext context) : IPresenceStore
{
    private static readonly BsonDateTime Never = DateTimeOffset.UnixEpoch.ToBson();
    private readonly IMongoCollection<BsonDocument> _presence = context.Collection(Collections.Presence);

    public Task SaveSeenAsync(IReadOnlyList<UserSeen> seen, CancellationToken cancellationToken)
    {
        var latest = seen.GroupBy(one => (one.Tenant, one.User)).Select(group => group.MaxBy(one => one.At)!);
        return seen.Count == 0 ? Task.CompletedTask : context.RunAsync("save when users were seen", (session, within) => GuardedUpserts.ApplyAsync(_presence, session, [.. latest.Select(Seen)], within), cancellationToken);
    }

    public Task SaveChoiceAsync(TenantId tenant, UserId user, PresenceChoice choice, CancellationToken cancellationToken)
    {
        var filter = Filter(tenant, user).Add("chosenAt", new BsonDocument("$lte", choice.ChosenAt.ToBson()));
        var fields = new BsonDocument { { "status", choice.Status.ToBson() }, { "text", choice.Text.OrNull() }, { "chosenAt", choice.ChosenAt.ToBson() }, { "expiresAt", choice.ExpiresAt.ToBson() } };
        return context.RunAsync("save a presence", (session, within) => GuardedUpserts.TryAsync(_presence, session, filter, new BsonDocument("$set", fields), within), cancellationToken);
    }

    public async Task<IReadOnlyList<StoredPresence>> FindManyAsync(TenantId tenant, IReadOnlyCollection<UserId> users, CancellationToken cancellationToken)
    {
        var filter = new BsonDocument { { "tenant", tenant.Value }, { "_id", new BsonDocument("$in", new BsonArray(users.Select(user => Key(tenant, user)))) } };
        return (await context.ListAsync(_presence, filter, sort: null, users.Count, cancellationToken)).ConvertAll(Read);
    }

    private static string Key(TenantId tenant, UserId user) => $"{tenant.Value}/{user.Value}";

    private static BsonDocument Filter(TenantId tenant, UserId user) => new() { { "_id", Key(tenant, user) }, { "tenant", tenant.Value }, { "user", user.Value } };

    private static (BsonDocument Filter, BsonDocument Update) Seen(UserSeen seen) =>
        (Filter(seen.Tenant, seen.User), new BsonDocument { { "$max", new BsonDocument("seenAt", seen.At.ToBson()) }, { "$setOnInsert", new BsonDocument("chosenAt", Never) } });

    private static StoredPresence Read(BsonDocument document) => new(
        new(document.Text("user")),
        document.TimeOrNull("seenAt"),
        document.TextOrNull("status") is null ? null : new(document.Enum<PresenceStatus>("status"), document.TextOrNull("text"), document.Time("chosenAt"), document.TimeOrNull("expiresAt")));
}
