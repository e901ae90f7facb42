using Caas.Adapters.MongoDb.Conversations;
using Caas.Adapters.MongoDb.Feed;
using Caas.Adapters.MongoDb.Idempotency;
using Caas.Adapters.MongoDb.Pins;
using Caas.Adapters.MongoDb.Reactions;
using Caas.Adapters.MongoDb.Receipts;
using Caas.Adapters.MongoDb.Tokens;
using Caas.Core.Entries;
using Caas.Core.Feed;
using Caas.Core.Idempotency;
using Caas.Core.OwnViews;
using Caas.Core.Tokens;
using Caas.Tests.MongoDb.StandIn;
using MongoDB.Bson;
using Xunit;
using static Caas.Tests.Conversations.Samples;

namespace Caas.Tests.MongoDb;

/// <summary>What the stores of projections, the feed and the leases send, exactly.</summary>
public sealed class ProjectionCommandTests : IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnStandIn();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private StandInServer Server => _database.StandIn!;

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task Every_write_waits_for_a_majority_and_every_read_is_of_what_one_has()
    {
        var context = _database.CreateContext();
        var conversations = new MongoConversationStore(context);
        await conversations.FoldAsync(Conversation("c"), null, [Member("c", "ann", 1)], Cancelled);
        await conversations.FindAsync(Acme, new("c"), Cancelled);
        await conversations.ListForUserAsync(Acme, new("ann"), OwnViewFilter.Plain, null, 10, Cancelled);
        await conversations.CountAsync(Acme, Cancelled);
        await new MongoReceiptStore(context).MoveAsync([new(new(Acme, "c"), new("ann"), 0, 5, 3)], Cancelled);
        await new MongoReactionStore(context).ApplyAsync(new(Acme, "c"), [new(1, "x", new("ann"), 2, false)], Cancelled);
        await new MongoReactionStore(context).EraseAsync(new(Acme, "c"), 1, Cancelled);
        await new MongoPinStore(context).ApplyAsync(new(Acme, "c"), new(1, new("ann"), 2, false), Cancelled);
        await new MongoPinStore(context).ListAsync(new(Acme, "c"), 10, 10, Cancelled);
        await new MongoLeaseStore(context).AcquireAsync("l", "h", TimeSpan.FromSeconds(1), Cancelled);
        await new MongoRevocationStore(context).ReadAfterAsync(null, Cancelled);
        await new MongoFeedStore(context, TimeProvider.System).AppendAsync([Header(1)], 1, Cancelled);
        var commands = Server.Commands.Where(command => command.Name != "createIndexes").ToList();
        Assert.True(commands.Count > 12);
        Assert.All(commands, command => Assert.True(command.Name is "find" or "aggregate"
            ? command.IsMajorityRead && command.AfterClusterTime is not null && !command.Body.Contains("$readPreference")
            : command.IsMajorityWrite && command.Body["writeConcern"]["j"] == true, command.ToString()));
        Assert.All(commands, command => Assert.False(command.Body.Contains("startTransaction")));
    }

    [Fact]
    public async Task A_member_is_stored_only_where_it_is_newer_and_its_read_cursor_only_rises()
    {
        var store = new MongoConversationStore(_database.CreateContext());
        await store.FoldAsync(Conversation("c", rev: 3), null, [Member("c", "ann", 3)], Cancelled);
        var update = Server.Commands.First(command => command.Name == "update" && command.Collection == "members");
        Assert.Equal("false", update.Body["ordered"].ToString());
        Assert.Equal(
            "{'q':{'_id':'acme/c/ann','tenant':'acme','conversation':'c','user':'ann','rev':{'$lt':3}},"
            + "'u':{'$set':{'role':'member','joinedAt':{'$date':'2026-03-01T12:00:00Z'},'joinedSeq':3,'removed':false,'rev':3},'$max':{'readSeq':0,'readMessageNo':0,'deliveredSeq':0}},'upsert':true}",
            Rendered.Json(update.Body["updates"][0]));
    }

    [Fact]
    public async Task Where_something_newer_stands_the_upsert_is_refused_and_tried_without_inserting()
    {
        var store = new MongoConversationStore(_database.CreateContext());
        await store.FoldAsync(Conversation("c", rev: 3), null, [Member("c", "ann", 3)], Cancelled);
        Server.ClearCommands();
        await store.FoldAsync(Conversation("c", rev: 4), 3, [Member("c", "ann", 2), Member("c", "bob", 4)], Cancelled);
        var updates = Server.Commands.Where(command => command.Collection == "members" && command.Name == "update").Select(command => command.Body["updates"].AsBsonArray).ToList();
        Assert.Equal([2, 1], updates.Select(statements => statements.Count));
        Assert.Equal(("acme/c/ann", false), (updates[1][0]["q"]["_id"].AsString, updates[1][0].AsBsonDocument.GetValue("upsert", false).AsBoolean));
    }

    [Fact]
    public async Task A_lease_goes_by_the_servers_clock_in_one_update()
    {
        await new MongoLeaseStore(_database.CreateContext()).AcquireAsync("projector", "$me", TimeSpan.FromSeconds(8), Cancelled);
        var command = Server.Commands.Single(command => command.Name == "findAndModify").Body;
        const string Mine = "{'$eq':['$holder',{'$literal':'$me'}]}";
        const string May = "{'$or':[" + Mine + ",{'$eq':[{'$ifNull':['$holder',null]},null]},{'$lte':['$until','$$NOW']}]}";
        Assert.Equal("{'_id':'projector'}", Rendered.Json(command["query"]));
        Assert.Equal(
            "[{'$set':{"
            + "'holder':{'$cond':[" + May + ",{'$literal':'$me'},'$holder']},"
            + "'until':{'$cond':[" + May + ",{'$add':['$$NOW',8000]},'$until']},"
            + "'epoch':{'$cond':[" + May + ",{'$cond':[" + Mine + ",'$epoch',{'$add':[{'$ifNull':['$epoch',0]},1]}]},'$epoch']}}}]",
            Rendered.Json(command["update"]));
        Assert.True(command["upsert"].AsBoolean && command["new"].AsBoolean);
    }

    [Fact]
    public async Task A_revocation_gets_the_servers_time_and_what_stands_wins()
    {
        await new MongoRevocationStore(_database.CreateContext()).AddAsync(new("r1", RevocationKind.Token, Acme, new("ann"), "jti", null, null, null, Noon, Noon), Cancelled);
        var update = Server.Commands.Single(command => command.Name == "update").Body["updates"][0];
        Assert.Equal("{'_id':'r1'}", Rendered.Json(update["q"]));
        Assert.StartsWith("[{'$replaceWith':{'$mergeObjects':[{'$literal':{'kind':'token','tenant':'acme','user':'ann',", Rendered.Json(update["u"]), StringComparison.Ordinal);
        Assert.EndsWith("}},{'storedAt':'$$NOW'},'$$ROOT']}}]", Rendered.Json(update["u"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_revocation_that_commits_late_is_still_found_behind_the_readers_position()
    {
        var (one, other) = (new MongoRevocationStore(_database.CreateContext()), new MongoRevocationStore(_database.CreateContext()));
        await one.AddAsync(Revoked("first"), Cancelled);
        var (_, position) = await other.ReadAfterAsync(null, Cancelled);
        lock (Server.Data.Gate)
        {
            // A write that was given its time half a minute before it became visible.
            var late = Server.Data.Live($"{_database.Name}.revocations").All.Single().DeepClone().AsBsonDocument;
            (late["_id"], late["storedAt"]) = ("late", new BsonDateTime(late["storedAt"].AsBsonDateTime.MillisecondsSinceEpoch - 30_000));
            Server.Data.Live($"{_database.Name}.revocations").Insert(late);
        }

        Assert.Contains("late", (await other.ReadAfterAsync(position, Cancelled)).Items.Select(item => item.Id));
    }

    [Fact]
    public async Task The_feed_is_appended_in_order_at_the_known_head_and_heads_are_raised_afterwards()
    {
        var store = new MongoFeedStore(_database.CreateContext(), TimeProvider.System);
        await store.AppendAsync([Header(1)], 1, Cancelled);
        Server.ClearCommands();
        await store.AppendAsync([Header(2), Header(3)], 1, Cancelled);
        Assert.Equal(["find feed_sources", "insert feed", "update feed_heads"], Server.Commands.Select(command => command.ToString()));
        Assert.True(Server.Commands[1].Body["ordered"].AsBoolean);
        Assert.Equal([2, 3], Server.Commands[1].Body["documents"].AsBsonArray.Select(document => document["position"].AsInt64));
        Assert.Equal("{'q':{'_id':'acme'},'u':{'$max':{'head':3}},'upsert':true}", Rendered.Json(Server.Commands[2].Body["updates"][0]));
    }

    [Fact]
    public async Task The_same_headers_again_after_a_lost_answer_leave_neither_hole_nor_double()
    {
        var store = new MongoFeedStore(_database.CreateContext(application: "plain", retryWrites: false), TimeProvider.System);
        await store.AppendAsync([Header(1)], 1, Cancelled);
        _ = Server.Next("insert", new StandInFault.CutAfter());
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.AppendAsync([Header(2), Header(3)], 1, Cancelled));
        _ = Server.Next("update", new StandInFault.CutBefore());
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.AppendAsync([Header(2), Header(3), Header(4)], 1, Cancelled));
        Assert.Equal(1, Assert.Single(await store.ReadBehindAsync("bus/a.$b%", null, 10, Cancelled)).Head);
        await store.AppendAsync([Header(2), Header(3), Header(4)], 1, Cancelled);
        Assert.Equal([1, 2, 3, 4], (await store.ReadAsync(Acme, 0, 10, Cancelled)).Select(item => item.Position));
        await store.SavePositionAsync("bus/a.$b%", Acme, 3, 1, Cancelled);
        Assert.Equal(new FeedLag(Acme, 3, 4), Assert.Single(await store.ReadBehindAsync("bus/a.$b%", null, 10, Cancelled)));
    }

    [Fact]
    public async Task A_claim_whose_answer_was_lost_is_still_the_claimants()
    {
        var store = new MongoIdempotencyStore(_database.CreateContext(application: "plain", retryWrites: false));
        var claim = new IdempotencyRecord("k", "c1", "00", null, null, null, null, Noon.AddMinutes(1));
        await store.PruneAsync(Noon, Cancelled);
        _ = Server.Next("update", new StandInFault.CutAfter());
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.ClaimAsync(claim, Noon, Cancelled));
        Assert.Null(await store.ClaimAsync(claim, Noon, Cancelled));
        Assert.Equal("c1", (await store.ClaimAsync(claim with { ClaimId = "c2" }, Noon, Cancelled))!.ClaimId);
    }

    private static Revocation Revoked(string id) => new(id, RevocationKind.TenantDeleted, Acme, null, null, null, null, null, Noon, Noon.AddDays(1));

    private static EntryHeader Header(long seq) => new(new(Acme, "c"), seq, seq, "message.created", EntryTarget.Message, "ann", Noon);
}
