using Caas.Adapters.Kafka;
using Caas.Core.Events;
using Caas.Tests.Events;
using NJsonSchema;
using Xunit;

namespace Caas.Tests.Deployment;

/// <summary>How topics and schemas come into Kafka: the script itself runs, against tools that keep topics in a file and a registry that listens.</summary>
public sealed class KafkaTopicScriptTests : IDisposable
{
    private const string Folder = "init/kafka";

    /// <summary>Fails as often as <c>down</c> says, then does what it is told with the lines of <c>topics</c>: name, partitions, copies, settings.</summary>
    private const string Tool = """
        down=$(cat "$STAND_IN/down" 2>/dev/null || echo 0)
        if [ "$down" -gt 0 ]; then
          echo $((down - 1)) > "$STAND_IN/down"
          echo '[2026-01-01 00:00:00,000] WARN Connection to node -1 could not be established.'
          echo 'Error while executing topic command : Timed out waiting for a node assignment.'
          exit 1
        fi
        topics=$STAND_IN/topics; touch "$topics"
        config=''
        while [ $# -gt 0 ]; do
          case $1 in
            --describe | --create | --alter) action=$1 ;;
            --topic | --entity-name) topic=$2; shift ;;
            --partitions) partitions=$2; shift ;;
            --replication-factor) copies=$2; shift ;;
            --config | --add-config) config=${config:+$config,}$2; shift ;;
            --command-config) [ -s "$2" ] || exit 2; shift ;;
            --bootstrap-server | --entity-type) shift ;;
            --if-not-exists) ;;
            *) echo "what is $1?"; exit 2 ;;
          esac
          shift
        done
        case $action in
          --describe) while read -r name count copies config; do
              printf 'Topic: %s\tTopicId: A-b_1\tPartitionCount: %s\tReplicationFactor: %s\tConfigs: %s\n\tTopic: %s\tPartition: 0\tLeader: 1\tReplicas: 1,2,3\tIsr: 1,2,3\n' "$name" "$count" "$copies" "$config" "$name"
            done < "$topics" ;;
          --create) echo "$topic $partitions $copies $config" >> "$topics" ;;
          --alter) while read -r name count copies old; do
              [ "$name" = "$topic" ] && count=${partitions:-$count} && old=${config:-$old}
              echo "$name $count $copies $old"
            done < "$topics" > "$topics.new"; mv "$topics.new" "$topics" ;;
        esac
        """;

