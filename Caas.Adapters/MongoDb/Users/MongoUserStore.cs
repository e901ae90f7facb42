using Caas.Adapters.MongoDb.Schema;
using Caas.Core.Ids;
using Caas.Core.Notifications;
using Caas.Core.Privacy;
using Caas.Core.Users;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb.Users;

/// <summary>Users in the collection <c>users</c>. <c>_id</c> is <c>tenant/user</c>; ids and names stand folded beside themselves, for searching by prefix.</summary>
internal sealed class MongoUserStore(MongoContext context) : IUserStore
{
    /// <summary>Above every text that starts with a prefix: the last code point there is.</summary>
    private const string Last = "\U0010FFFF";
    private readonly IMongoCollection<BsonDocument> _users = context.Collection(Collections.Users);

    public async Task<User?> FindAsync(TenantId tenant, UserId id, CancellationToken cancellationToken) =>
        await FindAnyAsync(tenant, id, cancellationToken) is { Erased: null } user ? user : null;

    public async Task<User?> FindAnyAsync(TenantId tenant, UserId id, CancellationToken cancellationToken) =>
        await context.FindAsync(_users, Filter(tenant, id), cancellationToken) is { } document ? Read(document) : null;

    public async Task<IReadOnlyList<User>> FindManyAsync(TenantId tenant, IReadOnlyCollection<UserId> ids, CancellationToken cancellationToken)
    {
        var filter = new BsonDocument { { "tenant", tenant.Value }, { "_id", new BsonDocument("$in", new BsonArray(ids.Select(id => Key(tenant, id)))) }, { "erasedAt", BsonNull.Value } };
        return (await context.ListAsync(_users, filter, sort: null, ids.Count, cancellationToken)).ConvertAll(Read);
    }

    public Task SaveAsync(IReadOnlyList<User> users, CancellationToken cancellationToken)
    {
        var newest = users.GroupBy(user => (user.Tenant, user.Id)).Select(group => group.MaxBy(user => user.Rev)!);
        return users.Count == 0 ? Task.CompletedTask
            : context.RunAsync("save users", (session, within) => GuardedUpserts.ApplyAsync(_users, session, [.. newest.Select(Upsert)], within), cancellationToken);
    }

    public async Task<IReadOnlyList<User>> ListAsync(TenantId tenant, string? query, UserId? after, int limit, CancellationToken cancellationToken)
    {
        var filter = new BsonDocument { { "tenant", tenant.Value }, { "user", new BsonDocument("$gt", after?.Value ?? "") }, { "erasedAt", BsonNull.Value } };
        if (query is not null)
        {
            var from = UserQuery.Fold(query);
            var range = new BsonDocument { { "$gte", from }, { "$lt", from + Last } };
            filter.Add("$or", new BsonArray { new BsonDocument("userFolded", range), new BsonDocument("nameFolded", range) });
        }

        return (await context.ListAsync(_users, filter, new BsonDocument("user", 1), limit, cancellationToken)).ConvertAll(Read);
    }

    public Task<long> CountAsync(TenantId tenant, CancellationToken cancellationToken) =>
        context.CountAsync(_users, new BsonDocument { { "tenant", tenant.Value }, { "deactivatedAt", BsonNull.Value } }, cancellationToken);

    private static string Key(TenantId tenant, UserId id) => $"{tenant.Value}/{id.Value}";

    private static BsonDocument Filter(TenantId tenant, UserId id) => new() { { "_id", Key(tenant, id) }, { "tenant", tenant.Value }, { "user", id.Value } };

    private static (BsonDocument Filter, BsonDocument Update) Upsert(User user)
    {
        var filter = Filter(user.Tenant, user.Id).Add("rev", new BsonDocument("$lt", user.Rev));
        var fields = new BsonDocument
        {
            { "name", user.Name },
            { "avatarUrl", user.AvatarUrl.OrNull() },
            { "role", user.Role },
            { "custom", MongoJson.Write(user.Custom).OrNull() },
            { "createdAt", user.CreatedAt.ToBson() },
            { "updatedAt", user.UpdatedAt.ToBson() },
            { "deactivatedAt", user.DeactivatedAt.ToBson() },
            { "privacy", new BsonDocument { { "readReceipts", user.Privacy.ReadReceipts }, { "deliveryReceipts", user.Privacy.DeliveryReceipts }, { "typing", user.Privacy.Typing } } },
            { "notifications", PreferencesText.Write(user.Notifications).OrNull() },
            { "rev", user.Rev },
            { "userFolded", UserQuery.Fold(user.Id.Value) },
            { "nameFolded", UserQuery.Fold(user.Name) },
        };
        if (user.Erased is { } erased)
        {
            fields.Add("pseudonym", erased.Pseudonym).Add("erasedAt", erased.At.ToBson());
        }

        return (filter, new BsonDocument("$set", fields));
    }

    private static User Read(BsonDocument document) => new()
    {
        Tenant = new(document.Text("tenant")),
        Id = new(document.Text("user")),
        Name = document.Text("name"),
        AvatarUrl = document.TextOrNull("avatarUrl"),
        Role = document.Text("role"),
        Custom = MongoJson.ReadElement(document.TextOrNull("custom")),
        CreatedAt = document.Time("createdAt"),
        UpdatedAt = document.Time("updatedAt"),
        DeactivatedAt = document.TimeOrNull("deactivatedAt"),
        Privacy = document.GetValue("privacy", BsonNull.Value) is BsonDocument privacy
            ? new(privacy.Flag("readReceipts"), privacy.Flag("deliveryReceipts"), privacy.Flag("typing"))
            : PrivacySettings.Open,
        Notifications = PreferencesText.Read(document.TextOrNull("notifications")),
        Erased = document.TextOrNull("pseudonym") is { } pseudonym ? new(pseudonym, document.Time("erasedAt"), document.TimeOrNull("erasureCompletedAt")) : null,
        Rev = document.Number("rev"),
    };
}
