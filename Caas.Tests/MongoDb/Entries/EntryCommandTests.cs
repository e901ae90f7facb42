using Caas.Core.Entries;
using Caas.Tests.MongoDb.StandIn;
using Xunit;
using static Caas.Tests.Entries.Drafts;

namespace Caas.Tests.MongoDb.Entries;

/// <summary>What the entry store sends, exactly.</summary>
public sealed class EntryCommandTests : IAsyncDisposable
{
    private const string Write = "'writeConcern':{'w':'majority','wtimeout':5000.0,'j':true}";
    private const string Read = "'maxTimeMS':5000,'readConcern':{'level':'majority','afterClusterTime':'known'}";
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnStandIn();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private StandInServer Server => _database.StandIn!;

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task Indexes_stand_before_anything_is_written_and_are_created_once()
    {
        var store = _database.CreateEntryStore();
        await Task.WhenAll(store.AppendAsync([Message(Log(), "1")], Cancelled), store.AppendAsync([Message(Log("other"), "1")], Cancelled));
        var commands = Server.Commands;
        Assert.DoesNotContain("createIndexes", commands.SkipWhile(command => command.Name == "createIndexes").Select(command => command.Name));
        Assert.Equal(
            "{'createIndexes':'entries','indexes':["
            + "{'key':{'tenant':1,'log':1,'seq':1},'name':'tenant_log_seq','unique':true},"
            + "{'key':{'tenant':1,'log':1,'actor':1,'clientId':1},'name':'tenant_log_actor_clientId','unique':true},"
            + "{'key':{'tenant':1,'log':1,'target':1,'seq':1},'name':'tenant_log_target_seq'},"
            + "{'key':{'tenant':1,'log':1,'seq':1},'name':'tenant_log_deleted_seq','partialFilterExpression':{'target':0,'deleted':true}},"
            + "{'key':{'tenant':1,'log':1,'thread':1,'seq':1},'name':'tenant_log_thread_seq','partialFilterExpression':{'thread':{'$exists':true}}}],"
            + Write + "}",
            Rendered.Show(commands[0]));
    }

    [Fact]
    public async Task Unique_indexes_start_with_what_a_collection_can_be_sharded_by()
    {
        await _database.CreateEntryStore().ReadTailAsync(Log(), Cancelled);
        var unique = Server.Commands.Where(command => command.Name == "createIndexes").SelectMany(command => command.Body["indexes"].AsBsonArray
            .Where(index => index.AsBsonDocument.Contains("unique")).Select(index => $"{command.Collection}: {string.Join(' ', index["key"].AsBsonDocument.Names)}"));
        Assert.Superset(new HashSet<string> { "entries: tenant log seq", "entries: tenant log actor clientId", "feed: tenant position", "feed: tenant log seq" }, unique.ToHashSet());

        // The platform's own are few, and stay on one shard.
        Assert.All(unique, index => Assert.True(index.Contains(": tenant ", StringComparison.Ordinal) || index is "signing_keys: number" or "dead_letters: group topic recordId", index));
    }

    [Fact]
    public async Task The_first_append_reads_the_tail_and_the_next_one_knows_it()
    {
        var store = _database.CreateEntryStore();
        var (first, second) = (Message(Log(), "1", "hi"), Change(Log(), "2", target: 1, actor: null));
        await store.AppendAsync([first], Cancelled);
        await store.AppendAsync([second], Cancelled);
        Assert.Equal(
            [
                $"{{'find':'entries','filter':{{'tenant':'acme','log':'general'}},'sort':{{'seq':-1}},'projection':{{'_id':0,'seq':1,'messageNo':1}},'hint':'tenant_log_seq','limit':1,{Read}}}",
                $"insert ordered true: {{'_id':'acme/general/{first.Id}','tenant':'acme','log':'general','seq':1,'messageNo':1,'type':'message.created','actor':'ann','at':{{'$date':'2026-03-01T12:00:00Z'}},"
                + "'clientId':'1','hash':'hash of hi','target':0,'rev':1,'message':'{\\'text\\':\\'hi\\',\\'attachments\\':[],\\'mentions\\':[],\\'reactions\\':{},\\'replyCount\\':0}','deleted':false}",
                $"insert ordered true: {{'_id':'acme/general/{second.Id}','tenant':'acme','log':'general','seq':2,'messageNo':1,'type':'message.edited','actor':null,'at':{{'$date':'2026-03-01T12:00:00Z'}},"
                + "'clientId':'2','hash':'hash of 2','target':1,'rev':0,'data':'{\\'was\\':\\'2\\'}'}",
            ],
            Shown());
    }

