using System.Collections.Concurrent;
using System.Globalization;
using MongoDB.Bson;

namespace Caas.Tests.MongoDb.StandIn;

/// <summary>Change streams over the inserts that a majority has.</summary>
internal sealed class StandInChangeStreams(StandInData data)
{
    private readonly ConcurrentDictionary<long, Cursor> _cursors = [];
    private long _lastId;

    public static bool IsOne(StandInCommand command) =>
        command.Body["pipeline"].AsBsonArray is { Count: > 0 } stages && stages[0].AsBsonDocument.GetElement(0).Name == "$changeStream";

    public BsonDocument Open(StandInCommand command)
    {
        var stages = command.Body["pipeline"].AsBsonArray.Cast<BsonDocument>().ToList();
        var stream = stages[0]["$changeStream"].AsBsonDocument;
        lock (data.Gate)
        {
            var after = stream.TryGetValue("resumeAfter", out var token) || stream.TryGetValue("startAfter", out token) ? Read(token.AsBsonDocument)
                : stream.TryGetValue("startAtOperationTime", out var at) ? new BsonTimestamp(at.AsBsonTimestamp.Value - 1)
                : data.Time.Committed;
            if (after < data.OplogStart && !data.SaysLostLate)
            {
                throw StandInError.HistoryLost();
            }

            var id = Interlocked.Increment(ref _lastId);
            _cursors[id] = new Cursor($"{command.Database}.{command.Collection}", stages[1..]) { After = after };
            return Reply(id, _cursors[id], "firstBatch", []);
        }
    }

    public async Task<BsonDocument> GetMoreAsync(StandInCommand command, CancellationToken cancellationToken)
    {
        var id = command.Body[0].ToInt64();
        if (!_cursors.TryGetValue(id, out var cursor))
        {
            throw new StandInError(43, "CursorNotFound", $"cursor id {id} not found");
        }

        cursor.BatchSize = command.Body.GetValue("batchSize", cursor.BatchSize).ToInt32();
        var wait = TimeSpan.FromMilliseconds(command.Body.GetValue("maxTimeMS", 1000).ToDouble());
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(wait);
        while (true)
        {
            var changed = data.Time.ChangedAsync();
            lock (data.Gate)
            {
                if (cursor.After < data.OplogStart)
                {
                    _cursors.TryRemove(id, out _);
                    throw StandInError.HistoryLost();
                }

                var events = Events(cursor);
                if (events.Count > 0 || deadline.IsCancellationRequested)
                {
                    return Reply(id, cursor, "nextBatch", events);
                }
            }

            try
            {
                await changed.WaitAsync(deadline.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // time is up: an empty batch
            }
        }
    }

    public void Kill(StandInCommand command)
    {
        if (command.Name == "killCursors")
        {
            foreach (var id in command.Body["cursors"].AsBsonArray)
            {
                _cursors.TryRemove(id.ToInt64(), out _);
            }
        }
    }

    private List<BsonDocument> Events(Cursor cursor)
    {
        var committed = data.Time.Committed;
        var events = new List<BsonDocument>();
        foreach (var entry in data.Oplog.SkipWhile(entry => entry.Time <= cursor.After).TakeWhile(entry => entry.Time <= committed))
        {
            cursor.After = entry.Time;
            if (entry.FullName == cursor.FullName && Through(cursor.Stages, Event(entry)) is { } shown)
            {
                events.Add(shown);
                if (events.Count == cursor.BatchSize)
                {
                    return events;
                }
            }
        }

        cursor.After = committed > cursor.After ? committed : cursor.After;
        return events;
    }

    private BsonDocument? Through(List<BsonDocument> stages, BsonDocument shown)
    {
        foreach (var stage in stages.Select(stage => stage.GetElement(0)))
        {
            switch (stage.Name)
            {
                case "$match" when !Filters.Matches(shown, stage.Value.AsBsonDocument, new Expressions(data.Time.Wall)):
                    return null;
                case "$match":
                    break;
                case "$project":
                    shown = StandInReads.Project(shown, stage.Value.AsBsonDocument);
                    break;
                default:
                    throw StandInError.NotSupported($"stage {stage.Name} of a change stream");
            }
        }

        return shown;
    }

    private static BsonDocument Event(OplogEntry entry) => new()
    {
        { "_id", Token(entry.Time) },
        { "operationType", "insert" },
        { "clusterTime", entry.Time },
        { "documentKey", new BsonDocument("_id", entry.Document["_id"]) },
        { "fullDocument", entry.Document },
    };

    private static BsonDocument Reply(long id, Cursor cursor, string batch, List<BsonDocument> events) =>
        new() { { "ok", 1 }, { "cursor", new BsonDocument { { "id", id }, { "ns", cursor.FullName }, { batch, new BsonArray(events) }, { "postBatchResumeToken", Token(cursor.After) } } } };

    private static BsonDocument Token(BsonTimestamp time) => new("_data", time.Value.ToString("X16", CultureInfo.InvariantCulture));

    private static BsonTimestamp Read(BsonDocument token) =>
        long.TryParse(token["_data"].AsString, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var time) ? new(time) : throw new StandInError(260, "InvalidResumeToken", "Bad resume token");

    private sealed record Cursor(string FullName, List<BsonDocument> Stages)
    {
        public int BatchSize { get; set; } = 101;

        public BsonTimestamp After { get; set; } = new(0, 0);
    }
}
