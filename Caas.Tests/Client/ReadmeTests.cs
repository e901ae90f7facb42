using Caas.Client;
using Caas.Contracts;
using Caas.Standalone;
using Caas.Tests.Sqlite;
using Xunit;

namespace Caas.Tests.Client;

/// <summary>What the documents of the clients say: the sample runs as it stands there, and each scenario names tests that are there.</summary>
public sealed class ReadmeTests
{
    private static readonly string[] Fixtures = ["OrderTests", "EntryOrderTests", "SendTests", "MarkTests", "LifeTests", "RealServerTests", "SeparateServicesTests", "ThreadTests", "QuoteTests", "ReminderTests", "TypingClientTests", "PresenceClientTests", "CallClientTests", "NotificationReplicaTests"];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_sample_of_the_readme_runs_as_it_stands_there()
    {
        var source = (await File.ReadAllLinesAsync(PathOf("Caas.Tests/Client/ReadmeTests.cs"), Cancelled)).ToList();
        var sample = source[(source.FindIndex(line => line.EndsWith("// sample", StringComparison.Ordinal)) + 1)..source.FindIndex(line => line.EndsWith("// end of sample", StringComparison.Ordinal))];
        var readme = (await File.ReadAllTextAsync(PathOf("Caas.Client/README.md"), Cancelled)).ReplaceLineEndings("\n");
        Assert.Contains(string.Join('\n', sample.Select(line => line.Length > 8 ? line[8..] : "")), readme, StringComparison.Ordinal);

        using var folder = new TempFolder();
        await using var host = await StandaloneHost.StartAsync(new() { Data = folder.Path, Port = 0, Replicas = 2 }, Cancelled);
        var gateway = new Uri($"http://localhost:{host.Ports.Gateway}");
        using var admin = new CaasRestClient(gateway, CaasCredential.Admin(host.AdminKey));
        await admin.Tenants.CreateAsync(new("Acme", "acme"), cancellationToken: Cancelled);
        var key = await admin.Tenants.CreateApiKeyAsync("acme", new("backend"), cancellationToken: Cancelled);
        Assert.Equal(2, await SampleAsync(gateway, key.Key, 1).Soon());
    }

    [Fact]
    public void Every_scenario_names_tests_of_both_clients_that_are_there()
    {
        var rows = Scenarios();
        var script = string.Concat(Directory.GetFiles(PathOf("clients/js/test"), "*.test.mjs").Select(File.ReadAllText)).Replace("\\'", "'", StringComparison.Ordinal);
        var methods = typeof(ReadmeTests).Assembly.GetTypes().Where(type => Fixtures.Contains(type.Name)).SelectMany(type => type.GetMethods()).Select(method => method.Name).ToHashSet();
        Assert.True(rows.Count > 30, $"There are {rows.Count}.");
        Assert.All(rows, row => Assert.Equal(6, row.Length));
        Assert.All(rows.SelectMany(row => row[4].Split(';')), name => Assert.Contains(name.Trim(' ', '`'), methods));
        Assert.All(rows, row => Assert.True(script.Contains($"test('{row[5].Trim()}'", StringComparison.Ordinal), $"clients/js has no test '{row[5].Trim()}'."));
    }

    /// <summary>The names of the JavaScript client's tests of scenarios.</summary>
    internal static IEnumerable<string> ScenariosOfJavaScript() => Scenarios().Select(row => row[5].Trim()).Distinct(StringComparer.Ordinal);

    private static List<string[]> Scenarios() =>
        [.. File.ReadAllLines(PathOf("clients/scenarios.md")).Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| Scenario", StringComparison.Ordinal) && !line.StartsWith("| ---", StringComparison.Ordinal)).Select(line => line.Trim('|').Split('|'))];

    private static async Task<long> SampleAsync(Uri gateway, string apiKey, long lastSeq)
    {
        // sample
        // In your backend: who its users are, and where they talk.
        using var backend = new CaasRestClient(gateway, CaasCredential.ApiKey(apiKey));
        await backend.Users.UpsertAsync([new("alice", "Alice"), new("bob", "Bob")]);
        await backend.Conversations.CreateAsync(new(ConversationType.Group, "lobby", MemberIds: ["alice", "bob"]));

        // In your app: one connection for its user. It asks for tokens when it needs them.
        await using var connection = new CaasConnection(new()
        {
            Url = gateway,
            Token = async cancellationToken => (await backend.Tokens.CreateAsync("alice", cancellationToken: cancellationToken)).Token,
        });
        connection.StateChanged += change => Console.WriteLine($"{change.State} {change.Code}");
        await connection.ConnectAsync();

        // What happened since the app was here last, and whatever happens from now on: in order, each once.
        await using var lobby = await connection.JoinAsync("lobby", afterSeq: lastSeq);
        var sent = await lobby.SendAsync("Hello, Bob");
        await foreach (var entry in lobby.Entries())
        {
            Console.WriteLine($"{entry.Seq} {entry.Type} {entry.Message?.Text}");
            lastSeq = entry.Seq; // Store it once the entry is dealt with: the next start goes on from here.
            if (lastSeq >= sent.Seq)
            {
                break;
            }
        }
        // end of sample

        return lastSeq;
    }

    private static string PathOf(string file)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Caas.sln")))
            {
                return Path.Combine(folder.FullName, file);
            }
        }

        throw new InvalidOperationException("Caas.sln was not found.");
    }
}
