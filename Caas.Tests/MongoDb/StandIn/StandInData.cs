using MongoDB.Bson;

namespace Caas.Tests.MongoDb.StandIn;

/// <summary>Everything that is stored, the oplog of inserts, and what a majority has of it. Callers hold <see cref="Gate"/>.</summary>
internal sealed class StandInData(TimeProvider clock)
{
    private readonly List<OplogEntry> _oplog = [];
    private Dictionary<string, StandInCollection> _collections = [];
    private Dictionary<string, StandInCollection>? _committed;

    private readonly Dictionary<(BsonValue Session, long Number), (BsonTimestamp Time, BsonDocument Reply)> _retryable = [];

    public Lock Gate { get; } = new();

    public StandInTime Time { get; } = new(clock);

    /// <summary>The oldest moment that the oplog still knows.</summary>
    public BsonTimestamp OplogStart { get; private set; } = new(0, 0);

    /// <summary>Whether a change stream whose start is lost can be opened all the same, and says so when it is first read.</summary>
    public bool SaysLostLate { get; set; }

    public IReadOnlyList<OplogEntry> Oplog => _oplog;

    public StandInCollection Live(string fullName) => Get(_collections, fullName);

    /// <summary>As a majority has it.</summary>
    public StandInCollection Majority(string fullName) => Get(_committed ?? _collections, fullName);

    /// <summary>How often another primary has taken over.</summary>
    public int Term { get; private set; }

    /// <summary>Does a retryable write, once, or gives the answer that it had.</summary>
    public BsonDocument Once((BsonValue Session, long Number) transaction, Func<BsonDocument> write)
    {
        if (!_retryable.TryGetValue(transaction, out var done))
        {
            var reply = write();
            _retryable[transaction] = done = (Time.Now, reply);
        }

        return done.Reply.DeepClone().AsBsonDocument;
    }

    public void Note(BsonTimestamp time, string fullName, BsonDocument inserted) => _oplog.Add(new(time, fullName, inserted));

    public void Drop(string database)
    {
        foreach (var name in _collections.Keys.Where(name => name.StartsWith(database + ".", StringComparison.Ordinal)).ToList())
        {
            _collections.Remove(name);
        }
    }

    /// <summary>The other nodes stop answering: what is written from now on is on the primary alone.</summary>
    public void HoldMajority()
    {
        lock (Gate)
        {
            _committed ??= Copy(_collections);
            Time.Hold();
        }
    }

    /// <summary>The other nodes catch up.</summary>
    public void ReleaseMajority()
    {
        lock (Gate)
        {
            _committed = null;
            Time.Release();
        }
    }

    /// <summary>A failover: what no majority had is gone, and the new primary answers.</summary>
    public void RollBack()
    {
        lock (Gate)
        {
            var committed = Time.Committed;
            _collections = _committed ?? _collections;
            _committed = null;
            _oplog.RemoveAll(entry => entry.Time > committed);
            _retryable.Where(done => done.Value.Time > committed).ToList().ForEach(done => _retryable.Remove(done.Key));
            Term++;
            Time.Tick();
            Time.Release();
        }
    }

    /// <summary>The oplog forgets everything up to now.</summary>
    public void TruncateOplog()
    {
        lock (Gate)
        {
            OplogStart = Time.Tick();
            _oplog.Clear();
        }
    }

    private static StandInCollection Get(Dictionary<string, StandInCollection> collections, string fullName) =>
        collections.TryGetValue(fullName, out var collection) ? collection : collections[fullName] = new StandInCollection(fullName);

    private static Dictionary<string, StandInCollection> Copy(Dictionary<string, StandInCollection> collections) => collections.ToDictionary(pair => pair.Key, pair => pair.Value.Clone());
}

/// <summary>One insert.</summary>
internal sealed record OplogEntry(BsonTimestamp Time, string FullName, BsonDocument Document);
