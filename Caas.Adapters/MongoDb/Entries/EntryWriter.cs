using Caas.Core.Entries;
using MongoDB.Bson;

namespace Caas.Adapters.MongoDb.Entries;

/// <summary>
/// Runs the lanes of logs: inserts what waits at the place after the known tail, and when an index refuses it reads what there is and goes on. The unique index on
/// (tenant, log, seq) is the sequencer; place n + 1 is sent only when a majority is known to have n.
/// </summary>
internal sealed class EntryWriter(MongoContext context, MongoMetrics metrics, TimeProvider clock)
{
    private const int ReadsAtOnce = 16;
    private readonly LogLanes _lanes = new(context.Options.RememberedTails, clock);
    private readonly EntryInserts _inserts = new(context);
    private readonly EntryLookups _lookups = new(context);

    /// <summary>How many logs are remembered.</summary>
    public int RememberedLogs => _lanes.Count;

    public async Task<IReadOnlyList<AppendOutcome>> AppendAsync(IReadOnlyList<EntryDraft> drafts, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var now = clock.GetTimestamp();
        var pendings = drafts.Select(draft => new PendingAppend(draft, now)).ToArray();
        _ = RunAsync(_lanes.Enter(pendings));
        try
        {
            return await Task.WhenAll(pendings.Select(pending => pending.Outcome)).WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // What is under way goes on: others' drafts may be in the same insert.
            Array.ForEach(pendings, pending => pending.IsAbandoned = true);
            throw;
        }
    }

    /// <summary>Runs lanes that were idle: single drafts of different logs go in one insert, several drafts of one log in their own. Never throws.</summary>
    private async Task RunAsync(List<LogLane> lanes)
    {
        List<(LogLane Lane, List<PendingAppend> Batch)> known = [], unknown = [];
        var tasks = new List<Task>();
        foreach (var lane in lanes)
        {
            var batch = new List<PendingAppend>();
            _lanes.TakeWaiting(lane, batch);
            if (batch.Count != 1 || lanes.Count == 1 || lane.Fairness.LooksFirst || clock.GetTimestamp() < lane.Fairness.NotBefore)
            {
                tasks.Add(RunLaneAsync(lane, batch));
            }
            else
            {
                (lane.Tail is null ? unknown : known).Add((lane, batch));
            }
        }

        tasks.Add(RunTogetherAsync(known));
        tasks.Add(RunTogetherAsync(unknown));
        await Task.WhenAll(tasks);
    }

    /// <summary>Runs a lane until nothing waits in it. Never throws.</summary>
    private async Task RunLaneAsync(LogLane lane, List<PendingAppend> batch, Func<Task>? firstStep = null)
    {
        await GuardAsync(batch, firstStep ?? (() => AppendOnceAsync(lane, batch)));
        while (!FinishAttempt(lane, batch))
        {
            await GuardAsync(batch, () => AppendOnceAsync(lane, batch));
        }
    }

    /// <summary>After an attempt: takes what waits by now to what is left (after a lost race all goes together), leaves the lane when that is nothing, and tells what was settled.</summary>
    /// <returns>Whether the lane was left.</returns>
    private bool FinishAttempt(LogLane lane, List<PendingAppend> batch)
    {
        var settled = lane.TakeSettled();
        _lanes.TakeWaiting(lane, batch);
        var left = batch.Count == 0 && _lanes.TryLeave(lane);
        settled.ForEach(item => item.Pending.Settle(item.Outcome));
        return left;
    }

    /// <summary>One unordered insert for single drafts of different logs; then each lane goes on by itself. Never throws.</summary>
    private async Task RunTogetherAsync(List<(LogLane Lane, List<PendingAppend> Batch)> singles)
    {
        foreach (var some in singles.Chunk(500))
        {
            var refused = await AppendTogetherAsync(some);
            foreach (var (lane, batch) in some)
            {
                if (refused.TryGetValue(lane, out var by))
                {
                    _ = RunLaneAsync(lane, batch, () => SettleRefusalAsync(lane, batch, 0, by));
                }
                else if (!FinishAttempt(lane, batch))
                {
                    _ = RunLaneAsync(lane, batch);
                }
            }
        }
    }

