using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Caas.Client;
using Caas.Contracts;
using Caas.Standalone;
using Caas.Tests.Client;
using Caas.Tests.Redis;
using Caas.Tests.Sqlite;
using Xunit;

namespace Caas.Tests.Hosts;

/// <summary>A gateway and two realtime replicas as processes of their own, over one SQLite file and one Redis.</summary>
public sealed class SeparateServicesTests : IAsyncDisposable
{
    private const string AdminKey = "the-admin-key-of-this-test";

    /// <summary>Five seconds are promised; a machine that runs a whole test suite meanwhile gets some more.</summary>
    private static readonly TimeSpan StopsWithin = TimeSpan.FromSeconds(15);

    private readonly TempFolder _folder = new();
    private readonly RedisServer _redis = RealRedis.IsInstalled ? new RealRedis() : new GarnetRedis();
    private readonly List<HostProcess> _processes = [];
    private readonly int _gateway = FreePorts.Take();
    private readonly int[] _replicas = [FreePorts.Take(), FreePorts.Take()];
    private readonly int _metrics = FreePorts.Take();

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

    [Fact]
    public async Task The_walk_of_the_readme_works_and_services_that_were_stopped_and_started_again_continue()
    {
        await _redis.StartAsync();
        var services = await StartAllAsync();
        using var walk = Walk();
        await walk.PrepareAsync();
        await walk.TwoUsersOnTwoReplicasAsync();
        var before = (await walk.LogAsync()).Count;

        if (!OperatingSystem.IsWindows())
        {
            foreach (var service in services)
            {
                var (code, after) = await service.EndBySignalAsync("TERM", Cancelled);
                Assert.Equal(0, code);
                Assert.True(after < StopsWithin, $"It took {after}.");
                Assert.Equal("", service.Errors);
            }

            await StartAllAsync();
            await walk.TwoUsersOnTwoReplicasAsync();
            var log = await walk.LogAsync();
            Assert.Equal(Enumerable.Range(1, before + 5).Select(seq => (long)seq), log.Select(entry => entry.Seq));
        }
    }

