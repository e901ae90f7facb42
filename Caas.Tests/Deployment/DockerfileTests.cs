using System.Text.RegularExpressions;
using System.Xml.Linq;
using Caas.Gateway;
using Caas.Realtime;
using Xunit;

namespace Caas.Tests.Deployment;

/// <summary>The images, as far as their files tell without an engine.</summary>
public sealed class DockerfileTests
{
    public static TheoryData<string> Services => ["Caas.Gateway", "Caas.Realtime"];

    public static TheoryData<string> All => ["Caas.Gateway", "Caas.Realtime", "samples"];

    [Theory]
    [MemberData(nameof(All))]
    public void Everything_that_is_copied_is_there_and_comes_into_the_context(string folder)
    {
        foreach (var source in Read(folder).CopiedBefore(null))
        {
            var path = Scripts.InRepository(source);
            Assert.True(File.Exists(path) || Directory.Exists(path), $"{source} is not there.");
            Assert.False(DockerIgnore.Ignores(source), $".dockerignore keeps {source} out.");
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Images_are_named_by_version_and_run_as_somebody(string folder)
    {
        var file = Read(folder);
        Assert.All(file.Of("FROM"), from => Assert.Matches(@"^[a-z0-9./-]+:\d[a-z0-9.-]*( AS \w+)?$", from));
        Assert.DoesNotMatch("^(root|0)(:|$)", file.InFinal("USER").Last());
        Assert.DoesNotContain(file.Final, line => Regex.IsMatch(line.Text, "SECRET|PASSWORD|KEY=", RegexOptions.IgnoreCase));

        // Whoever is in a shell's place gets no signals: the process itself is started.
        Assert.StartsWith("[", file.InFinal("ENTRYPOINT").Single(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void What_a_restore_reads_is_copied_before_it_and_sources_only_behind_it(string project)
    {
        var copied = Read(project).CopiedBefore("dotnet restore").ToHashSet();
        var projects = Closure($"{project}/{project}.csproj");
        Assert.Superset(new HashSet<string>(projects), copied);
        Assert.Superset(new HashSet<string>(["global.json", "Directory.Packages.props", .. Imports("Directory.Build.props")]), copied);
        Assert.All(copied, source => Assert.Matches(@"\.(csproj|props|json|targets)$", source));
        Assert.Superset(new HashSet<string>(projects.Select(path => path.Split('/')[0] + "/")), Read(project).CopiedBefore("dotnet publish").ToHashSet());
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void No_source_is_kept_out_of_the_context(string project)
    {
        var sources = Closure($"{project}/{project}.csproj")
            .SelectMany(path => Directory.EnumerateFiles(Scripts.InRepository(path.Split('/')[0]), "*", SearchOption.AllDirectories))
            .Select(path => Path.GetRelativePath(Scripts.InRepository(""), path).Replace('\\', '/'))
            .Where(path => !Regex.IsMatch(path, "/(bin|obj)/") && Path.GetExtension(path) is ".cs" or ".csproj" or ".sql" or ".txt" or ".json" or ".html" or ".css" or ".js")
            .Where(path => !Regex.IsMatch(path, "/(bin|obj)/"));
        Assert.DoesNotContain(sources, DockerIgnore.Ignores);
    }

    [Theory]
    [InlineData(".git/config")]
    [InlineData(".env")]
    [InlineData("samples/.env.local")]
    [InlineData("data/caas.db")]
    [InlineData("Caas.AppHost/data/admin-key")]
    [InlineData("Caas.Core/bin/Debug/net10.0/Caas.Core.dll")]
    [InlineData("Caas.Gateway/obj/project.assets.json")]
    [InlineData("samples/node_modules/ws/index.js")]
    [InlineData("clients/js/dist/index.js")]
    [InlineData("init/mongodb/mongo-keyfile")]
    [InlineData("Caas.Gateway/apns.p8")]
    public void Nothing_secret_and_nothing_built_comes_into_the_context(string path) => Assert.True(DockerIgnore.Ignores(path));

    [Theory]
    [InlineData("Caas.Gateway", "Caas__Gateway__Port", 3000)]
    [InlineData("Caas.Realtime", "Caas__Realtime__Port", 3001)]
    public void A_service_listens_where_it_is_asked_for_its_health_by_a_tool_that_is_installed(string project, string setting, int port)
    {
        var file = Read(project);
        Assert.Contains($"{setting}={port}", file.InFinal("ENV").Single(), StringComparison.Ordinal);
        Assert.Contains("ASPNETCORE_HTTP_PORTS= ", file.InFinal("ENV").Single(), StringComparison.Ordinal);
        Assert.Contains($"{port}", file.InFinal("EXPOSE").Single().Split(' '));
        var health = file.InFinal("HEALTHCHECK").Single();
        Assert.EndsWith($"CMD [\"curl\", \"-fsS\", \"-o\", \"/dev/null\", \"http://127.0.0.1:{port}/health\"]", health, StringComparison.Ordinal);
        Assert.Contains(file.InFinal("RUN"), run => Regex.IsMatch(run, @"apt-get install .*\bcurl\b"));
        Assert.Equal($"[\"dotnet\", \"{project}.dll\"]", file.InFinal("ENTRYPOINT").Single());
    }

    [Fact]
    public void The_names_of_the_settings_are_the_codes()
    {
        Assert.Equal("Caas:Gateway", GatewayOptions.Section);
        Assert.Equal("Caas:Realtime", RealtimeOptions.Section);
        Assert.Contains($"{GatewayOptions.Section}:{nameof(GatewayOptions.MetricsPort)}".Replace(":", "__", StringComparison.Ordinal) + "=3001", Read("Caas.Gateway").InFinal("ENV").Single(), StringComparison.Ordinal);
    }

    private static Dockerfile Read(string folder) => Dockerfile.Read($"{folder}/Dockerfile");

    private static HashSet<string> Closure(string project)
    {
        var found = new HashSet<string>();
        var open = new Queue<string>([project]);
        while (open.TryDequeue(out var next))
        {
            if (found.Add(next))
            {
                foreach (var reference in XDocument.Load(Scripts.InRepository(next)).Descendants("ProjectReference"))
                {
                    open.Enqueue(reference.Attribute("Include")!.Value.Replace("../", "", StringComparison.Ordinal));
                }
            }
        }

        return found;
    }

    private static IEnumerable<string> Imports(string file) =>
        XDocument.Load(Scripts.InRepository(file)).Descendants("Import").Select(import => import.Attribute("Project")!.Value.Replace("$(MSBuildThisFileDirectory)", "", StringComparison.Ordinal)).Prepend(file);
}
