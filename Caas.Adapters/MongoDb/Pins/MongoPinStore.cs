using Caas.Adapters.MongoDb.Entries;
using Caas.Adapters.MongoDb.Schema;
using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Core.Pins;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb.Pins;

/// <summary>Pins in the collection <c>pins</c>. <c>_id</c> is <c>tenant/log/message's seq</c>.</summary>
internal sealed class MongoPinStore(MongoContext context) : IPinStore
{
    private readonly IMongoCollection<BsonDocument> _pins = context.Collection(Collections.Pins);

    public Task ApplyAsync(LogId log, Pin pin, CancellationToken cancellationToken)
    {
        var filter = Filter(log, pin.MessageSeq).Add("seq", new BsonDocument("$lt", pin.Seq));
        var update = new BsonDocument("$set", new BsonDocument { { "user", pin.By is { } user ? user.Value : BsonNull.Value }, { "seq", pin.Seq }, { "removed", pin.Removed } });
        return context.RunAsync("store a pin", (session, within) => GuardedUpserts.TryAsync(_pins, session, filter, update, within), cancellationToken);
    }

    public async Task<Pin?> FindAsync(LogId log, long messageSeq, CancellationToken cancellationToken) =>
        await context.FindAsync(_pins, Filter(log, messageSeq), cancellationToken) is { } document ? Read(document) : null;

    public async Task<IReadOnlyList<Pin>> ListAsync(LogId log, long beforeSeq, int limit, CancellationToken cancellationToken)
    {
        var filter = EntryDocument.Filter(log).Add("removed", false).Add("seq", new BsonDocument("$lt", beforeSeq));
        return (await context.ListAsync(_pins, filter, new BsonDocument("seq", -1), limit, cancellationToken, Indexes.PinOrder)).ConvertAll(Read);
    }

    private static BsonDocument Filter(LogId log, long messageSeq) => new BsonDocument("_id", $"{log}/{messageSeq}").Merge(EntryDocument.Filter(log)).Add("messageSeq", messageSeq);

    private static Pin Read(BsonDocument document) =>
        new(document.Number("messageSeq"), document.TextOrNull("user") is { } user ? new UserId(user) : null, document.Number("seq"), document.Flag("removed"));
}