    /// <returns>The lanes whose draft a unique index refused.</returns>
    private async Task<Dictionary<LogLane, RefusedBy>> AppendTogetherAsync((LogLane Lane, List<PendingAppend> Batch)[] singles)
    {
        await Parallel.ForEachAsync(singles, new ParallelOptions { MaxDegreeOfParallelism = ReadsAtOnce }, async (single, _) => await GuardAsync(single.Batch, () => PrepareAsync(single.Lane, single.Batch)));
        var sent = singles.Where(single => single.Batch.Count > 0).ToArray();
        if (sent.Length == 0)
        {
            return [];
        }

        var places = Array.ConvertAll(sent, single => single.Lane.Tail!.Value.Next(single.Batch[0].Draft));
        IReadOnlyDictionary<int, RefusedBy> refused = new Dictionary<int, RefusedBy>();
        await GuardAsync(sent.Select(single => single.Batch), async () =>
        {
            var startedAt = clock.GetTimestamp();
            refused = await _inserts.InsertAsync([.. sent.Select((single, i) => EntryDocument.From(single.Batch[0], places[i]))], ordered: false);
            metrics.Inserted(sent.Length, clock.GetElapsedTime(startedAt));
            for (var i = 0; i < sent.Length; i++)
            {
                if (!refused.ContainsKey(i))
                {
                    Stored(sent[i].Lane, sent[i].Batch, [places[i]], startedAt);
                }
            }
        });
        return refused.ToDictionary(refusal => sent[refusal.Key].Lane, refusal => refusal.Value);
    }

    /// <summary>One insert of a batch of one log. What it settles leaves the batch.</summary>
    private async Task AppendOnceAsync(LogLane lane, List<PendingAppend> batch)
    {
        if (clock.GetTimestamp() is var now && now < lane.Fairness.NotBefore)
        {
            await Task.Delay(clock.GetElapsedTime(now, lane.Fairness.NotBefore), clock);
            _lanes.TakeWaiting(lane, batch);
        }

        await PrepareAsync(lane, batch);
        if (batch.Count == 0)
        {
            return;
        }

        var (place, places) = (lane.Tail!.Value, new List<LogTail>());
        var documents = new List<BsonDocument>();
        foreach (var pending in batch.TakeWhile((pending, i) => i == 0 || !pending.Draft.OnlyFirst))
        {
            places.Add(place = place.Next(pending.Draft));
            documents.Add(EntryDocument.From(pending, place));
        }

        var startedAt = clock.GetTimestamp();
        var refused = await _inserts.InsertAsync(documents, ordered: true);
        metrics.Inserted(documents.Count, clock.GetElapsedTime(startedAt));
        if (refused.Count == 0)
        {
            Stored(lane, batch, places, startedAt);
        }
        else
        {
            var (at, by) = refused.First();
            await SettleRefusalAsync(lane, batch, at, by);
        }
    }

    /// <summary>Learns the tail where it is not known or probably old, and settles what no longer can be stored.</summary>
    private async Task PrepareAsync(LogLane lane, List<PendingAppend> batch)
    {
        foreach (var overdue in batch.Where(pending => clock.GetElapsedTime(pending.EnqueuedAt) > context.Options.RaceTimeout).ToList())
        {
            batch.Remove(overdue);
            overdue.Fail(new StoreUnavailableException("MongoDB could not append an entry: others were faster for too long."));
        }

        if (batch.Count == 0)
        {
            return;
        }

        if (lane.Tail is null && batch[0].Draft.OnlyFirst)
        {
            lane.Advance(default); // a log begins at 1: nothing comes before it that could be missing
        }
        else if (lane.Tail is null || lane.Fairness.LooksFirst)
        {
            await LookAsync(lane);
        }

        if (lane.Tail!.Value.Seq > 0 && batch.Where(pending => pending.Draft.OnlyFirst).ToList() is { Count: > 0 } late)
        {
            var found = await _lookups.FindAsync(lane.Log, [.. late.Select(pending => pending.Draft)], CancellationToken.None);
            foreach (var pending in late)
            {
                batch.Remove(pending);
                if (!TrySettle(lane, pending, found))
                {
                    lane.Settle(pending, AppendStatus.LogExists, null);
                }
            }
        }
    }

