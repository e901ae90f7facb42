using System.Globalization;
using System.Text.RegularExpressions;
using Caas.Standalone;
using Caas.Tests.Redis;
using Caas.Tests.Sqlite;
using Xunit;

namespace Caas.Tests.Hosts;

/// <summary>The README's commands are true.</summary>
public sealed partial class ReadmeTests : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly RedisServer _redis = RealRedis.IsInstalled ? new RealRedis() : new GarnetRedis();
    private readonly List<HostProcess> _processes = [];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }

        await _redis.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>Word by word, but for ports that are free here and a folder of the test's.</summary>
    [Fact]
    public async Task The_services_alone_start_as_it_says()
    {
        var terminals = Blocks(await SectionAsync("The services alone"));
        Assert.Equal(2, terminals.Count);
        Assert.Equal(["Caas.Gateway", "Caas.Realtime"], terminals.Select(terminal => terminal.Project));
        var (gateway, replica, redis) = (FreePorts.Take(), FreePorts.Take(), "6379");
        Assert.Contains($"redis-server --port {redis} ", await SectionAsync("The services alone"), StringComparison.Ordinal);
        await _redis.StartAsync();
        foreach (var (settings, project) in terminals)
        {
            var environment = settings.ToDictionary(
                setting => setting.Key,
                setting => setting.Value.Replace("$PWD", _folder.Path, StringComparison.Ordinal).Replace($"localhost:{redis}", _redis.ConnectionString, StringComparison.Ordinal));
            environment["Caas__Gateway__Port"] = Text(gateway);
            environment["Caas__Gateway__MetricsPort"] = Text(FreePorts.Take());
            environment["Caas__Realtime__Port"] = Text(replica);
            _processes.Add(HostProcess.Start(project, environment));
        }

        await _processes[0].HealthyAsync(gateway, Cancelled);
        await _processes[1].HealthyAsync(replica, Cancelled);
        using var walk = new Walk(new($"http://localhost:{gateway}"), [new($"http://localhost:{replica}"), new($"http://localhost:{replica}")], terminals[0].Settings["Caas__AdminKey"]);
        await walk.PrepareAsync();
        await walk.TwoUsersOnTwoReplicasAsync();

        // The log is on stdout, a line per event.
        await _processes[1].PrintedAsync($"clients find it at http://localhost:{replica}.", Cancelled);
        await _processes[0].PrintedAsync("Administered tenant.created: tenant acme,", Cancelled);
    }

    [Fact]
    public async Task Answers_in_the_five_minutes_do_not_run_into_each_other()
    {
        var calls = Call().Matches(await SectionAsync("Five minutes")).Select(call => call.Value).ToList();
        Assert.NotEmpty(calls);
        Assert.All(calls.Where(call => !call.StartsWith("API_KEY=", StringComparison.Ordinal)), call => Assert.Contains("-w '\\n'", call, StringComparison.Ordinal));
    }

    private static async Task<string> SectionAsync(string title)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Caas.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The repository is not above the tests.");
        }

        var text = await File.ReadAllTextAsync(Path.Combine(folder.FullName, "README.md"), Cancelled);
        var start = text.IndexOf($"\n## {title}\n", StringComparison.Ordinal);
        Assert.True(start >= 0, $"The README has no '{title}'.");
        var end = text.IndexOf("\n## ", start + 1, StringComparison.Ordinal);
        return end < 0 ? text[start..] : text[start..end];
    }

    private static List<(Dictionary<string, string> Settings, string Project)> Blocks(string section) =>
    [
        .. Block().Matches(section).Select(block => (
            Export().Matches(block.Value).ToDictionary(export => export.Groups[1].Value, export => export.Groups[2].Value.Trim('"')),
            Run().Match(block.Value).Groups[1].Value)),
    ];

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex("(?s)```bash\n.*?```")]
    private static partial Regex Block();

    [GeneratedRegex("(?m)^export (\\w+)=(.+)$")]
    private static partial Regex Export();

    [GeneratedRegex("(?m)^dotnet run --project (\\S+)")]
    private static partial Regex Run();

    [GeneratedRegex("(?m)^.*curl .*$")]
    private static partial Regex Call();
}