    [Fact]
    public async Task A_replica_serves_metrics_on_a_port_of_their_own_or_beside_all_else()
    {
        await _redis.StartAsync();
        await StartAllAsync();
        using var http = new HttpClient();
        async Task<HttpStatusCode> AskAsync(int port, string path)
        {
            using var answer = await http.GetAsync(new Uri($"http://localhost:{port}{path}"), Cancelled);
            return answer.StatusCode;
        }

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NotFound), (await AskAsync(_metrics, "/metrics"), await AskAsync(_replicas[0], "/metrics")));
        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.OK), (await AskAsync(_metrics, "/realtime"), await AskAsync(_metrics, "/health")));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(_replicas[1], "/metrics"));
    }

    [Fact]
    public async Task A_replica_killed_in_mid_load_loses_no_acknowledged_message()
    {
        await _redis.StartAsync();
        var services = await StartAllAsync();
        using var walk = Walk();
        await walk.PrepareAsync();
        await using var watcher = await walk.ConnectAsync("bob", 1);
        await using var watched = await watcher.JoinAsync(Caas.Tests.Hosts.Walk.Room, 0, Cancelled).Soon();

        // By way of the gateway: some are on the one, some on the other.
        var alices = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => walk.ConnectAsync("alice")));
        var acknowledged = new ConcurrentDictionary<string, SendResult>();
        using var load = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var senders = alices.Select((alice, sender) => SendAsync(alice, sender)).ToArray();

        // 200 acknowledged, then the replica dies without a word; 200 more by way of the other one.
        await Eventually.HoldsAsync(() => acknowledged.Count >= 200, "messages were not acknowledged", Cancelled);
        services[1].Kill();
        var before = acknowledged.Count;
        await Eventually.HoldsAsync(() => acknowledged.Count >= before + 200, "messages were no longer acknowledged", Cancelled);
        await load.CancelAsync();
        await Task.WhenAll(senders).Soon();

        var log = await walk.LogAsync();
        Assert.Equal(Enumerable.Range(1, log.Count).Select(seq => (long)seq), log.Select(entry => entry.Seq));
        var messages = log.Where(entry => entry.Type == EntryTypes.MessageCreated).ToList();
        Assert.Equal(acknowledged.OrderBy(sent => sent.Value.Seq).Select(sent => (sent.Key, sent.Value.Seq)), messages.Select(entry => (entry.ClientMessageId!, entry.Seq)));
        foreach (var own in messages.GroupBy(entry => entry.ClientMessageId!.Split('-')[0]))
        {
            Assert.Equal(Enumerable.Range(0, own.Count()).Select(i => $"{own.Key}-{i}"), own.Select(entry => entry.ClientMessageId!));
        }

        // Who watched on the replica that lives has all of it, whoever sent it.
        var seen = await watched.TakeAsync(log[^1].Seq);
        Assert.Equal(log.Select(entry => (entry.Seq, entry.Message?.Text)), seen.Select(entry => (entry.Seq, entry.Message?.Text)));
        foreach (var alice in alices)
        {
            await alice.DisposeAsync();
        }

        return;

        async Task SendAsync(CaasConnection alice, int sender)
        {
            for (var i = 0; !load.IsCancellationRequested; i++)
            {
                var id = string.Create(CultureInfo.InvariantCulture, $"{sender}-{i}");
                acknowledged[id] = await alice.SendAsync(Caas.Tests.Hosts.Walk.Room, new($"message {id}", id), Cancelled);
            }
        }
    }

    [Theory]
    [InlineData("Caas.Gateway")]
    [InlineData("Caas.Realtime")]
    public async Task A_connection_string_that_is_missing_is_one_sentence(string service)
    {
        foreach (var missing in new[] { "caasdb", "redis" })
        {
            var environment = Settings(service == "Caas.Gateway" ? null : 0);
            environment.Remove($"ConnectionStrings__{missing}");
            await RefusesAsync(service, environment, $"ConnectionStrings__{missing}");
        }
    }

    [Theory]
    [InlineData("Caas.Gateway", "Caas__Gateway__Port")]
    [InlineData("Caas.Realtime", "Caas__Realtime__Port")]
    public async Task A_port_in_use_is_one_sentence(string service, string setting)
    {
        using var other = new TcpListener(IPAddress.Any, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        var environment = Settings(service == "Caas.Gateway" ? null : 0);
        environment[setting] = port;
        await RefusesAsync(service, environment, $"Port {port} is in use");
    }

    [Theory]
    [InlineData("Caas.Gateway", "Caas__Gateway__Port", "abc", "abc")]
    [InlineData("Caas.Realtime", "Caas__Realtime__Hold", "1.00:00:00", "Hold")]
    [InlineData("Caas.Realtime", "ConnectionStrings__caasdb", "nonsense", "caasdb")]
    [InlineData("Caas.Realtime", "ConnectionStrings__caasdb", "Data Source=:memory:", "memory")]
    public async Task A_setting_that_cannot_be_is_one_sentence(string service, string setting, string value, string part)
    {
        var environment = Settings(service == "Caas.Gateway" ? null : 0);
        environment[setting] = value;
        await RefusesAsync(service, environment, part);
    }

    private async Task RefusesAsync(string service, Dictionary<string, string> environment, string part)
    {
        await using var process = HostProcess.Start(service, environment);
        var (code, _) = await process.EndAsync(Cancelled);
        Assert.True(code == 1, $"Exit code {code}.\n{process.Output}\n{process.Errors}");
        Assert.Contains(part, process.Errors, StringComparison.Ordinal);
        Assert.Single(process.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        Assert.DoesNotContain("   at ", process.Errors + process.Output, StringComparison.Ordinal);
    }

    private Walk Walk() => new(new($"http://localhost:{_gateway}"), [.. _replicas.Select(port => new Uri($"http://localhost:{port}"))], AdminKey);

    /// <summary>The gateway and the two replicas, healthy.</summary>
    private async Task<IReadOnlyList<HostProcess>> StartAllAsync()
    {
        HostProcess[] services = [HostProcess.Start("Caas.Gateway", Settings(null)), HostProcess.Start("Caas.Realtime", Settings(0)), HostProcess.Start("Caas.Realtime", Settings(1))];
        _processes.AddRange(services);
        await services[0].HealthyAsync(_gateway, Cancelled);
        await services[1].HealthyAsync(_replicas[0], Cancelled);
        await services[2].HealthyAsync(_replicas[1], Cancelled);
        return services;
    }

    /// <param name="replica">Null: the gateway's.</param>
    private Dictionary<string, string> Settings(int? replica)
    {
        var settings = new Dictionary<string, string>
        {
            ["ConnectionStrings__caasdb"] = _folder.ConnectionString,
            ["ConnectionStrings__redis"] = _redis.ConnectionString,
            ["Caas__RateLimits__HubMessagesPerSecond"] = "0",
        };
        if (replica is { } index)
        {
            settings["Caas__Realtime__Port"] = _replicas[index].ToString(CultureInfo.InvariantCulture);
            if (index == 0)
            {
                settings["Caas__Metrics__Port"] = _metrics.ToString(CultureInfo.InvariantCulture);
            }
        }
        else
        {
            settings["Caas__AdminKey"] = AdminKey;
            settings["Caas__Gateway__Port"] = _gateway.ToString(CultureInfo.InvariantCulture);
            settings["Caas__Gateway__MetricsPort"] = FreePorts.Take().ToString(CultureInfo.InvariantCulture);
        }

        return settings;
    }
}
