using Caas.Adapters.MongoDb.Schema;
using Caas.Core.Feed;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb.Feed;

/// <summary>Gives what the scan has left, then what the change stream brings. Not for use by several at once.</summary>
internal sealed class MongoEntryCursor(MongoContext context, IMongoCollection<BsonDocument> entries, IChangeStreamCursor<BsonDocument> stream, ScanPlace? scan, TimeProvider clock) : IEntryCursor
{
    private static readonly BsonDocument Fields = new(FeedDocument.HeaderFields.Select(field => new BsonElement(field, 1)));
    private static readonly BsonDocument ByLog = new() { { "tenant", 1 }, { "log", 1 }, { "seq", 1 } };
    private readonly CancellationTokenSource _stop = new();
    private readonly Queue<BsonDocument> _arrived = new();
    private IChangeStreamCursor<BsonDocument> _stream = stream;
    private Task<bool>? _move;
    private BsonDocument? _token = stream.GetResumeToken();
    private ScanPlace? _scan = scan;

    /// <summary>What to follow instead when the stream says before its first entry that its start is lost; null: it is said.</summary>
    public Func<CancellationToken, Task<(IChangeStreamCursor<BsonDocument> Stream, ScanPlace Scan)>>? WhenLostAtOnce { get; set; }

    public async Task<SourceBatch> NextAsync(int limit, TimeSpan wait, CancellationToken cancellationToken)
    {
        try
        {
            return await FollowAsync(limit, wait, cancellationToken);
        }
        catch (SourcePositionLostException) when (WhenLostAtOnce is not null)
        {
            var lost = _stream;
            (_stream, _scan) = await WhenLostAtOnce(cancellationToken);
            (WhenLostAtOnce, _token) = (null, _stream.GetResumeToken());
            lost.Dispose();
            return await FollowAsync(limit, wait, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_move is not null)
        {
            await ((Task)_move).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _stream.Dispose();
        _stop.Dispose();
    }

    private async Task<SourceBatch> FollowAsync(int limit, TimeSpan wait, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        while (_scan is { } place)
        {
            var older = await ScanAsync(place, limit, cancellationToken);
            if (older.Count > 0 || (_scan is not null && clock.GetElapsedTime(started) >= wait))
            {
                return new(older, Position());
            }
        }

        while (_arrived.Count == 0)
        {
            if (!await MoveAsync(wait - clock.GetElapsedTime(started), cancellationToken))
            {
                return new([], Position());
            }
        }

        var newer = new List<EntryHeader>();
        while (newer.Count < limit && _arrived.TryDequeue(out var change))
        {
            newer.Add(FeedDocument.Read(change["fullDocument"].AsBsonDocument));
            _token = change["_id"].AsBsonDocument;
        }

        _token = _arrived.Count == 0 ? _stream.GetResumeToken() : _token;
        return new(newer, Position());
    }

    /// <summary>Waits for the server's next answer. It goes on waiting behind a call that has given up, so that nothing is asked twice.</summary>
    /// <returns>Whether the server answered in time.</returns>
    private async Task<bool> MoveAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        _move ??= _stream.MoveNextAsync(_stop.Token);
        if (!_move.IsCompleted)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var late = Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, clock, patience.Token);
            await Task.WhenAny(_move, late);
            await patience.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
            if (!_move.IsCompleted)
            {
                return false;
            }
        }

        var move = _move;
        _move = null;
        try
        {
            if (!await move)
            {
                throw new SourcePositionLostException("The collection that was followed is gone.");
            }
        }
        catch (MongoCommandException exception) when (MongoFaults.IsPositionLost(exception))
        {
            throw new SourcePositionLostException("MongoDB's oplog no longer has the position.", exception);
        }
        catch (Exception exception) when (MongoFaults.IsUnavailable(exception))
        {
            throw MongoFaults.AsUnavailable("follow entries", exception);
        }

        foreach (var change in _stream.Current)
        {
            _arrived.Enqueue(change);
            WhenLostAtOnce = null;
        }

        _token = _arrived.Count == 0 ? _stream.GetResumeToken() : _token;
        return true;
    }

    /// <summary>
    /// Reads the next stretch in (tenant, log, seq) and moves on behind it. The times are judged here: were the server to look for them, one call could take as long as the
    /// whole collection does.
    /// </summary>
    private async Task<List<EntryHeader>> ScanAsync(ScanPlace place, int limit, CancellationToken cancellationToken)
    {
        BsonDocument[] behind =
        [
            new() { { "tenant", place.Tenant }, { "log", place.Log }, { "seq", new BsonDocument("$gt", place.Seq) } },
            new() { { "tenant", place.Tenant }, { "log", new BsonDocument("$gt", place.Log) } },
            new() { { "tenant", new BsonDocument("$gt", place.Tenant) } },
        ];
        foreach (var filter in behind)
        {
            var stretch = await context.ListAsync(entries, filter, ByLog, limit, cancellationToken, Indexes.EntrySeq, Fields);
            if (stretch.Count > 0)
            {
                var last = stretch[^1];
                _scan = place with { Tenant = last.Text("tenant"), Log = last.Text("log"), Seq = last.Number("seq") };
                return stretch.ConvertAll(FeedDocument.Read).FindAll(header => header.At >= place.From);
            }
        }

        _scan = null;
        return [];
    }

    private SourcePosition Position() => new SourcePlace(_token ?? throw new InvalidOperationException("The server gives no resume tokens: MongoDB 4.4 or later is needed."), _scan).Position;
}
