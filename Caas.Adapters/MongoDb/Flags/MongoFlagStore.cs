using System.Globalization;
using Caas.Adapters.MongoDb.Schema;
using Caas.Contracts;
using Caas.Core.Flags;
using Caas.Core.Ids;
using Caas.Core.Json;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb.Flags;

/// <summary>Flagged messages in the collection <c>flags</c>. <c>_id</c> is <c>tenant/message id</c>; <c>details</c> are JSON text; lists go by <c>place</c>, the time and the message's id.</summary>
internal sealed class MongoFlagStore(MongoContext context) : IFlagStore
{
    private readonly IMongoCollection<BsonDocument> _flags = context.Collection(Collections.Flags);

    public async Task<FlagCase?> FindAsync(TenantId tenant, string messageId, CancellationToken cancellationToken) =>
        await context.FindAsync(_flags, Filter(tenant, messageId), cancellationToken) is { } document ? Read(document) : null;

    public Task<bool> SaveAsync(TenantId tenant, FlagCase flagged, long? expectedRev, CancellationToken cancellationToken)
    {
        var changes = new BsonDocument
        {
            { "status", Text(flagged.Status) },
            { "openedAt", flagged.OpenedAt.ToBson() },
            { "place", Place(flagged.OpenedAt, flagged.MessageId) },
            { "details", MongoJson.Write(flagged.Details, CoreJsonContext.Default.FlagDetails) },
            { "rev", flagged.Rev },
        };
        if (expectedRev is { } rev)
        {
            var filter = Filter(tenant, flagged.MessageId).Add("rev", rev);
            return context.RunAsync("store a flag", async (session, within) => (await _flags.UpdateOneAsync(session, filter, new BsonDocument("$set", changes), cancellationToken: within)).MatchedCount == 1, cancellationToken);
        }

        var document = Filter(tenant, flagged.MessageId)
            .Add("message", flagged.MessageId)
            .Add("conversation", flagged.Conversation.Value)
            .Add("messageSeq", flagged.MessageSeq)
            .Add("sender", flagged.Sender.OrNull());
        document.AddRange(changes);
        return context.RunAsync("store a flag", (session, within) => _flags.TryInsertAsync(session, document, within), cancellationToken);
    }

    public async Task<IReadOnlyList<FlagCase>> ListAsync(TenantId tenant, FlagFilter filter, FlagPlace? before, int limit, CancellationToken cancellationToken)
    {
        var query = new BsonDocument { { "tenant", tenant.Value }, { "place", new BsonDocument("$lt", before is null ? "~" : Place(before.OpenedAt, before.MessageId)) } };
        query.Add("conversation", filter.Conversation?.Value, filter.Conversation is not null);
        query.Add("sender", filter.Sender, filter.Sender is not null);
        query.Add("status", filter.Status is { } status ? Text(status) : null, filter.Status is not null);
        var index = filter.Conversation is not null ? Indexes.FlagByConversation : filter.Sender is not null ? Indexes.FlagBySender : filter.Status is not null ? Indexes.FlagByStatus : Indexes.FlagPlaces;
        return (await context.ListAsync(_flags, query, new BsonDocument("place", -1), limit, cancellationToken, index)).ConvertAll(Read);
    }

    private static BsonDocument Filter(TenantId tenant, string messageId) => new() { { "_id", $"{tenant}/{messageId}" }, { "tenant", tenant.Value } };

    private static string Place(DateTimeOffset at, string messageId) => string.Create(CultureInfo.InvariantCulture, $"{at.ToUnixTimeMilliseconds():D15} {messageId}");

    private static string Text(FlagStatus status) => status == FlagStatus.Open ? "open" : "resolved";

    private static FlagCase Read(BsonDocument document) => new(
        document.Text("message"),
        new(document.Text("conversation")),
        document.Number("messageSeq"),
        document.TextOrNull("sender"),
        document.Text("status") == "open" ? FlagStatus.Open : FlagStatus.Resolved,
        document.Time("openedAt"),
        MongoJson.Read(document.Text("details"), CoreJsonContext.Default.FlagDetails)!,
        document.Number("rev"));
}
