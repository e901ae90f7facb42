using System.Net;
using System.Text.RegularExpressions;
using Xunit;

namespace Caas.Tests.Deployment;

/// <summary>What holds for the compose file as a whole.</summary>
public sealed partial class ComposeWholeTests
{
    private static readonly ComposeFile Compose = ComposeFile.Committed;

    private static readonly string[] Once = ["mongodb-init", "kafka-init", "smoke-test"];

    private static readonly string[] Stores = ["mongodb-primary", "mongodb-secondary-1", "mongodb-secondary-2", "redis", "kafka-1", "kafka-2", "kafka-3"];

    public static TheoryData<string, string[]> Waits => new()
    {
        { "mongodb-primary", [] },
        { "mongodb-secondary-1", ["mongodb-primary"] },
        { "mongodb-secondary-2", ["mongodb-primary"] },
        { "mongodb-init", ["mongodb-primary", "mongodb-secondary-1", "mongodb-secondary-2"] },
        { "redis", [] },
        { "zookeeper", [] },
        { "kafka-1", ["zookeeper"] },
        { "kafka-2", ["zookeeper"] },
        { "kafka-3", ["zookeeper"] },
        { "schema-registry", ["kafka-1", "kafka-2", "kafka-3"] },
        { "kafka-init", ["kafka-1", "kafka-2", "kafka-3", "schema-registry"] },
        { "gateway", [.. Stores, "mongodb-init", "kafka-init"] },
        { "socket-service-1", [.. Stores, "mongodb-init", "kafka-init"] },
        { "socket-service-2", [.. Stores, "mongodb-init", "kafka-init"] },
        { "kafka-ui", ["kafka-1", "kafka-2", "kafka-3"] },
        { "mongo-express", ["mongodb-init"] },
        { "redis-commander", ["redis"] },
        { "smoke-test", ["gateway", "socket-service-1", "socket-service-2"] },
    };

    [Theory]
    [MemberData(nameof(Waits))]
    public void Everyone_waits_for_the_health_of_what_it_needs_or_for_the_end_of_what_prepares_it(string service, string[] others)
    {
        Assert.Equal(others.Order(StringComparer.Ordinal), Compose[service].DependsOn.Keys.Order(StringComparer.Ordinal));
        Assert.All(Compose[service].DependsOn, wait =>
        {
            Assert.Equal(Once.Contains(wait.Key) ? "service_completed_successfully" : "service_healthy", wait.Value);
            Assert.True(Once.Contains(wait.Key) || Compose[wait.Key].Health.Length > 0, $"{wait.Key} has no health to wait for.");
        });
    }

