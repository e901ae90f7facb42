using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Caas.ServiceDefaults;
using Caas.Standalone;
using Caas.Tests.Sqlite;
using Xunit;

namespace Caas.Tests.Hosts;

/// <summary>The standalone host over real sockets.</summary>
public sealed class StandaloneHostTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_walk_of_the_readme_works_and_a_second_start_on_the_folder_continues_with_all_data()
    {
        string adminKey;
        IReadOnlyList<string?> said;
        await using (var host = await StartAsync())
        {
            adminKey = host.AdminKey;
            using var walk = WalkOn(host);
            await walk.PrepareAsync();
            await walk.TwoUsersOnTwoReplicasAsync();
            said = [.. (await walk.LogAsync()).Select(entry => entry.Message?.Text)];
        }

        await using (var host = await StartAsync())
        {
            Assert.Equal(adminKey, host.AdminKey);
            using var walk = WalkOn(host);
            await walk.ComeBackAsync();
            var log = await walk.LogAsync();
            Assert.Equal(said, log.Select(entry => entry.Message?.Text));
            await walk.TwoUsersOnTwoReplicasAsync();
            Assert.Equal(Enumerable.Range(1, said.Count + 5).Select(seq => (long)seq), (await walk.LogAsync()).Select(entry => entry.Seq));
        }
    }

    [Fact]
    public async Task Every_host_tells_its_health_and_the_metrics_have_a_port_of_their_own()
    {
        await using var host = await StartAsync();
        using var http = new HttpClient();
        foreach (var port in host.Ports.Replicas.Append(host.Ports.Gateway).Append(host.Ports.Metrics))
        {
            var health = await http.GetFromJsonAsync<JsonElement>(new Uri($"http://localhost:{port}/health"), Cancelled);
            TestContext.Current.TestOutputHelper?.WriteLine($"{port} of {host.Ports}: {health}");
            Assert.Equal("healthy", health.GetProperty("status").GetString());
            string[] checks = host.Ports.Replicas.Contains(port) ? ["caasdb", "redis", "replica", "self"] : ["caasdb", "redis", "self"];
            Assert.Equal(checks, health.GetProperty("checks").EnumerateObject().Select(check => check.Name).Order());
            Assert.All(health.GetProperty("checks").EnumerateObject(), check => Assert.Equal("healthy", check.Value.GetProperty("status").GetString()));
            using var alive = await http.GetAsync(new Uri($"http://localhost:{port}/alive"), Cancelled);
            Assert.Equal(200, (int)alive.StatusCode);
        }

        Assert.Contains("# TYPE", await http.GetStringAsync(new Uri($"http://localhost:{host.Ports.Metrics}/metrics"), Cancelled), StringComparison.Ordinal);
        using var notOnThePublicPort = await http.GetAsync(new Uri($"http://localhost:{host.Ports.Gateway}/metrics"), Cancelled);
        Assert.Equal(404, (int)notOnThePublicPort.StatusCode);
        using var noApiThere = await http.GetAsync(new Uri($"http://localhost:{host.Ports.Metrics}/v1/ping"), Cancelled);
        Assert.Equal(404, (int)noApiThere.StatusCode);
        using var forged = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://localhost:{host.Ports.Gateway}/metrics")) { Headers = { Host = $"localhost:{host.Ports.Metrics}" } };
        using var notForAForgedHost = await http.SendAsync(forged, Cancelled);
        Assert.Equal(404, (int)notForAForgedHost.StatusCode);
    }

    [Fact]
    public async Task What_a_folder_holds_is_its_owners_alone_and_only_one_host_has_it()
    {
        var data = Path.Combine(_folder.Path, "new");
        await using var host = await StandaloneHost.StartAsync(new() { Data = data, Port = 0, Replicas = 1 }, Cancelled);
        Assert.Equal(host.AdminKey, (await File.ReadAllTextAsync(Path.Combine(data, "admin-key"), Cancelled)).Trim());
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(data, "admin-key")));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(data));
        }

        var second = await Assert.ThrowsAnyAsync<Exception>(() => StandaloneHost.StartAsync(new() { Data = data, Port = 0 }, Cancelled));
        var sentence = HostRun.Explain(second, Adapters.AdapterSelection.Explain);
        Assert.NotNull(sentence);
        Assert.Contains("in use by another process", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Garnet_asks_for_a_password_that_nobody_else_knows()
    {
        using var one = EmbeddedRedis.Start();
        using var other = EmbeddedRedis.Start();
        Assert.NotEqual(one.ConnectionString.Split("password=")[1], other.ConnectionString.Split("password=")[1]);
        using var stranger = new TcpClient();
        await stranger.ConnectAsync(IPEndPoint.Parse(one.ConnectionString.Split(',')[0]), Cancelled);
        await stranger.GetStream().WriteAsync("*2\r\n$3\r\nGET\r\n$13\r\ncaas/replicas\r\n"u8.ToArray(), Cancelled);
        var answer = new byte[7];
        await stranger.GetStream().ReadExactlyAsync(answer, Cancelled).AsTask().WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        Assert.Equal("-NOAUTH", Encoding.ASCII.GetString(answer));
    }

    private static Walk WalkOn(StandaloneHost host) =>
        new(new($"http://localhost:{host.Ports.Gateway}"), [.. host.Ports.Replicas.Select(port => new Uri($"http://localhost:{port}"))], host.AdminKey);

    private Task<StandaloneHost> StartAsync() => StandaloneHost.StartAsync(new() { Data = _folder.Path, Port = 0 }, Cancelled);
}
