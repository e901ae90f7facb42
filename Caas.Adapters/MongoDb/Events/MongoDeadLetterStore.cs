using Caas.Adapters.MongoDb.Schema;
using Caas.Core.Events;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb.Events;

/// <summary>Dead letters in the collection <c>dead_letters</c>, the newest by their <c>_id</c>, an object id.</summary>
internal sealed class MongoDeadLetterStore(MongoContext context) : IDeadLetterStore
{
    private readonly IMongoCollection<BsonDocument> _letters = context.Collection(Collections.DeadLetters);

    public Task AddAsync(DeadLetter letter, CancellationToken cancellationToken)
    {
        var document = new BsonDocument
        {
            { "_id", ObjectId.GenerateNewId() },
            { "group", letter.Group },
            { "topic", letter.Topic },
            { "key", letter.Key },
            { "recordId", letter.RecordId },
            { "cloudEvent", letter.CloudEvent },
            { "reason", letter.Reason },
            { "at", letter.At.ToBson() },
        };
        return context.RunAsync("keep a dead letter", (session, within) => _letters.TryInsertAsync(session, document, within), cancellationToken);
    }

    public async Task<IReadOnlyList<DeadLetter>> ListAsync(string group, int limit, CancellationToken cancellationToken) =>
        (await context.ListAsync(_letters, new BsonDocument("group", group), new BsonDocument("_id", -1), limit, cancellationToken)).ConvertAll(document => new DeadLetter(
            group,
            document.Text("topic"),
            document.Text("key"),
            document.Text("recordId"),
            document.Text("cloudEvent"),
            document.Text("reason"),
            document.Time("at")));
}
