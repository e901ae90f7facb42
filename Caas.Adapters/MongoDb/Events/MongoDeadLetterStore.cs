using Caas.Adapters.MongoDb.Schema;
using Caas.Core.Events;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb.Events;

/// <summary>Dead letters in the collection <c>dead_letters</c>, the newest by their <c>_id</c>, an object id.</summary>
internal sealed class MongoDeadLetterStore(MongoContext context) : IDeadLetterStore
{
    private readonly IMongoCollection<BsonDocument> _letters = context.Collection(Collections.DeadLetters);

    public Task AddAsync(DeadLetter letter, CancellationToken cancellationToken) => AddAsync(letter, waiting: false, cancellationToken);

    public Task AddWaitingAsync(DeadLetter letter, CancellationToken cancellationToken) => AddAsync(letter, waiting: true, cancellationToken);

    public async Task<IReadOnlyList<DeadLetter>> ListAsync(string group, int limit, CancellationToken cancellationToken) =>
        (await context.ListAsync(_letters, new BsonDocument("group", group), new BsonDocument("_id", -1), limit, cancellationToken)).ConvertAll(Read);

    public async Task<IReadOnlyList<DeadLetter>> ListWaitingAsync(int limit, CancellationToken cancellationToken) =>
        (await context.ListAsync(_letters, new BsonDocument("waiting", true), new BsonDocument("at", 1), limit, cancellationToken, Indexes.DeadLetterWaiting)).ConvertAll(Read);

    public Task PublishedAsync(IReadOnlyList<DeadLetter> letters, CancellationToken cancellationToken) => letters.Count == 0 ? Task.CompletedTask : context.RunAsync(
        "mark dead letters as published",
        (session, within) => _letters.BulkWriteAsync(
            session,
            letters.Select(letter => new UpdateOneModel<BsonDocument>(
                new BsonDocument { { "group", letter.Group }, { "topic", letter.Topic }, { "recordId", letter.RecordId } },
                new BsonDocument("$unset", new BsonDocument("waiting", "")))),
            new BulkWriteOptions { IsOrdered = false },
            within),
        cancellationToken);

    private Task<bool> AddAsync(DeadLetter letter, bool waiting, CancellationToken cancellationToken)
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
        if (waiting)
        {
            document.Add("waiting", true);
        }

        return context.RunAsync("keep a dead letter", (session, within) => _letters.TryInsertAsync(session, document, within), cancellationToken);
    }

    private static DeadLetter Read(BsonDocument document) => new(
        document.Text("group"),
        document.Text("topic"),
        document.Text("key"),
        document.Text("recordId"),
        document.Text("cloudEvent"),
        document.Text("reason"),
        document.Time("at"));
}
