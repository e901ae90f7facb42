using Caas.Adapters.MongoDb;
using Caas.Adapters.MongoDb.Entries;
using Caas.Core.Entries;
using Caas.Tests.MongoDb.StandIn;
using MongoDB.Bson;
using Xunit;
using static Caas.Tests.Entries.Drafts;

namespace Caas.Tests.MongoDb.Entries;

/// <summary>Everything goes wrong at once, at random: what was acknowledged stands in the log, once, where it was said to stand, and the log is dense.</summary>
public sealed class EntryStormTests : IAsyncDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(3);
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnStandIn();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private StandInServer Server => _database.StandIn!;

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Nothing_acknowledged_is_lost_doubled_or_moved(int seed)
    {
        const int Each = 40;
        var options = new MongoStoreOptions { ServerTimeout = TimeSpan.FromMilliseconds(250), OperationTimeout = TimeSpan.FromSeconds(3) };
        var stores = new[]
        {
            _database.CreateEntryStore(_database.CreateContext(options, application: "one")),
            _database.CreateEntryStore(_database.CreateContext(options, application: "two", retryWrites: false)),
        };
        await stores[0].AppendAsync([Message(Log("a"), "first")], Cancelled);
        await stores[1].AppendAsync([Message(Log("b"), "first")], Cancelled);
        var random = new Random(seed);
        Server.Rule = command => command.Name is "insert" or "find" ? Fault(random, command.Name == "insert") : null;
        using var calm = new CancellationTokenSource();
        var storm = StormAsync(new Random(seed + 100), calm.Token);

        var acknowledged = await Task.WhenAll(Enumerable.Range(0, 6).Select(writer => Task.Run(() => WriteAsync(stores[writer % 2], writer, Each), Cancelled))).WaitAsync(Bound, Cancelled);
        await calm.CancelAsync();
        await storm;
        Server.Rule = null;
        foreach (var log in new[] { Log("a"), Log("b") })
        {
            var entries = await _database.CreateEntryStore().ReadAfterAsync(log, 0, 10_000, Cancelled);
            Assert.Equal(Enumerable.Range(1, entries.Count).Select(n => ((long)n, (long)n)), entries.Select(entry => (entry.Seq, entry.MessageNo)));
            Assert.Equal(1 + acknowledged.SelectMany(mine => mine).Count(entry => entry.Log == log), entries.Count);
            Assert.All(acknowledged.SelectMany(mine => mine).Where(entry => entry.Log == log), said =>
            {
                var stands = entries[(int)said.Seq - 1];
                Assert.Equal((said.Id, said.ActorId, said.ClientMessageId), (stands.Id, stands.ActorId, stands.ClientMessageId));
            });
        }
    }

    /// <summary>Sends drafts, some together and some to both logs, each again and again until it is acknowledged.</summary>
    private static async Task<List<Entry>> WriteAsync(MongoEntryStore store, int writer, int count)
    {
        var acknowledged = new List<Entry>();
        for (var n = 0; n < count;)
        {
            var drafts = Enumerable.Range(n, Math.Min(1 + (n % 4), count - n)).Select(i => Message(Log(i % 3 == 0 ? "b" : "a"), $"{i}", actor: $"writer-{writer}")).ToList();
            n += drafts.Count;
            while (true)
            {
                try
                {
                    acknowledged.AddRange((await store.AppendAsync(drafts, Cancelled)).Select(outcome => outcome.Entry!));
                    break;
                }
                catch (StoreUnavailableException)
                {
                    // unknown: the same drafts again
                }
            }
        }

        return acknowledged;
    }

    private static StandInFault? Fault(Random random, bool isWrite)
    {
        int roll;
        lock (random)
        {
            roll = random.Next(200);
        }

        return roll switch
        {
            < 4 => new StandInFault.CutBefore(),
            < 8 => new StandInFault.CutAfter(),
            < 12 when isWrite => StandInFault.WriteConcernError(),
            < 15 => StandInFault.Fail(new(11601, "Interrupted", "operation was interrupted")),
            < 18 => new StandInFault.Hold(Task.Delay(roll)),
            < 26 when isWrite => new StandInFault.Change(reply =>
            {
                foreach (var error in reply.GetValue("writeErrors", new BsonArray()).AsBsonArray)
                {
                    error["errmsg"] = "E11000 said in other words";
                }
            }),
            _ => null,
        };
    }

    /// <summary>Majorities that are lost and come back, with or without a failover that rolls back what none had.</summary>
    private async Task StormAsync(Random random, CancellationToken calm)
    {
        while (!calm.IsCancellationRequested)
        {
            await Task.Delay(random.Next(20, 80), CancellationToken.None);
            Server.Data.HoldMajority();
            await Task.Delay(random.Next(5, 60), CancellationToken.None);
            if (random.Next(3) == 0)
            {
                Server.Data.ReleaseMajority();
            }
            else
            {
                Server.Data.RollBack();
            }
        }
    }
}
