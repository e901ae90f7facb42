using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Caas.Adapters.MongoDb.Schema;
using Caas.Tests.Gateway;
using Xunit;

namespace Caas.Tests.Deployment;

/// <summary>How three started nodes become the database: the script itself runs, against a replica set that is played.</summary>
public sealed class InitScriptTests : IDisposable
{
    private const string Script = "init/mongodb/init-replica-and-collections.sh";

    private static readonly string[] Hosts = ["mongodb-primary:27017", "mongodb-secondary-1:27017", "mongodb-secondary-2:27017"];
    private static readonly Dictionary<string, string> Secrets = new() { ["MONGO_ROOT_USER"] = "root", ["MONGO_ROOT_PASSWORD"] = "root-secret", ["MONGO_APP_PASSWORD"] = "app-secret" };
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n" };

    private readonly Scripts _scripts = new();

    public InitScriptTests()
    {
        Assert.SkipUnless(Scripts.Has("node"), "There is no node, which plays mongosh.");
        _scripts.StandIn("mongosh", $"exec node '{Scripts.InRepository("Caas.Tests/Deployment/mongosh-stand-in.mjs")}' \"$@\"");
        World();
    }

    private JsonNode Now => JsonNode.Parse(_scripts.Read("world.json"))!;

    private IEnumerable<string> Commands => _scripts.Read("commands").Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public void Dispose() => _scripts.Dispose();

