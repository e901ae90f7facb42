using Caas.Adapters.MongoDb.Schema;
using Caas.Contracts;
using Caas.Core.Attachments;
using Caas.Core.Ids;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb.Attachments;

/// <summary>Attachments in the collection <c>attachments</c>. <c>_id</c> is <c>tenant/id</c>. What is decided about one is decided by its own document.</summary>
internal sealed class MongoAttachmentStore(MongoContext context) : IAttachmentStore
{
    private readonly IMongoCollection<BsonDocument> _attachments = context.Collection(Collections.Attachments);
    private readonly IMongoCollection<BsonDocument> _uses = context.Collection(Collections.AttachmentUses);

    public Task AddAsync(StoredAttachment attachment, DateTimeOffset expiresAt, CancellationToken cancellationToken)
    {
        var document = Filter(attachment.Tenant, attachment.Id).AddRange(new BsonDocument
        {
            { "uploader", attachment.Uploader is { } user ? user.Value : BsonNull.Value },
            { "name", attachment.Name },
            { "type", attachment.Type },
            { "size", attachment.Size },
            { "url", attachment.Url },
            { "createdAt", attachment.CreatedAt.ToBson() },
            { "ready", false },
            { "width", BsonNull.Value },
            { "height", BsonNull.Value },
            { "thumbnailType", BsonNull.Value },
            { "thumbnailSize", 0L },
            { "expiresAt", expiresAt.ToBson() },
            { "condemned", false },
        });
        return context.RunAsync("store an attachment", (session, within) => _attachments.TryInsertAsync(session, document, within), cancellationToken);
    }

    public async Task<IReadOnlyList<StoredAttachment>> FindManyAsync(TenantId tenant, IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
    {
        var filter = new BsonDocument { { "tenant", tenant.Value }, { "condemned", false }, { "_id", new BsonDocument("$in", new BsonArray(ids.Distinct().Select(id => Key(tenant, id)))) } };
        return ids.Count == 0 ? [] : (await context.ListAsync(_attachments, filter, sort: null, ids.Count, cancellationToken)).ConvertAll(Read);
    }

    public Task<bool> CompleteAsync(TenantId tenant, string id, FileFacts facts, DateTimeOffset expiresAt, CancellationToken cancellationToken)
    {
        var update = new BsonDocument
        {
            { "ready", true },
            { "width", ((long?)facts.Width).ToBson() },
            { "height", ((long?)facts.Height).ToBson() },
            { "thumbnailType", facts.ThumbnailType.OrNull() },
            { "thumbnailSize", facts.ThumbnailSize },
            { "expiresAt", expiresAt.ToBson() },
        };
        return UpdateAsync("complete an attachment", Filter(tenant, id).Add("ready", false).Add("condemned", false), update, cancellationToken);
    }

    public async Task<IReadOnlyList<ExpiredAttachment>> ListExpiredAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken) =>
        (await context.ListAsync(_attachments, new BsonDocument("expiresAt", new BsonDocument("$lte", now.ToBson())), new BsonDocument("expiresAt", 1), limit, cancellationToken, Indexes.AttachmentExpiry)).ConvertAll(document => new ExpiredAttachment(Read(document), document.Time("expiresAt")));

    public Task KeepAsync(TenantId tenant, string id, DateTimeOffset seen, CancellationToken cancellationToken) =>
        UpdateAsync("keep an attachment", Filter(tenant, id).Add("expiresAt", seen.ToBson()), new BsonDocument { { "expiresAt", BsonNull.Value }, { "condemned", false } }, cancellationToken);

    public Task<bool> TryCondemnAsync(TenantId tenant, string id, DateTimeOffset now, CancellationToken cancellationToken) =>
        UpdateAsync("condemn an attachment", Filter(tenant, id).Add("expiresAt", new BsonDocument("$lte", now.ToBson())), new BsonDocument("condemned", true), cancellationToken);

    public Task RemoveAsync(TenantId tenant, string id, CancellationToken cancellationToken) => context.RunAsync("remove an attachment", async (session, within) =>
    {
        await _uses.DeleteManyAsync(session, new BsonDocument { { "tenant", tenant.Value }, { "attachment", id } }, cancellationToken: within);
        await _attachments.DeleteOneAsync(session, Filter(tenant, id), cancellationToken: within);
    }, cancellationToken);