    [Fact]
    public void Nobody_waits_in_a_circle()
    {
        var started = new HashSet<string>();
        while (Compose.Services.Values.FirstOrDefault(service => !started.Contains(service.Name) && service.DependsOn.Keys.All(started.Contains)) is { } next)
        {
            started.Add(next.Name);
        }

        Assert.Equal(Compose.Services.Keys.Order(StringComparer.Ordinal), started.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_runs_is_started_again_and_what_does_its_work_once_is_not() =>
        Assert.All(Compose.Services.Values, service => Assert.Equal(Once.Contains(service.Name) ? "no" : "unless-stopped", service.Restart));

    [Fact]
    public void Everything_that_stays_up_has_a_health_check() =>
        Assert.All(Compose.Services.Values, service => Assert.Equal(Once.Contains(service.Name), service.Health.Length == 0));

    [Fact]
    public void Memory_and_logs_are_bounded() => Assert.All(Compose.Services.Values, service =>
    {
        Assert.Matches("^[0-9]+[mg]$", service.Memory);
        Assert.Equal(("10m", "3"), (service.LogOptions["max-size"], service.LogOptions["max-file"]));
    });

    [Fact]
    public void Stores_have_the_time_that_an_orderly_stop_takes_them() => Assert.All(Compose.Services.Values, service =>
        Assert.Equal(service.Name.StartsWith("mongodb-", StringComparison.Ordinal) && !Once.Contains(service.Name) ? "40s" : service.Image.Contains("cp-kafka:", StringComparison.Ordinal) && !Once.Contains(service.Name) ? "60s" : "20s", service.StopGracePeriod));

    [Fact]
    public void Each_image_of_our_own_is_built_by_one_service_and_could_be_pulled_from_nowhere()
    {
        var own = Compose.Services.Values.Where(service => service.Image.Contains("caas/", StringComparison.Ordinal)).GroupBy(service => service.Image).ToArray();

        Assert.Equal(3, own.Length);
        Assert.All(own, image =>
        {
            Assert.StartsWith("localhost/", image.Key, StringComparison.Ordinal);
            Assert.Single(image, service => service.Build.Count > 0);
        });
    }

    [Fact]
    public void Images_are_pinned() => Assert.All(Compose.Services.Values, service => Assert.Matches(@"^[a-z0-9./-]+:v?[0-9][a-z0-9.-]*$", service.Image));

    [Fact]
    public void Addresses_are_in_the_network_and_each_has_one_of_its_own()
    {
        Assert.Equal("172.28.0.0/16", Compose.NetworkSubnet("caas-network"));
        var network = IPNetwork.Parse("172.28.0.0/16");
        var addresses = Compose.Services.Values.Select(service => service.Addresses["caas-network"]).ToArray();
        Assert.All(addresses, address => Assert.True(network.Contains(IPAddress.Parse(address))));
        Assert.Equal(addresses.Length, addresses.Distinct().Count());
    }

    [Fact]
    public void Only_the_platform_itself_is_published_beyond_this_machine()
    {
        var published = Compose.Services.Values.SelectMany(service => service.Ports).ToArray();

        Assert.Equal(["3000:3000", "3002:3001", "3003:3001"], published.Where(port => !port.StartsWith("127.0.0.1:", StringComparison.Ordinal)));
        var hostPorts = published.Select(port => port.Split(':')[^2]).ToArray();
        Assert.Equal(hostPorts.Length, hostPorts.Distinct().Count());
    }

    [Fact]
    public void No_secret_has_a_value()
    {
        var secrets = Compose.Services.Values.SelectMany(service => service.Environment).Where(pair => Secret().IsMatch(pair.Key)).ToArray();
        Assert.NotEmpty(secrets);
        Assert.All(secrets, secret => Assert.Matches(@"^\$\{[A-Z0-9_]+\}$", secret.Value));

        // Nor in the middle of an address.
        var inside = Compose.Services.Values.SelectMany(service => service.Environment.Values).SelectMany(value => Credentials().Matches(value).Select(match => match.Groups["secret"].Value)).ToArray();
        Assert.NotEmpty(inside);
        Assert.All(inside, value => Assert.Matches(@"^\$\{[A-Z0-9_]+\}$", value));
    }

    [Fact]
    public void Every_variable_stands_in_the_example_and_every_example_is_used() => Assert.Equal(
        Compose.Variables,
        File.ReadLines(Scripts.InRepository(".env.example")).Where(line => line.Length > 0 && line[0] != '#').Select(line => line[..line.IndexOf('=', StringComparison.Ordinal)]).Order(StringComparer.Ordinal));

    [Fact]
    public void Everything_mounted_or_built_is_in_the_repository()
    {
        Assert.All(Compose.Services.Values.SelectMany(service => service.Mounts).Where(mount => mount.Type == "bind"), mount =>
        {
            Assert.StartsWith("./", mount.Source, StringComparison.Ordinal);
            Assert.True(mount.ReadOnly, $"{mount.Source} can be written by its container.");
            Assert.True(Path.Exists(Scripts.InRepository(mount.Source)), $"{mount.Source} is not there.");
        });
        Assert.All(Compose.Services.Values.Where(service => service.Build.Count > 0), service => Assert.True(File.Exists(Scripts.InRepository(service.Build["dockerfile"]))));
    }

    [GeneratedRegex("(PASSWORD|SECRET|PRIVATEKEY|ADMINKEY|ADMIN_KEY|MASTERKEY|SERVICEACCOUNT|TOKEN)$", RegexOptions.IgnoreCase)]
    private static partial Regex Secret();

    [GeneratedRegex(@"://[^/@:]*:(?<secret>[^@]+)@|password=(?<secret>[^,;]+)|:0:(?<secret>.+)$")]
    private static partial Regex Credentials();
}
