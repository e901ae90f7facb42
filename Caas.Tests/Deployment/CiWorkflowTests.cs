using System.Text.RegularExpressions;
using Caas.Tests.Hosts;
using Caas.Tests.MongoDb;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace Caas.Tests.Deployment;

/// <summary>The workflow of GitHub Actions: what it names is there, it does what <c>.ci/run</c> does, and nothing in it can run for ever.</summary>
public sealed partial class CiWorkflowTests
{
    private const string Path = ".github/workflows/ci.yml";

    private static readonly YamlMappingNode Workflow = Load();

    private static Dictionary<string, YamlNode> Jobs => ComposeFile.Map(Workflow["jobs"]);

    public static TheoryData<string> JobNames => [.. Jobs.Keys];

    [Fact]
    public void There_is_a_job_for_each_kind_of_machine() => Assert.Equal(["test", "aspire", "backends", "compose", "powershell"], Jobs.Keys);

    [Fact]
    public void It_runs_on_every_push_and_pull_request_with_no_more_rights_than_to_read()
    {
        Assert.Equal(["push", "pull_request"], ComposeFile.Map(Workflow["on"]).Keys);
        var (right, value) = Assert.Single(ComposeFile.Map(Workflow["permissions"]));
        Assert.Equal(("contents", "read"), (right, ComposeFile.Text0(value)));
        Assert.Equal("true", ComposeFile.Text0(Workflow["concurrency"]["cancel-in-progress"]));
    }

    [Fact]
    public void The_test_job_is_what_a_contributor_runs_and_nothing_of_its_own()
    {
        Assert.Equal([".ci/run"], Commands("test"));
        Assert.DoesNotContain("env", ComposeFile.Map(Jobs["test"]).Keys);
    }

    [Theory]
    [MemberData(nameof(JobNames))]
    public void A_job_has_a_time_limit_and_a_machine_and_actions_of_a_version_that_is_said(string job)
    {
        var fields = ComposeFile.Map(Jobs[job]);
        Assert.InRange(int.Parse(ComposeFile.Text0(fields["timeout-minutes"]), System.Globalization.CultureInfo.InvariantCulture), 5, 60);
        Assert.DoesNotContain("latest", ComposeFile.Text0(fields["runs-on"]), StringComparison.Ordinal);
        var actions = Steps(job).Where(step => step.ContainsKey("uses")).Select(step => ComposeFile.Text0(step["uses"])).ToArray();
        Assert.Contains(actions, action => action.StartsWith("actions/checkout@", StringComparison.Ordinal));
        Assert.All(actions, action => Assert.Matches(@"^actions/[a-z-]+@v\d", action));
        Assert.All(Steps(job), step => Assert.True(step.ContainsKey("uses") ^ step.ContainsKey("run")));
    }

    [Theory]
    [MemberData(nameof(JobNames))]
    public void Every_script_project_and_file_that_it_names_is_there(string job)
    {
        var text = string.Join('\n', Commands(job));
        var settings = string.Join('\n', Steps(job).Where(step => step.ContainsKey("with")).SelectMany(step => ComposeFile.Map(step["with"]).Values).Select(ComposeFile.Text0));
        var named = Named().Matches(text).Concat(Hashed().Matches(settings)).Select(match => match.Groups["path"].Value).ToArray();

        Assert.NotEmpty(named);
        Assert.All(named, path => Assert.True(System.IO.Path.Exists(Scripts.InRepository(path)), $"{path} is not there."));
        Assert.All(Filter().Matches(text).Select(match => match.Groups[1].Value), Exists);
        return;

        // By the file: the Aspire tests are compiled only where Aspire's packages are.
        static void Exists(string filter)
        {
            var path = Scripts.InRepository("Caas.Tests/" + filter["Caas.Tests.".Length..].TrimEnd('*').Replace('.', '/'));
            Assert.True(Directory.Exists(path) || File.Exists($"{path}.cs"), $"No test is in {filter}.");
        }
    }

    [Fact]
    public void Images_are_those_of_the_stack()
    {
        var images = ComposeFile.Map(Jobs["backends"]["services"]).Values.Select(service => ComposeFile.Text0(service["image"]))
            .Concat(Image().Matches(string.Join('\n', Commands("backends"))).Select(match => match.Groups[1].Value));

        Assert.Equal(["confluentinc/cp-kafka:7.9.6", "mongo:7.0", "redis:7-alpine"], images.Order(StringComparer.Ordinal));
        Assert.All(images, image => Assert.Contains(ComposeFile.Committed.Services.Values, service => service.Image == image));
    }

    [Fact]
    public void The_backends_are_named_to_the_tests_that_want_them()
    {
        var variables = ComposeFile.Map(Jobs["backends"]["env"]);
        Assert.All([MongoTestDatabase.Variable, RealBackendsTests.RedisVariable, RealBackendsTests.KafkaVariable], name => Assert.Contains(name, variables.Keys));
        Assert.Contains(Commands("backends"), command => command.Contains($"--filter-class {typeof(RealBackendsTests).FullName} --fail-skips on", StringComparison.Ordinal));
    }

    private static IEnumerable<Dictionary<string, YamlNode>> Steps(string job) => ((YamlSequenceNode)Jobs[job]["steps"]).Select(ComposeFile.Map);

    private static string[] Commands(string job) => [.. Steps(job).Where(step => step.ContainsKey("run")).Select(step => ComposeFile.Text0(step["run"]).Trim())];

    private static YamlMappingNode Load()
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(File.ReadAllText(Scripts.InRepository(Path))));
        return (YamlMappingNode)yaml.Documents[0].RootNode;
    }

    [GeneratedRegex(@"(?:^|\s)(?:\./(?<path>[\w/.-]+\.(?:sh|ps1))|(?<path>\.ci/run)|--project (?<path>[\w.]+)|dotnet build (?<path>[\w.]+)|(?<path>docker-compose\.yml)|--env-file (?<path>\S+))")]
    private static partial Regex Named();

    [GeneratedRegex(@"'(?<path>[^']+)'|^(?<path>global\.json)$", RegexOptions.Multiline)]
    private static partial Regex Hashed();

    [GeneratedRegex(@"--filter-(?:class|namespace) ""?([\w.]+\*?)")]
    private static partial Regex Filter();

    [GeneratedRegex(@"docker run .*?\s([a-z][\w/.-]*:[\w.-]+)\s")]
    private static partial Regex Image();
}
