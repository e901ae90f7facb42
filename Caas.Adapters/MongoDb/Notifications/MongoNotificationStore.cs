using Caas.Adapters.MongoDb.Schema;
using Caas.Contracts;
using Caas.Core.Ids;
using Caas.Core.Notifications;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb.Notifications;

/// <summary>Inboxes in the collection <c>notifications</c>. <c>_id</c> is <c>tenant/user/notification</c>.</summary>
internal sealed class MongoNotificationStore(MongoContext context) : INotificationStore
{
    private readonly IMongoCollection<BsonDocument> _notifications = context.Collection(Collections.Notifications);

    public async Task<IReadOnlyList<NotificationRow>> FindManyAsync(TenantId tenant, IReadOnlyCollection<UserId> users, string id, CancellationToken cancellationToken)
    {
        var filter = new BsonDocument { { "tenant", tenant.Value }, { "_id", new BsonDocument("$in", new BsonArray(users.Select(user => Key(tenant, user, id)))) } };
        return (await context.ListAsync(_notifications, filter, sort: null, users.Count, cancellationToken)).ConvertAll(Read);
    }

    public Task SaveAsync(IReadOnlyList<NotificationRow> rows, CancellationToken cancellationToken) => rows.Count == 0 ? Task.CompletedTask
        : context.RunAsync("save notifications", (session, within) => GuardedUpserts.ApplyAsync(_notifications, session, [.. rows.Select(Upsert)], within), cancellationToken);

    public async Task<IReadOnlyList<NotificationRow>> ListAsync(TenantId tenant, UserId user, NotificationRows which, NotificationPlace? after, int limit, CancellationToken cancellationToken)
    {
        var filter = Of(tenant, user, which);
        if (after is not null)
        {
            var same = new BsonDocument { { "updatedAt", after.UpdatedAt.ToBson() }, { "notification", new BsonDocument("$lt", after.Id) } };
            filter.Add("$or", new BsonArray { new BsonDocument("updatedAt", new BsonDocument("$lt", after.UpdatedAt.ToBson())), same });
        }

        return (await context.ListAsync(_notifications, filter, new BsonDocument { { "updatedAt", -1 }, { "notification", -1 } }, limit, cancellationToken)).ConvertAll(Read);
    }

    public Task<long> CountUnreadAsync(TenantId tenant, UserId user, CancellationToken cancellationToken) => context.CountAsync(_notifications, Of(tenant, user, NotificationRows.Unread), cancellationToken);

    public Task ReadAsync(TenantId tenant, UserId user, IReadOnlyCollection<string>? ids, long? upTo, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var filter = Of(tenant, user, NotificationRows.Kept).Add("readAt", BsonNull.Value);
        if (ids is not null)
        {
            filter.Add("notification", new BsonDocument("$in", new BsonArray(ids)));
        }

        if (upTo is not null)
        {
            filter.Add("seq", new BsonDocument("$lte", upTo.Value));
        }

        return context.RunAsync("mark notifications as read", (session, within) => _notifications.UpdateManyAsync(session, filter, At(at), cancellationToken: within), cancellationToken);
    }

    public Task MailedAsync(IReadOnlyList<NotificationRow> rows, CancellationToken cancellationToken)
    {
        var updates = rows.Select(row => new UpdateOneModel<BsonDocument>(
            new BsonDocument { { "_id", Key(row.Tenant, row.User, row.Id) }, { "tenant", row.Tenant.Value }, { "user", row.User.Value }, { "seq", row.Seq } },
            new BsonDocument("$set", new BsonDocument("toMail", false)))).ToArray();
        return updates.Length == 0 ? Task.CompletedTask
            : context.RunAsync("mark notifications as mailed", (session, within) => _notifications.BulkWriteAsync(session, updates, new BulkWriteOptions { IsOrdered = false }, within), cancellationToken);
    }

    public async Task<IReadOnlyList<(TenantId Tenant, UserId User)>> ReadUpToAsync(IReadOnlyList<ReadMark> marks, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var filters = marks.SelectMany(mark => new[] { NotificationType.Messages, NotificationType.Mentions }.Select(type => (mark.Tenant, mark.User, Filter: new BsonDocument
        {
            { "_id", Key(mark.Tenant, mark.User, NotificationRow.IdOf(type, mark.Conversation)) },
            { "tenant", mark.Tenant.Value },
            { "user", mark.User.Value },
            { "seq", new BsonDocument("$lte", mark.Seq) },
            { "readAt", BsonNull.Value },
        }))).ToArray();
        if (filters.Length == 0)
        {
            return [];
        }

        // The answer to many updates does not say which of them changed something.
        var unread = new BsonDocument { { "_id", new BsonDocument("$in", new BsonArray(filters.Select(one => one.Filter["_id"]))) }, { "readAt", BsonNull.Value } };
        var found = (await context.ListAsync(_notifications, unread, sort: null, limit: null, cancellationToken, fields: new() { { "seq", 1 } })).ToDictionary(document => document.Text("_id"), document => document.Number("seq"));
        var due = filters.Where(one => found.TryGetValue(one.Filter["_id"].AsString, out var seq) && seq <= one.Filter["seq"]["$lte"].ToInt64()).ToArray();
        if (due.Length > 0)
        {
            await context.RunAsync(
                "mark notifications as read",
                (session, within) => _notifications.BulkWriteAsync(session, due.Select(one => new UpdateOneModel<BsonDocument>(one.Filter, At(at))), new BulkWriteOptions { IsOrdered = false }, within),
                cancellationToken);
        }

        return [.. due.Select(one => (one.Tenant, one.User)).Distinct()];
    }