    [Fact]
    public async Task Inserts_wait_for_a_majority_and_its_journals_in_a_session_and_can_be_tried_again()
    {
        await _database.CreateEntryStore().AppendAsync([Message(Log(), "1")], Cancelled);
        var insert = Assert.Single(Server.Commands, command => command.Name == "insert").Body;
        Assert.Equal("{'w':'majority','wtimeout':5000.0,'j':true}", Rendered.Json(insert["writeConcern"]));
        Assert.True(insert.Contains("lsid") && insert.Contains("txnNumber") && !insert.Contains("startTransaction"));
    }

    [Fact]
    public async Task Single_drafts_of_different_logs_share_one_unordered_insert_and_several_of_one_log_have_an_ordered_one()
    {
        var store = _database.CreateEntryStore();
        EntryDraft[] drafts = [Message(Log("a"), "1"), Message(Log("b"), "1"), Message(Log("c"), "1"), Message(Log("d"), "1"), Message(Log("d"), "2")];
        await store.AppendAsync(drafts, Cancelled);
        Server.ClearCommands();
        await store.AppendAsync([.. drafts.Select(draft => Message(draft.Log, draft.ClientMessageId + "+"))], Cancelled);
        Assert.Equal(
            ["false: a 2, b 2, c 2", "true: d 3, d 4"],
            Server.Commands.Select(command => $"{command.Body["ordered"]}: {string.Join(", ", command.Body["documents"].AsBsonArray.Select(document => $"{document["log"]} {document["seq"]}"))}").Order());
    }

    [Fact]
    public async Task Every_read_is_of_what_a_majority_has_after_the_newest_write_that_this_process_knows()
    {
        var context = _database.CreateContext();
        var (writer, reader) = (_database.CreateEntryStore(context), _database.CreateEntryStore(context));
        for (var n = 0; n < 3; n++)
        {
            await writer.AppendAsync([Message(Log(), $"{n}")], Cancelled);
            var written = Server.Data.Time.Now;
            Server.ClearCommands();
            await reader.ReadAfterAsync(Log(), 0, 10, Cancelled);
            await reader.FindAsync(Log(), "x", Cancelled);
            await reader.ReadMessagesAsync(Log(), Direction.Older, 9, 10, Cancelled);
            Assert.Equal(3, Server.Commands.Count);
            Assert.All(Server.Commands, command => Assert.True(command.IsMajorityRead && command.AfterClusterTime >= written));
        }
    }

    [Fact]
    public async Task After_a_lost_race_the_tail_is_read_in_the_session_that_saw_the_collision()
    {
        var (one, other) = (_database.CreateEntryStore(), _database.CreateEntryStore());
        await one.AppendAsync([Message(Log(), "1")], Cancelled);
        await other.AppendAsync([Message(Log(), "2")], Cancelled);
        var theirs = Server.Data.Time.Now;
        Server.ClearCommands();
        Assert.Equal(3, (await one.AppendAsync([Message(Log(), "3")], Cancelled))[0].Entry!.Seq);
        Assert.Equal(["insert 2", "find", "insert 3"], Server.Commands.Select(command => command.Name == "insert" ? $"insert {command.Body["documents"][0]["seq"]}" : command.Name));
        Assert.True(Server.Commands[1].AfterClusterTime >= theirs);
    }

    [Fact]
    public async Task A_client_id_that_was_used_is_looked_for_and_the_tail_is_not_read()
    {
        var store = _database.CreateEntryStore();
        await store.AppendAsync([Message(Log(), "1"), Message(Log(), "2")], Cancelled);
        Server.ClearCommands();
        Assert.Equal(AppendStatus.Duplicate, (await store.AppendAsync([Message(Log(), "1")], Cancelled))[0].Status);
        Assert.Equal(["insert", "find"], Server.Commands.Select(command => command.Name));
        Assert.Equal($"{{'find':'entries','filter':{{'tenant':'acme','log':'general','actor':'ann','clientId':'1'}},{Read}}}", Rendered.Show(Server.Commands[1]));
        Server.ClearCommands();
        await store.AppendAsync([Message(Log(), "3"), Message(Log(), "2", actor: null), Message(Log(), "1")], Cancelled);
        const string Either = "{'$or':[{'tenant':'acme','log':'general','actor':'ann','clientId':'3'},{'tenant':'acme','log':'general','actor':null,'clientId':'2'},{'tenant':'acme','log':'general','actor':'ann','clientId':'1'}]}";
        Assert.Equal(Either, Rendered.Json(Server.Commands[1].Body["filter"]));
    }

