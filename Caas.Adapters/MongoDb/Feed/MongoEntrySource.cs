using Caas.Adapters.MongoDb.Schema;
using Caas.Core.Feed;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb.Feed;

/// <summary>
/// Follows entries by a change stream over inserts, which gives what a majority has in the order of commits. Its resume token is the position. Where the oplog no longer
/// reaches back, the collection is scanned first, log by log, and the stream goes on from where it was opened before the scan.
/// </summary>
internal sealed class MongoEntrySource(MongoContext context, TimeProvider clock) : IEntrySource
{
    /// <summary>How much earlier the stream starts than asked: clocks of writers and servers differ, and an entry's time is taken before it is committed.</summary>
    private static readonly TimeSpan Disorder = TimeSpan.FromMinutes(10);

    /// <summary>Earlier than any entry of any oplog; the server allows it where the oplog still has its first entry.</summary>
    private static readonly BsonTimestamp Beginning = new(1, 1);

    private readonly IMongoCollection<BsonDocument> _entries = context.Collection(Collections.Entries);

    public async Task<IEntryCursor> OpenAsync(SourcePosition? after, CancellationToken cancellationToken)
    {
        if (after == SourcePosition.Start)
        {
            return await OpenOrScanAsync(Beginning, DateTimeOffset.UnixEpoch, cancellationToken);
        }

        var place = after is null ? null : SourcePlace.Parse(after);
        return Cursor(await WatchAsync(place is null ? new() : new() { ResumeAfter = place.Token }, cancellationToken), place?.Scan);
    }

    public async Task<IEntryCursor> OpenAtTimeAsync(DateTimeOffset from, CancellationToken cancellationToken)
    {
        var earlier = (from < clock.GetUtcNow() ? from : clock.GetUtcNow()) - Disorder;
        var seconds = (int)Math.Clamp(earlier.ToUnixTimeSeconds(), 1, int.MaxValue);
        return await OpenOrScanAsync(new BsonTimestamp(seconds, 1), earlier, cancellationToken);
    }

    private async Task<IEntryCursor> OpenOrScanAsync(BsonTimestamp at, DateTimeOffset from, CancellationToken cancellationToken)
    {
        try
        {
            // That the oplog does not reach back may be told only when the stream is read for the first time.
            var cursor = Cursor(await WatchAsync(new() { StartAtOperationTime = at }, cancellationToken), scan: null);
            cursor.WhenLostAtOnce = async within => (await WatchAsync(new(), within), ScanPlace.Begin(from));
            return cursor;
        }
        catch (SourcePositionLostException)
        {
            return Cursor(await WatchAsync(new(), cancellationToken), ScanPlace.Begin(from));
        }
    }

    private MongoEntryCursor Cursor(IChangeStreamCursor<BsonDocument> stream, ScanPlace? scan) => new(context, _entries, stream, scan, clock);

    private Task<IChangeStreamCursor<BsonDocument>> WatchAsync(ChangeStreamOptions options, CancellationToken cancellationToken)
    {
        BsonDocument[] pipeline =
        [
            new("$match", new BsonDocument("operationType", "insert")),
            new("$project", new BsonDocument(FeedDocument.HeaderFields.Select(field => new BsonElement("fullDocument." + field, 1)))),
        ];
        options.BatchSize = 500;
        return context.RunAsync("follow entries", async (_, within) =>
        {
            try
            {
                return await _entries.WatchAsync<BsonDocument>(pipeline, options, within);
            }
            catch (MongoCommandException exception) when (MongoFaults.IsPositionLost(exception))
            {
                throw new SourcePositionLostException("MongoDB's oplog no longer has the position.", exception);
            }
        }, cancellationToken);
    }
}