    [Fact]
    public async Task Fresh_nodes_become_a_set_with_user_collections_and_indexes()
    {
        var run = (await RunAsync()).Succeeded().Without("root-secret", "app-secret");
        Assert.EndsWith("done\n", run.Output, StringComparison.Ordinal);

        Assert.Equal(
            """[{"_id":0,"host":"mongodb-primary:27017","priority":2},{"_id":1,"host":"mongodb-secondary-1:27017","priority":1},{"_id":2,"host":"mongodb-secondary-2:27017","priority":1}]""",
            Now["config"]!["members"]!.ToJsonString());
        Assert.Equal("""{"user":"caas","pwd":"app-secret","roles":[{"role":"readWrite","db":"caas"}]}""", Now["user"]!.ToJsonString());
        Assert.Equal(AllCollections(), Now["collections"]!.AsObject().Select(collection => collection.Key));
        Assert.Equal(Indexes.All.Count, Now["collections"]!.AsObject().Sum(collection => collection.Value!.AsArray().Count));
        Assert.Contains("mongodb-primary:27017 caas caas {\"listCollections\":1,\"nameOnly\":true}", Commands);
        Assert.All(_scripts.Calls("mongosh"), call => Assert.DoesNotContain("secret", call, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_single_node_goes_by_the_name_that_its_clients_use()
    {
        (await RunAsync(new Dictionary<string, string>(Secrets) { ["MONGO_HOSTS"] = Hosts[0], ["MONGO_MEMBERS"] = "localhost:27017" })).Succeeded();

        Assert.Equal("""[{"_id":0,"host":"localhost:27017","priority":2}]""", Now["config"]!["members"]!.ToJsonString());
        Assert.Equal(AllCollections(), Now["collections"]!.AsObject().Select(collection => collection.Key));
    }

    [Fact]
    public async Task The_second_time_everything_stands_and_only_a_new_password_is_set()
    {
        (await RunAsync()).Succeeded();
        var before = Now;
        File.Delete(Path.Combine(_scripts.State, "commands"));

        var run = (await RunAsync(new Dictionary<string, string>(Secrets) { ["MONGO_APP_PASSWORD"] = "new-secret" })).Succeeded();
        Assert.Contains("user caas stands", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(Commands, command => command.Contains("replSetInitiate", StringComparison.Ordinal) || command.Contains("createUser", StringComparison.Ordinal));
        Assert.Equal("new-secret", (string?)Now["user"]!["pwd"]);
        Assert.True(JsonNode.DeepEquals(before["collections"], Now["collections"]));
    }

    [Fact]
    public async Task Slow_nodes_and_a_late_primary_are_waited_for_with_progress()
    {
        World(world => (world["nodes"]![Hosts[0]]!["from"], world["nodes"]![Hosts[2]]!["from"], world["primaryFrom"]) = (40, 25, 60));
        var run = (await RunAsync()).Succeeded();
        Assert.Contains("waiting: mongodb-primary:27017 does not answer yet (", run.Output, StringComparison.Ordinal);
        Assert.Contains("waiting: caas-rs has no primary yet (", run.Output, StringComparison.Ordinal);
        Assert.InRange(run.Output.Split("waiting:").Length - 1, 5, 15);
    }

    [Fact]
    public async Task A_primary_that_steps_down_meanwhile_and_a_quorum_that_comes_late_are_tried_again()
    {
        Faults(("createUser", 189, "PrimarySteppedDown", 1), ("createIndexes", 91, "ShutdownInProgress", 2), ("replSetInitiate", 74, "NodeNotFound", 3));
        (await RunAsync()).Succeeded();
        Assert.Equal(AllCollections(), Now["collections"]!.AsObject().Select(collection => collection.Key));
    }

    [Fact]
    public async Task Another_primary_than_the_preferred_one_is_filled()
    {
        (await RunAsync()).Succeeded();
        var world = Now;
        (world["config"]!["members"]![0]!["priority"], world["startedAt"]) = (0, 0);
        _scripts.Given("world.json", world.ToJsonString());
        Assert.Contains("mongodb-secondary-1:27017 is the primary", (await RunAsync()).Succeeded().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_set_whose_preferred_primary_lost_its_volume_is_not_initiated_anew()
    {
        (await RunAsync()).Succeeded();
        var world = Now;
        (world["nodes"]![Hosts[0]]!["set"], world["startedAt"]) = (false, 0);
        _scripts.Given("world.json", world.ToJsonString()).Given("commands");
        (await RunAsync()).Succeeded();
        Assert.DoesNotContain(Commands, command => command.Contains("replSetInitiate", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_wrong_root_password_is_one_sentence() =>
        Refused(await RunAsync(new Dictionary<string, string>(Secrets) { ["MONGO_ROOT_PASSWORD"] = "other-secret" }), "mongodb-primary:27017 refuses MONGO_ROOT_USER", ".env", "docker compose down -v");

    [Fact]
    public async Task A_node_that_never_comes_is_one_sentence()
    {
        World(world => world["nodes"]![Hosts[1]]!["from"] = 1_000_000);
        Refused(await RunAsync(new Dictionary<string, string>(Secrets) { ["CAAS_INIT_TIMEOUT"] = "90" }), "mongodb-secondary-1:27017 does not answer within 90 s", "docker compose logs mongodb-secondary-1");
    }

    [Fact]
    public async Task A_set_that_never_has_a_primary_is_one_sentence()
    {
        World(world => world["primaryFrom"] = 1_000_000);
        Refused(await RunAsync(), "caas-rs has no primary within 180 s", "docker compose ps");
    }

    [Fact]
    public async Task Nodes_with_different_keyfiles_are_one_sentence()
    {
        Faults(("replSetInitiate", 74, "NodeNotFound", 10_000));
        Refused(await RunAsync(), "could not be initiated", "same keyfile");
    }

    [Fact]
    public async Task A_half_made_set_is_one_sentence()
    {
        (await RunAsync()).Succeeded();
        var world = Now;
        world["config"]!["members"]!.AsArray().RemoveAt(2);
        world["startedAt"] = 0;
        _scripts.Given("world.json", world.ToJsonString());
        Refused(await RunAsync(), "lacks mongodb-secondary-2:27017", "rs.add");
    }

    [Fact]
    public async Task Nodes_of_another_kind_are_one_sentence()
    {
        World(world => world["nodes"]![Hosts[2]]!["replSet"] = false);
        Refused(await RunAsync(), "mongodb-secondary-2:27017 runs without --replSet", "start-node.sh");
        World(world => world["nodes"]![Hosts[1]]!["setName"] = "rs0");
        Refused(await RunAsync(), "mongodb-secondary-1:27017 belongs to the replica set rs0");
    }

    [Fact]
    public async Task An_index_of_other_fields_is_one_sentence()
    {
        World(world => world["collections"] = new JsonObject { ["entries"] = new JsonArray(new JsonObject { ["name"] = "tenant_log_seq", ["key"] = new JsonObject { ["tenant"] = 1 } }) });
        Refused(await RunAsync(), "collection entries", "tenant_log_seq", "drop that index");
    }

    [Fact]
    public async Task What_nobody_foresaw_is_one_sentence_too()
    {
        Faults(("createUser", 2, "BadValue", 1));
        Refused(await RunAsync(), "BadValue", "logs");
        Faults(("createUser", 13, "Unauthorized", 1));
        Refused(await RunAsync(), "may not do that");
        _scripts.StandIn("mongosh", "exit 137");
        Refused(await RunAsync(), "mongosh ended with code 137");
    }

    [Theory]
    [InlineData("MONGO_ROOT_USER")]
    [InlineData("MONGO_ROOT_PASSWORD")]
    [InlineData("MONGO_APP_PASSWORD")]
    public async Task A_missing_setting_is_one_sentence(string name)
    {
        Refused(await RunAsync(new Dictionary<string, string>(Secrets) { [name] = "" }), name, ".env");
        Assert.Empty(_scripts.Calls("mongosh"));
    }

    /// <summary>
    /// mongosh waits for a call of the server where its value is used; a value that is returned is used by the caller, behind the <c>catch</c> and <c>finally</c> around the
    /// call. Who plays mongosh here answers at once and would not notice.
    /// </summary>
    [Fact]
    public void No_call_of_the_server_is_returned_unawaited() =>
        Assert.DoesNotMatch(@"return .*\b(open|runCommand|getDB)\(", File.ReadAllText(Scripts.InRepository(Path.ChangeExtension(Script, ".js"))));

    [Fact]
    public async Task The_list_of_collections_and_indexes_is_the_codes()
    {
        var list = new JsonObject
        {
            ["description"] = "What Caas.Adapters/MongoDb/Schema makes at each start. Written by a test; CAAS_UPDATE_SNAPSHOTS=1 writes it anew.",
            ["collections"] = new JsonArray([.. AllCollections().Select(collection => (JsonNode)new JsonObject
            {
                ["name"] = collection,
                ["indexes"] = new JsonArray([.. Indexes.All.Where(index => index.Collection == collection).Select(Describe)]),
            })]),
        };
        Assert.All(Indexes.All, index => Assert.Contains(index.Collection, AllCollections()));
        await Snapshots.MatchAsync("init/mongodb/collections.json", list.ToJsonString(Indented) + "\n");
    }

    private static JsonObject Describe(Caas.Adapters.MongoDb.Schema.Index index)
    {
        var described = new JsonObject { ["name"] = index.Name, ["key"] = new JsonObject(index.Keys.Select(field => KeyValuePair.Create(field.Name, (JsonNode?)field.Value.AsInt32))) };
        if (index.IsUnique)
        {
            described["unique"] = true;
        }

        if (index.Only is { } only)
        {
            described["partialFilterExpression"] = JsonNode.Parse(only.ToString());
        }

        return described;
    }

    private static IEnumerable<string> AllCollections() =>
        typeof(Collections).GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!);

    private static void Refused(ScriptRun run, params string[] parts) => run.Refused(["mongodb-init: ", .. parts]).Without("root-secret", "app-secret", "other-secret");

    private Task<ScriptRun> RunAsync(Dictionary<string, string>? environment = null) => _scripts.RunAsync(Script, environment ?? Secrets);

    private void Faults(params (string Command, int Code, string Name, int Times)[] faults) =>
        World(world => world["faults"] = new JsonArray([.. faults.Select(fault => (JsonNode)new JsonObject { ["command"] = fault.Command, ["code"] = fault.Code, ["codeName"] = fault.Name, ["message"] = "it was so", ["times"] = fault.Times })]));

    /// <summary>Three fresh nodes, as the test wants them.</summary>
    private void World(Action<JsonObject>? change = null)
    {
        var world = new JsonObject { ["nodes"] = new JsonObject(Hosts.Select(host => KeyValuePair.Create(host, (JsonNode?)new JsonObject { ["from"] = 0 }))) };
        change?.Invoke(world);
        _scripts.Given("world.json", world.ToJsonString());
    }
}