    [Fact]
    public async Task What_wants_to_be_first_is_inserted_without_asking_and_looked_for_where_the_log_exists()
    {
        var store = _database.CreateEntryStore();
        var first = Change(Log(), "creator") with { OnlyFirst = true };
        await store.ReadTailAsync(Log("other"), Cancelled);
        Server.ClearCommands();
        await store.AppendAsync([first], Cancelled);
        Assert.Equal(["insert"], Server.Commands.Select(command => command.Name));
        Server.ClearCommands();
        Assert.Equal(AppendStatus.LogExists, (await store.AppendAsync([Change(Log(), "late") with { OnlyFirst = true }], Cancelled))[0].Status);
        Assert.Equal(["find"], Server.Commands.Select(command => command.Name));
    }

    [Fact]
    public async Task Reads_go_by_an_index_at_any_depth()
    {
        var store = _database.CreateEntryStore();
        await store.ReadTailAsync(Log(), Cancelled);
        Server.ClearCommands();
        await store.ReadAfterAsync(Log(), 7, 50, Cancelled);
        await store.ReadManyAsync(Log(), [3, 5], Cancelled);
        await store.FindAsync(Log(), "some-id", Cancelled);
        await store.ReadMessagesAsync(Log(), Direction.Older, 90, 20, Cancelled);
        await store.ReadMessagesAsync(Log(), Direction.Newer, 90, 20, Cancelled);
        await store.ReadChangesAsync(Log(), 4, 9, 30, Cancelled);
        const string Log_ = "'tenant':'acme','log':'general'";
        Assert.Equal(
            [
                $"{{'find':'entries','filter':{{{Log_},'seq':{{'$gt':7}}}},'sort':{{'seq':1}},'hint':'tenant_log_seq','limit':50,{Read}}}",
                $"{{'find':'entries','filter':{{{Log_},'seq':{{'$in':[3,5]}}}},'sort':{{'seq':1}},'hint':'tenant_log_seq','limit':2,{Read}}}",
                $"{{'find':'entries','filter':{{'_id':'acme/general/some-id',{Log_}}},'limit':1,{Read}}}",
                $"{{'find':'entries','filter':{{{Log_},'target':0,'seq':{{'$lt':90}}}},'sort':{{'seq':-1}},'hint':'tenant_log_target_seq','limit':20,{Read}}}",
                $"{{'find':'entries','filter':{{{Log_},'target':0,'seq':{{'$gt':90}}}},'sort':{{'seq':1}},'hint':'tenant_log_target_seq','limit':20,{Read}}}",
                $"{{'find':'entries','filter':{{{Log_},'target':4,'seq':{{'$gt':9}}}},'sort':{{'seq':1}},'hint':'tenant_log_target_seq','limit':30,{Read}}}",
            ],
            Shown());
    }

    [Fact]
    public async Task A_fold_is_one_update_at_the_expected_rev_and_erasure_takes_the_data_away()
    {
        var store = _database.CreateEntryStore();
        await store.ReadTailAsync(Log(), Cancelled);
        Server.ClearCommands();
        await store.FoldAsync(Log(), 4, 4, new() { DeletedAt = Noon }, 9, Cancelled);
        await store.EraseChangesAsync(Log(), 4, Cancelled);
        Assert.Equal(
            [
                "{'q':{'tenant':'acme','log':'general','seq':4,'target':0,'rev':4},'u':{'$set':{'message':'{\\'attachments\\':[],\\'mentions\\':[],\\'reactions\\':{},\\'replyCount\\':0,"
                + "\\'deletedAt\\':\\'2026-03-01T12:00:00+00:00\\'}','deleted':true,'rev':9}}}",
                "{'q':{'tenant':'acme','log':'general','target':4},'u':{'$unset':{'data':''}},'multi':true}",
            ],
            Server.Commands.Select(command => Rendered.Json(Assert.Single(command.Body["updates"].AsBsonArray))));
        Assert.All(Server.Commands, command => Assert.True(command.IsMajorityWrite));
    }

    private string[] Shown() => [.. Server.Commands.Where(command => command.Name != "createIndexes").Select(command => command.Name == "insert"
        ? $"insert ordered {command.Body["ordered"]}: {Rendered.Json(Assert.Single(command.Body["documents"].AsBsonArray))}"
        : Rendered.Show(command))];
}