    private readonly Scripts _scripts = new Scripts().StandIn("kafka-topics", Tool).StandIn("kafka-configs", Tool);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private IEnumerable<string[]> TopicsNow => _scripts.Read("topics").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' '));

    public void Dispose() => _scripts.Dispose();

    [Fact]
    public void The_table_is_the_codes()
    {
        var rows = Table().ToDictionary(row => row[0]);
        Assert.Equal(Topics.All.Order(StringComparer.Ordinal), rows.Keys.Order(StringComparer.Ordinal));
        foreach (var topic in Topics.All)
        {
            var specification = KafkaTopics.Specify(topic, new KafkaOptions());
            Assert.Equal($"{specification.NumPartitions}", rows[topic][1]);
            Assert.Equal(specification.Configs.GetValueOrDefault("cleanup.policy", "delete"), rows[topic][3]);
            Assert.Equal(rows[topic][3] == "compact", rows[topic][2] == "-1");
        }
    }

    [Fact]
    public async Task Topics_are_made_and_schemas_registered_and_the_second_time_everything_stands()
    {
        await using var registry = await RegistryStandIn.StartAsync();
        (await RunAsync(registry.Url)).Succeeded();
        Assert.Equal(
            Table().Select(row => $"{row[0]} {row[1]} 3 cleanup.policy={row[3]},min.insync.replicas=2,retention.ms={row[2]}"),
            TopicsNow.Select(topic => string.Join(' ', topic)));

        Assert.Equal(EventSchemas.All.Select(known => EventRouting.TypeOf(known.EntryType)).Order(StringComparer.Ordinal), registry.Versions.Keys.Order(StringComparer.Ordinal));
        Assert.All(registry.Versions.Keys, subject => Assert.Equal("FORWARD_TRANSITIVE", registry.Rules[subject]));
        foreach (var (subject, versions) in registry.Versions)
        {
            Assert.Equal(await File.ReadAllTextAsync(Scripts.InRepository($"{Folder}/schemas/{subject}.json"), Cancelled), Assert.Single(versions));
            Assert.Equal(subject, (await JsonSchema.FromJsonAsync(versions[0], Cancelled)).Title);
        }

        var (before, calls) = (_scripts.Read("topics"), _scripts.Calls("kafka-topics").Count);
        var again = (await RunAsync(registry.Url)).Succeeded();
        Assert.EndsWith("done\n", again.Output, StringComparison.Ordinal);
        Assert.Equal(before, _scripts.Read("topics"));
        Assert.Equal(calls + 1, _scripts.Calls("kafka-topics").Count);
        Assert.Empty(_scripts.Calls("kafka-configs"));
        Assert.All(registry.Versions.Values, versions => Assert.Single(versions));
    }

    [Fact]
    public async Task What_the_table_says_differently_is_changed_but_partitions_are_never_lowered()
    {
        _scripts.Given("topics", """
            chat.messages 6 3 cleanup.policy=delete,min.insync.replicas=2,retention.ms=1000
            chat.events 24 3 retention.ms=604800000,min.insync.replicas=2,cleanup.policy=delete
            internal.dlq 12 1 cleanup.policy=delete,min.insync.replicas=2,retention.ms=2592000000
            somebody.elses 1 1 retention.ms=5

            """);
        var run = (await RunAsync("")).Succeeded();
        var topics = TopicsNow.ToDictionary(topic => topic[0]);
        Assert.Equal("12 3 cleanup.policy=delete,min.insync.replicas=2,retention.ms=604800000", string.Join(' ', topics["chat.messages"][1..]));
        Assert.Equal("24 3 retention.ms=604800000,min.insync.replicas=2,cleanup.policy=delete", string.Join(' ', topics["chat.events"][1..]));
        Assert.Equal("1 1 retention.ms=5", string.Join(' ', topics["somebody.elses"][1..]));
        Assert.Contains("chat.messages now has 12 partitions instead of 6", run.Output, StringComparison.Ordinal);
        Assert.Contains("chat.events keeps its 24 partitions", run.Output, StringComparison.Ordinal);
        Assert.Contains("internal.dlq has 1 copies, not 3", run.Output, StringComparison.Ordinal);
        Assert.Single(_scripts.Calls("kafka-configs"));
    }

    [Fact]
    public async Task A_late_broker_and_a_late_registry_are_waited_for()
    {
        await using var registry = await RegistryStandIn.StartAsync(failures: 3);
        _scripts.Given("down", "3");
        var run = (await RunAsync(registry.Url)).Succeeded();
        Assert.Contains("waiting: Kafka did not do 'kafka-topics --describe' (Error while executing topic command : Timed out waiting for a node assignment.) yet", run.Output, StringComparison.Ordinal);
        Assert.Equal(Topics.All.Count, TopicsNow.Count());
    }

    [Fact]
    public async Task Brokers_that_never_come_are_one_sentence()
    {
        _scripts.Given("down", "100000");
        (await RunAsync("", seconds: 1)).Refused("kafka-init: ", "Timed out waiting for a node assignment", "within 1 s", "docker compose logs kafka-1");
    }

    [Fact]
    public async Task A_registry_that_never_comes_is_one_sentence() =>
        (await RunAsync("http://127.0.0.1:9", seconds: 1)).Refused("kafka-init: ", "http://127.0.0.1:9", "within 1 s", "docker compose logs schema-registry");

    [Fact]
    public async Task A_schema_that_breaks_readers_is_one_sentence()
    {
        await using var registry = await RegistryStandIn.StartAsync();
        registry.Incompatible = "caas.message.created";
        (await RunAsync(registry.Url)).Refused("the schema caas.message.created", "incompatible with an earlier schema", "take none away");
    }

    [Fact]
    public async Task A_line_of_the_table_that_is_none_is_one_sentence()
    {
        CopyScript("chat.messages\ttwelve\t1\tdelete\n");
        (await RunAsync("", script: Path.Combine(_scripts.State, "create-topics.sh"))).Refused("topics.tsv", "chat.messages");
        Assert.Empty(_scripts.Calls("kafka-topics"));
    }

    [Fact]
    public async Task Any_text_of_a_schema_arrives_as_it_is()
    {
        const string Odd = "{\r\n\t\"title\": \"q\\\"uo\\\\te & \\u00e9 é 漢 $HOME `x` \\n %s %% \\\\\\\\\",\n\n \"pattern\": \"^\\\\d+&$\"\n}\n\n";
        CopyScript("presence\t12\t-1\tcompact\n");
        Directory.CreateDirectory(Path.Combine(_scripts.State, "schemas"));
        await File.WriteAllTextAsync(Path.Combine(_scripts.State, "schemas", "odd.json"), Odd, Cancelled);
        await using var registry = await RegistryStandIn.StartAsync();
        (await RunAsync(registry.Url, script: Path.Combine(_scripts.State, "create-topics.sh"))).Succeeded();
        Assert.Equal([Odd], registry.Versions["odd"]);
    }

    private static IEnumerable<string[]> Table() =>
        File.ReadAllLines(Scripts.InRepository($"{Folder}/topics.tsv")).Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split('\t'));

    private void CopyScript(string table) =>
        _scripts.Given("create-topics.sh", File.ReadAllText(Scripts.InRepository($"{Folder}/create-topics.sh"))).Given("topics.tsv", table);

    private Task<ScriptRun> RunAsync(string registry, int seconds = 40, string script = $"{Folder}/create-topics.sh") =>
        _scripts.RunAsync(script, new Dictionary<string, string> { ["SCHEMA_REGISTRY_URL"] = registry, ["CAAS_INIT_TIMEOUT"] = $"{seconds}", ["CAAS_INIT_PAUSE"] = "0.05" });
}