    /// <summary>A unique index refused the draft at <paramref name="at"/>; those before it were inserted, those behind it not tried.</summary>
    private async Task SettleRefusalAsync(LogLane lane, List<PendingAppend> batch, int at, RefusedBy by)
    {
        // What was inserted before the refusal is confirmed by reading it: a router leaves out the write concern's error of an ordered insert that was refused in part.
        var refused = batch[at];
        var (inserted, asked) = (batch[..at], batch[..(by == RefusedBy.Place ? at : at + 1)]);
        var found = asked.Count == 0 ? [] : await _lookups.FindAsync(lane.Log, [.. asked.Select(pending => pending.Draft)], CancellationToken.None);
        foreach (var pending in inserted)
        {
            if (found.TryGetValue((pending.Draft.ActorId, pending.Draft.ClientMessageId), out var entry) && entry.Id == pending.Draft.Id)
            {
                batch.Remove(pending);
                lane.Advance(new LogTail(entry.Seq, entry.MessageNo));
                lane.Settle(pending, AppendStatus.Appended, entry);
            }
        }

        if (by != RefusedBy.Place && TrySettle(lane, refused, found))
        {
            batch.Remove(refused);
            return;
        }

        if (by == RefusedBy.Id && await _lookups.HasAsync(lane.Log, refused.Draft.Id, CancellationToken.None))
        {
            batch.Remove(refused);
            refused.Fail(new InvalidOperationException($"The entry id {refused.Draft.Id} stands for another client id in {lane.Log}."));
            return;
        }

        metrics.LostRace();
        lane.Fairness.LostRace();
        await LookAsync(lane);
    }

    private async Task LookAsync(LogLane lane)
    {
        var tail = await _lookups.ReadTailAsync(lane.Log, CancellationToken.None);
        lane.Fairness.Looked(sawOther: lane.Tail is { } known && tail.Seq > known.Seq);
        lane.Advance(tail);
    }

    private bool TrySettle(LogLane lane, PendingAppend pending, Dictionary<(string? Actor, string ClientId), Entry> found)
    {
        if (!found.TryGetValue((pending.Draft.ActorId, pending.Draft.ClientMessageId), out var entry))
        {
            return false;
        }

        metrics.Duplicate();
        var same = entry.ContentHash == pending.Draft.ContentHash;
        lane.Settle(pending, same ? AppendStatus.Duplicate : AppendStatus.ClientIdReused, same ? entry : null);
        return true;
    }

    private static void Stored(LogLane lane, List<PendingAppend> batch, List<LogTail> places, long startedAt)
    {
        lane.Advance(places[^1]);
        lane.Fairness.Wrote(startedAt);
        for (var i = 0; i < places.Count; i++)
        {
            lane.Settle(batch[i], AppendStatus.Appended, batch[i].Draft.PlacedAt(places[i]));
        }

        batch.RemoveRange(0, places.Count);
    }


    /// <summary>Whatever goes wrong is told to those who wait, so that none waits for ever; the lane goes on.</summary>
    private Task GuardAsync(List<PendingAppend> batch, Func<Task> work) => GuardAsync([batch], work);

    private async Task GuardAsync(IEnumerable<List<PendingAppend>> batches, Func<Task> work)
    {
        try
        {
            await work();
        }
#pragma warning disable CA1031 // a fault of ours must reach the callers too, whatever it is
        catch (Exception exception)
#pragma warning restore CA1031
        {
            foreach (var batch in batches)
            {
                metrics.Unknown(batch.Count);
                batch.ForEach(pending => pending.Fail(exception));
                batch.Clear();
            }
        }
    }
}
