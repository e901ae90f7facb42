using Caas.Adapters.MongoDb.Schema;
using Caas.Core.Attachments;
using Caas.Core.Ids;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb.Attachments;

/// <summary>
/// Who refers to attachments, in the collection <c>attachment_uses</c>. <c>_id</c> is <c>tenant/attachment/conversation/message</c>. A use is written before the attachment's own document is
/// asked, and taken back where that is condemned: a sweep that condemns first looks at the uses afterwards.
/// </summary>
internal sealed class MongoAttachmentUseStore(MongoContext context) : IAttachmentUseStore
{
    /// <summary>So many uses go in one call.</summary>
    private const int AtOnce = 500;

    private readonly IMongoCollection<BsonDocument> _attachments = context.Collection(Collections.Attachments);
    private readonly IMongoCollection<BsonDocument> _uses = context.Collection(Collections.AttachmentUses);

    public Task<bool> UseAsync(TenantId tenant, IReadOnlyCollection<string> ids, AttachmentUse use, DateTimeOffset lookAgainAt, CancellationToken cancellationToken) =>
        context.RunAsync("refer to attachments", async (session, within) =>
        {
            var written = new List<string>();
            foreach (var id in ids)
            {
                if (await _uses.TryInsertAsync(session, Document(tenant, id, use), within))
                {
                    written.Add(id);
                }

                var update = new BsonDocument("$set", new BsonDocument("expiresAt", lookAgainAt.ToBson()));
                if ((await _attachments.UpdateOneAsync(session, MongoAttachmentStore.Filter(tenant, id).Add("condemned", false), update, cancellationToken: within)).MatchedCount == 0)
                {
                    var mine = new BsonDocument { { "tenant", tenant.Value }, { "_id", new BsonDocument("$in", new BsonArray(written.Select(one => Document(tenant, one, use)["_id"]))) } };
                    await _uses.DeleteManyAsync(session, mine, cancellationToken: within);
                    return false;
                }
            }

            return true;
        }, cancellationToken);

    public async Task<IReadOnlyList<AttachmentUse>> ListAsync(TenantId tenant, string id, int limit, CancellationToken cancellationToken) =>
        (await context.ListAsync(_uses, new BsonDocument { { "tenant", tenant.Value }, { "attachment", id } }, sort: null, limit, cancellationToken, Indexes.AttachmentUseByAttachment))
            .ConvertAll(document => new AttachmentUse(new(document.Text("conversation")), document.Text("message")));

    public async Task ReleaseAsync(TenantId tenant, ConversationId conversation, string? messageId, DateTimeOffset sweepAt, CancellationToken cancellationToken)
    {
        var filter = new BsonDocument { { "tenant", tenant.Value }, { "conversation", conversation.Value } };
        if (messageId is not null)
        {
            filter.Add("message", messageId);
        }

        while (true)
        {
            var some = await context.ListAsync(_uses, filter, sort: null, AtOnce, cancellationToken, Indexes.AttachmentUseByMessage);
            if (some.Count > 0)
            {
                await ReleaseAsync(tenant, some, sweepAt, cancellationToken);
            }

            if (some.Count < AtOnce)
            {
                return;
            }
        }
    }

    private Task ReleaseAsync(TenantId tenant, List<BsonDocument> released, DateTimeOffset sweepAt, CancellationToken cancellationToken) => context.RunAsync("release attachments", async (session, within) =>
    {
        // The times first: a crash in between leaves uses that the sweep sees through, not attachments that nobody looks at again.
        // Another time than before in any case: a sweep that has just found it in use does not take it away.
        var (same, other) = (sweepAt.ToBson(), sweepAt.AddMilliseconds(1).ToBson());
        var times = released.Select(document => document.Text("attachment")).Distinct().SelectMany(id => new[]
        {
            new UpdateOneModel<BsonDocument>(MongoAttachmentStore.Filter(tenant, id).Add("expiresAt", same), new BsonDocument("$set", new BsonDocument("expiresAt", other))),
            new UpdateOneModel<BsonDocument>(MongoAttachmentStore.Filter(tenant, id).Add("expiresAt", new BsonDocument("$nin", new BsonArray { same, other })), new BsonDocument("$set", new BsonDocument("expiresAt", same))),
        });
        await _attachments.BulkWriteAsync(session, times, new BulkWriteOptions { IsOrdered = true }, within);
        await _uses.DeleteManyAsync(session, new BsonDocument { { "tenant", tenant.Value }, { "_id", new BsonDocument("$in", new BsonArray(released.Select(document => document["_id"]))) } }, cancellationToken: within);
    }, cancellationToken);

    private static BsonDocument Document(TenantId tenant, string id, AttachmentUse use) => new()
    {
        { "_id", $"{tenant.Value}/{id}/{use.Conversation.Value}/{use.MessageId}" },
        { "tenant", tenant.Value },
        { "attachment", id },
        { "conversation", use.Conversation.Value },
        { "message", use.MessageId },
    };
}