    public Task ForgetAsync(TenantId tenant, string id, DateTimeOffset sweepAt, CancellationToken cancellationToken) => context.RunAsync("forget whose an attachment is", async (session, within) =>
    {
        var bare = new BsonDocument
        {
            { "uploader", BsonNull.Value },
            { "name", "" },
            { "size", 0L },
            { "width", BsonNull.Value },
            { "height", BsonNull.Value },
            { "thumbnailType", BsonNull.Value },
            { "thumbnailSize", 0L },
            { "expiresAt", sweepAt.ToBson() },
            { "condemned", true },
        };
        await _uses.DeleteManyAsync(session, new BsonDocument { { "tenant", tenant.Value }, { "attachment", id } }, cancellationToken: within);
        await _attachments.UpdateOneAsync(session, Filter(tenant, id), new BsonDocument("$set", bare), cancellationToken: within);
    }, cancellationToken);

    public async Task<IReadOnlyList<StoredAttachment>> ListByUploaderAsync(TenantId tenant, UserId uploader, string? after, int limit, CancellationToken cancellationToken)
    {
        var filter = new BsonDocument { { "tenant", tenant.Value }, { "uploader", uploader.Value }, { "attachment", new BsonDocument("$gt", after ?? "") } };
        return (await context.ListAsync(_attachments, filter, new BsonDocument("attachment", 1), limit, cancellationToken, Indexes.AttachmentByUploader)).ConvertAll(Read);
    }

    public async Task<IReadOnlyList<StoredAttachment>> ListAsync(TenantId tenant, int limit, CancellationToken cancellationToken) =>
        (await context.ListAsync(_attachments, new BsonDocument("tenant", tenant.Value), sort: null, limit, cancellationToken)).ConvertAll(Read);

    public Task<AttachmentTotals> CountPendingAsync(TenantId tenant, UserId uploader, CancellationToken cancellationToken) =>
        CountAsync(new BsonDocument { { "tenant", tenant.Value }, { "uploader", uploader.Value }, { "ready", false } }, Indexes.AttachmentPending, cancellationToken);

    public Task<AttachmentTotals> CountAsync(TenantId tenant, CancellationToken cancellationToken) => CountAsync(new BsonDocument("tenant", tenant.Value), Indexes.AttachmentSize, cancellationToken);

    private async Task<AttachmentTotals> CountAsync(BsonDocument filter, Schema.Index index, CancellationToken cancellationToken)
    {
        BsonDocument[] pipeline =
        [
            new("$match", filter),
            new("$group", new BsonDocument { { "_id", BsonNull.Value }, { "count", new BsonDocument("$sum", 1) }, { "bytes", new BsonDocument("$sum", "$size") }, { "thumbnails", new BsonDocument("$sum", "$thumbnailSize") } }),
        ];
        var counted = await context.RunAsync("count attachments", async (session, within) =>
        {
            using var cursor = await _attachments.AggregateAsync<BsonDocument>(session, pipeline, new AggregateOptions { Hint = index.Name, MaxTime = context.Options.ServerTimeout }, within);
            return await cursor.FirstOrDefaultAsync(within);
        }, cancellationToken);
        return counted is null ? new(0, 0) : new(counted.Number("count"), counted.Number("bytes") + counted.Number("thumbnails"));
    }

    internal static string Key(TenantId tenant, string id) => $"{tenant.Value}/{id}";

    internal static BsonDocument Filter(TenantId tenant, string id) => new() { { "_id", Key(tenant, id) }, { "tenant", tenant.Value }, { "attachment", id } };

    private Task<bool> UpdateAsync(string what, BsonDocument filter, BsonDocument fields, CancellationToken cancellationToken) => context.RunAsync(
        what,
        async (session, within) => (await _attachments.UpdateOneAsync(session, filter, new BsonDocument("$set", fields), cancellationToken: within)).MatchedCount == 1,
        cancellationToken);

    private static StoredAttachment Read(BsonDocument document) => new()
    {
        Tenant = new(document.Text("tenant")),
        Id = document.Text("attachment"),
        Uploader = document.TextOrNull("uploader") is { } uploader ? new UserId(uploader) : null,
        Name = document.Text("name"),
        Type = document.Text("type"),
        Size = document.Number("size"),
        Url = document.Text("url"),
        CreatedAt = document.Time("createdAt"),
        Status = document.Flag("ready") ? AttachmentStatus.Ready : AttachmentStatus.Pending,
        Facts = new((int?)document.NumberOrNull("width"), (int?)document.NumberOrNull("height"), document.TextOrNull("thumbnailType"), document.Number("thumbnailSize")),
    };
}
