using System.Globalization;
using Caas.Adapters.MongoDb.Schema;
using Caas.Core.Tokens;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb.Tokens;

/// <summary>
/// Revocations in the collection <c>revocations</c>, by id. There is no order of commits to read by, so each carries the server's time at which it was stored, and readers go
/// back a margin behind the newest time they have seen: what took longer to commit, or came from a primary whose clock was behind, is still found.
/// </summary>
internal sealed class MongoRevocationStore(MongoContext context) : IRevocationStore
{
    /// <summary>Longer than a write may take to be acknowledged, and than clocks of one replica set may differ.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(60);
    private readonly IMongoCollection<BsonDocument> _revocations = context.Collection(Collections.Revocations);

    public Task AddAsync(Revocation revocation, CancellationToken cancellationToken)
    {
        // What stands already wins over what is given: storing again changes nothing.
        BsonDocument[] update = [new("$replaceWith", new BsonDocument("$mergeObjects", new BsonArray { new BsonDocument("$literal", From(revocation)), new BsonDocument("storedAt", "$$NOW"), "$$ROOT" }))];
        return context.RunAsync("store a revocation", async (session, within) =>
        {
            try
            {
                await _revocations.UpdateOneAsync(session, new BsonDocument("_id", revocation.Id), Builders<BsonDocument>.Update.Pipeline(update), new UpdateOptions { IsUpsert = true }, within);
            }
            catch (MongoWriteException exception) when (MongoFaults.IsDuplicate(exception))
            {
                // another process has just stored the same
            }
        }, cancellationToken);
    }

    public async Task<(IReadOnlyList<Revocation> Items, string Position)> ReadAfterAsync(string? after, CancellationToken cancellationToken)
    {
        var seen = after is null ? 0 : long.Parse(after, CultureInfo.InvariantCulture);
        var filter = new BsonDocument("storedAt", new BsonDocument("$gte", new BsonDateTime(Math.Max(0, seen - (long)Margin.TotalMilliseconds))));
        var documents = await context.ListAsync(_revocations, filter, new BsonDocument("storedAt", 1), limit: null, cancellationToken);
        var newest = documents.Count == 0 ? seen : Math.Max(seen, documents[^1]["storedAt"].AsBsonDateTime.MillisecondsSinceEpoch);
        return (documents.ConvertAll(Read), newest.ToString(CultureInfo.InvariantCulture));
    }

    public Task PruneAsync(DateTimeOffset now, CancellationToken cancellationToken) =>
        context.RunAsync("prune revocations", (session, within) =>
            _revocations.DeleteManyAsync(session, new BsonDocument("until", new BsonDocument("$lte", now.ToBson())), cancellationToken: within), cancellationToken);

    private static BsonDocument From(Revocation revocation) => new()
    {
        { "kind", revocation.Kind.ToBson() },
        { "tenant", revocation.Tenant.Value },
        { "user", (revocation.User?.Value).OrNull() },
        { "tokenId", revocation.TokenId.OrNull() },
        { "before", revocation.Before.ToBson() },
        { "conversation", (revocation.Conversation?.Value).OrNull() },
        { "seq", revocation.Seq.ToBson() },
        { "at", revocation.At.ToBson() },
        { "until", revocation.Until.ToBson() },
    };

    private static Revocation Read(BsonDocument document) => new(
        document.Text("_id"),
        document.Enum<RevocationKind>("kind"),
        new(document.Text("tenant")),
        document.TextOrNull("user") is { } user ? new(user) : null,
        document.TextOrNull("tokenId"),
        document.TimeOrNull("before"),
        document.TextOrNull("conversation") is { } conversation ? new(conversation) : null,
        document.NumberOrNull("seq"),
        document.Time("at"),
        document.Time("until"));
}