    public async Task<IReadOnlyList<NotificationRow>> ListAroundAsync(TenantId tenant, ConversationId conversation, NotificationStretch stretch, NotificationRow? after, int limit, CancellationToken cancellationToken)
    {
        var filter = new BsonDocument { { "tenant", tenant.Value }, { "conversation", conversation.Value } };
        if (stretch != NotificationStretch.All)
        {
            filter.Add("firstSeq", new BsonDocument("$lte", stretch.To)).Add("seq", new BsonDocument("$gte", stretch.From));
        }

        if (stretch.Mentions)
        {
            filter.Add("kind", NotificationKind.Mention.ToString());
        }

        if (after is not null)
        {
            var same = new BsonDocument { { "firstSeq", after.FirstSeq }, { "_id", new BsonDocument("$gt", Key(tenant, after.User, after.Id)) } };
            filter.Add("$or", new BsonArray { new BsonDocument("firstSeq", new BsonDocument("$gt", after.FirstSeq)), same });
        }

        return (await context.ListAsync(_notifications, filter, new BsonDocument { { "firstSeq", 1 }, { "_id", 1 } }, limit, cancellationToken, Indexes.NotificationByEntry)).ConvertAll(Read);
    }

    public Task ReplaceAsync(IReadOnlyList<(NotificationRow Row, NotificationRow? By)> changes, CancellationToken cancellationToken) => changes.Count == 0 ? Task.CompletedTask : context.RunAsync(
        "replace notifications",
        (session, within) => _notifications.BulkWriteAsync(session, changes.Select(change => Replace(change.Row, change.By)), new BulkWriteOptions { IsOrdered = false }, within),
        cancellationToken);

    private static WriteModel<BsonDocument> Replace(NotificationRow row, NotificationRow? by)
    {
        var same = new BsonDocument
        {
            { "_id", Key(row.Tenant, row.User, row.Id) }, { "tenant", row.Tenant.Value }, { "user", row.User.Value }, { "seq", row.Seq }, { "count", row.Count },
            { "earlier", row.Earlier.Items.Count == 0 ? new BsonDocument("$in", new BsonArray { "", BsonNull.Value }) : row.Earlier.ToString() },
        };
        return by is null ? new DeleteOneModel<BsonDocument>(same) : new UpdateOneModel<BsonDocument>(same, new BsonDocument("$set", new BsonDocument
        {
            { "seq", by.Seq }, { "firstSeq", by.FirstSeq }, { "earlier", by.Earlier.ToString() }, { "actor", by.Actor.OrNull() }, { "count", by.Count }, { "updatedAt", by.UpdatedAt.ToBson() },
        }));
    }

    private static BsonDocument At(DateTimeOffset at) => new("$set", new BsonDocument("readAt", at.ToBson()));

    private static string Key(TenantId tenant, UserId user, string id) => $"{tenant}/{user}/{id}";

    private static BsonDocument Of(TenantId tenant, UserId user, NotificationRows which)
    {
        var filter = new BsonDocument { { "tenant", tenant.Value }, { "user", user.Value } };
        return which switch
        {
            NotificationRows.Inbox => filter.Add("hidden", new BsonDocument("$ne", true)),
            NotificationRows.Unread => filter.Add("readAt", BsonNull.Value).Add("hidden", new BsonDocument("$ne", true)),
            NotificationRows.ToMail => filter.Add("readAt", BsonNull.Value).Add("toMail", true),
            _ => filter,
        };
    }

    private static (BsonDocument Filter, BsonDocument Update) Upsert(NotificationRow row) => (
        new()
        {
            { "_id", Key(row.Tenant, row.User, row.Id) }, { "tenant", row.Tenant.Value }, { "user", row.User.Value }, { "notification", row.Id }, { "conversation", row.Conversation.Value },
            { "seq", new BsonDocument("$lt", row.Seq) },
        },
        new("$set", new BsonDocument
        {
            { "seq", row.Seq },
            { "kind", row.Kind.ToString() },
            { "priority", row.Priority.ToString() },
            { "actor", row.Actor.OrNull() },
            { "count", row.Count },
            { "createdAt", row.CreatedAt.ToBson() },
            { "updatedAt", row.UpdatedAt.ToBson() },
            { "readAt", row.ReadAt.ToBson() },
            { "hidden", !row.InApp },
            { "toMail", row.ToMail },
            { "firstSeq", row.FirstSeq },
            { "earlier", row.Earlier.ToString() },
        }));

    private static NotificationRow Read(BsonDocument document) => new()
    {
        Tenant = new(document.Text("tenant")),
        User = new(document.Text("user")),
        Kind = Enum.Parse<NotificationKind>(document.Text("kind")),
        Priority = Enum.Parse<NotificationPriority>(document.Text("priority")),
        Conversation = new(document.Text("conversation")),
        Seq = document.Number("seq"),
        Actor = document.TextOrNull("actor"),
        Count = document.Number("count"),
        CreatedAt = document.Time("createdAt"),
        UpdatedAt = document.Time("updatedAt"),
        ReadAt = document.TimeOrNull("readAt"),
        InApp = !document.GetValue("hidden", false).AsBoolean,
        ToMail = document.GetValue("toMail", false).AsBoolean,
        Earlier = EntrySeqs.Parse(document.GetValue("earlier", "").AsString),
    };
}
