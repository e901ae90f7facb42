using Caas.Adapters.MongoDb.Feed;
using Caas.Core.Entries;
using Caas.Core.Feed;
using Caas.Tests.MongoDb.Entries;
using Caas.Tests.MongoDb.StandIn;
using Xunit;
using static Caas.Tests.Entries.Drafts;

namespace Caas.Tests.MongoDb.Feed;

/// <summary>How the change stream is opened, and what happens when the oplog has moved on or the connection is lost.</summary>
public sealed class EntrySourceFaultTests : IAsyncDisposable
{
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(30);
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnStandIn();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private StandInServer Server => _database.StandIn!;

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task The_stream_is_of_inserts_with_the_fields_of_a_header_and_goes_on_by_its_token()
    {
        await using (var cursor = await Source().OpenAsync(SourcePosition.Start, Cancelled))
        {
            await _database.CreateEntryStore().AppendAsync([Message(Log(), "1")], Cancelled);
            var batch = await cursor.NextAsync(10, Wait, Cancelled);
            await using var next = await Source().OpenAsync(batch.Position, Cancelled);
        }

        await using var now = await Source().OpenAsync(null, Cancelled);
        var streams = Server.Commands.Where(command => command.Name == "aggregate").ToList();
        Assert.All(streams, stream => Assert.True(stream.IsMajorityRead));
        var pipelines = streams.Select(stream => stream.Body["pipeline"].AsBsonArray).ToList();
        Assert.All(pipelines, pipeline => Assert.Equal(
            "{'$match':{'operationType':'insert'}} {'$project':{'fullDocument.tenant':1,'fullDocument.log':1,'fullDocument.seq':1,'fullDocument.messageNo':1,"
            + "'fullDocument.type':1,'fullDocument.target':1,'fullDocument.actor':1,'fullDocument.at':1,'fullDocument.thread':1}}",
            $"{Rendered.Json(pipeline[1])} {Rendered.Json(pipeline[2])}"));
        Assert.Equal("{'$changeStream':{'startAtOperationTime':{'$timestamp':{'t':1,'i':1}}}}", Rendered.Json(pipelines[0][0]));
        Assert.Equal("resumeAfter", Assert.Single(pipelines[1][0]["$changeStream"].AsBsonDocument.Names));
        Assert.Equal("{'$changeStream':{}}", Rendered.Json(pipelines[2][0]));
    }

    [Fact]
    public async Task A_place_that_the_oplog_no_longer_has_is_lost_when_opened_and_when_read()
    {
        var store = _database.CreateEntryStore();
        await store.AppendAsync([Message(Log(), "1")], Cancelled);
        await using var open = await Source().OpenAsync(SourcePosition.Start, Cancelled);
        var position = (await open.NextAsync(10, Wait, Cancelled)).Position;
        Server.Data.TruncateOplog();
        await Assert.ThrowsAsync<SourcePositionLostException>(() => Source().OpenAsync(position, Cancelled));
        await Assert.ThrowsAsync<SourcePositionLostException>(() => open.NextAsync(10, Wait, Cancelled));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public async Task Where_the_oplog_does_not_reach_back_the_collection_is_scanned_and_the_stream_follows(bool fromTheStart, bool saidLate)
    {
        var store = _database.CreateEntryStore();
        LogId[] logs = [Log("a"), Log("b"), Log("a", Globex), LogId.OfTenant(Acme)];
        foreach (var log in logs)
        {
            await store.AppendAsync([.. Enumerable.Range(1, 5).Select(n => Message(log, $"{n}") with { At = Noon.AddHours(n) })], Cancelled);
        }

        Server.Data.TruncateOplog();
        Server.Data.SaysLostLate = saidLate;
        IEntryCursor cursor = fromTheStart ? await Source().OpenAsync(SourcePosition.Start, Cancelled) : await Source().OpenAtTimeAsync(Noon.AddHours(3), Cancelled);
        await store.AppendAsync([Message(Log("late"), "1") with { At = Noon.AddHours(6) }], Cancelled);
        var (headers, position) = (new List<EntryHeader>(), (SourcePosition?)null);
        while (headers.Distinct().Count() < (fromTheStart ? 21 : 13))
        {
            var batch = await cursor.NextAsync(3, Wait, Cancelled);
            Assert.True(batch.Entries.Count <= 3 && headers.Count < 100);
            Assert.True(batch.Entries.Count > 0, $"Only {headers.Count} came.");
            headers.AddRange(batch.Entries);
            position = batch.Position;

            // Each time another process goes on from the place that was saved.
            await cursor.DisposeAsync();
            cursor = await Source().OpenAsync(position, Cancelled);
        }

        await cursor.DisposeAsync();
        Assert.Contains(headers, header => header.Log == Log("late"));
        foreach (var log in logs)
        {
            Assert.Equal((fromTheStart ? Enumerable.Range(1, 5) : Enumerable.Range(3, 3)).Select(n => (long)n), headers.Where(header => header.Log == log).Select(header => header.Seq));
        }
    }

    [Fact]
    public async Task A_lost_connection_is_mended_by_the_driver_or_said_and_nothing_is_missed()
    {
        var store = _database.CreateEntryStore();
        var (position, seqs) = (SourcePosition.Start, new List<long>());
        var cursor = await Source().OpenAsync(position, Cancelled);
        for (var n = 1; n <= 12; n++)
        {
            await store.AppendAsync([Message(Log(), $"{n}")], Cancelled);
            if (n % 3 == 0)
            {
                _ = Server.Next("getMore", n % 2 == 0 ? new StandInFault.CutAfter() : StandInFault.Fail(new(8, "UnknownError", "something went wrong")));
            }

            while (seqs.Count == 0 || seqs[^1] < n)
            {
                try
                {
                    var batch = await cursor.NextAsync(10, Wait, Cancelled);
                    Assert.NotEmpty(batch.Entries);
                    seqs.AddRange(batch.Entries.Select(header => header.Seq));
                    position = batch.Position;
                }
                catch (StoreUnavailableException)
                {
                    await cursor.DisposeAsync();
                    cursor = await Source().OpenAsync(position, Cancelled);
                }
            }
        }

        await cursor.DisposeAsync();
        Assert.Equal(Enumerable.Range(1, 12).Select(seq => (long)seq), seqs.Distinct());
    }

    [Fact]
    public async Task What_no_majority_has_is_not_followed()
    {
        var store = _database.CreateEntryStore();
        await store.AppendAsync([Message(Log(), "1")], Cancelled);
        await using var cursor = await Source().OpenAsync(SourcePosition.Start, Cancelled);
        Assert.Single((await cursor.NextAsync(10, Wait, Cancelled)).Entries);
        Server.Data.HoldMajority();
        var appending = store.AppendAsync([Message(Log(), "2")], Cancelled);
        Assert.Empty((await cursor.NextAsync(10, TimeSpan.FromMilliseconds(300), Cancelled)).Entries);
        Server.Data.ReleaseMajority();
        await appending;
        Assert.Equal(2, Assert.Single((await cursor.NextAsync(10, Wait, Cancelled)).Entries).Seq);
    }

    private MongoEntrySource Source() => new(_database.CreateContext(), TimeProvider.System);
}
