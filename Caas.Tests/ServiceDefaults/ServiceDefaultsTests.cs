using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Caas.ServiceDefaults;
using Caas.Tests.Redis;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;
using Xunit;

namespace Caas.Tests.ServiceDefaults;

/// <summary>What every service has, over real sockets.</summary>
public sealed class ServiceDefaultsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Health_is_200_without_redis_and_kafka_and_says_so_each_time_it_is_asked()
    {
        await using var redis = new GarnetRedis();
        await redis.StartAsync();
        await using (var app = await StartAsync(new() { ["ConnectionStrings:redis"] = redis.ConnectionString }))
        {
            await UntilAsync(app, 200, ("redis", "healthy"), ("self", "healthy"));
            await UntilAsync(app, 200, ("redis", "healthy"), ("self", "healthy"));
            await redis.KillAsync();
            await UntilAsync(app, 200, ("redis", "degraded"), ("self", "healthy"));
            await redis.StartAsync();
            await UntilAsync(app, 200, ("redis", "healthy"), ("self", "healthy"));
        }

        await using (var app = await StartAsync(new() { ["ConnectionStrings:kafka"] = "127.0.0.1:1" }))
        {
            await UntilAsync(app, 200, ("kafka", "degraded"), ("self", "healthy"));
        }
    }

    [Fact]
    public async Task Health_is_503_without_the_store_while_the_process_is_alive_and_no_driver_speaks()
    {
        await using var app = await StartAsync(new() { ["ConnectionStrings:caasdb"] = "mongodb://someone:a-password@127.0.0.1:1/caas?serverSelectionTimeoutMS=300" });
        var health = await UntilAsync(app, 503, ("caasdb", "unhealthy"), ("self", "healthy"));
        Assert.Contains("nothing can be read or sent", health, StringComparison.Ordinal);
        Assert.DoesNotContain("127.0.0.1", health, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", health, StringComparison.Ordinal);
        using var http = new HttpClient();
        using var alive = await http.GetAsync(new Uri(app.Urls.First() + "/alive"), Cancelled);
        Assert.Equal(200, (int)alive.StatusCode);
    }

    [Fact]
    public async Task Traces_and_metrics_go_where_the_endpoint_is_set_also_those_of_redis()
    {
        var received = new ConcurrentQueue<(string Path, string Body)>();
        await using var collector = await CollectorAsync(received);
        await using var redis = new GarnetRedis();
        await redis.StartAsync();
        await using (var app = await StartAsync(
            new()
            {
                ["ConnectionStrings:redis"] = redis.ConnectionString,
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Urls.First(),
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
                ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
            },
            app => app.MapGet("/work", async (IConnectionMultiplexer multiplexer) => (await multiplexer.GetDatabase().StringGetAsync("caas/nothing")).HasValue)))
        {
            using var http = new HttpClient();
            var since = Stopwatch.StartNew();
            while (!received.Any(sent => sent.Path == "/v1/traces" && sent.Body.Contains("GET /work", StringComparison.Ordinal))
                || !received.Any(sent => sent.Path == "/v1/traces" && sent.Body.Contains("db.operation.name", StringComparison.Ordinal)))
            {
                Assert.True(since.Elapsed < Patience, "The spans of the request and of its Redis command did not arrive.");
                await http.GetStringAsync(new Uri(app.Urls.First() + "/work"), Cancelled);
                await http.GetStringAsync(new Uri(app.Urls.First() + "/health"), Cancelled);
                await Task.Delay(50, Cancelled);
            }
        }

        // The last ones are sent when the host ends.
        Assert.Contains(received, sent => sent.Path == "/v1/metrics");
        Assert.DoesNotContain(received, sent => sent.Path == "/v1/traces" && sent.Body.Contains("GET /health", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_host_stops_in_time_whatever_still_runs()
    {
        var running = new TaskCompletionSource();
        await using var app = await StartAsync([], app => app.MapGet("/hang", async () =>
        {
            running.SetResult();
            await Task.Delay(Timeout.Infinite, CancellationToken.None);
        }));
        using var http = new HttpClient();
        var hanging = http.GetAsync(new Uri(app.Urls.First() + "/hang"), Cancelled);
        await running.Task.WaitAsync(Patience, Cancelled);
        var since = Stopwatch.StartNew();
        await app.StopAsync(Cancelled);

        // Five seconds are promised; the framework's own patience is thirty.
        Assert.True(since.Elapsed < TimeSpan.FromSeconds(20), $"It took {since.Elapsed}.");
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => hanging);
    }

    [Fact]
    public async Task Logs_do_not_flood_unless_a_level_is_set()
    {
        await using var app = await StartAsync([]);
        await using var loud = await StartAsync(new() { ["Logging:LogLevel:Microsoft"] = "Debug", ["Logging:LogLevel:StackExchange.Redis"] = "Information" });
        var (quiet, set) = (app.Services.GetRequiredService<ILoggerFactory>(), loud.Services.GetRequiredService<ILoggerFactory>());
        Assert.True(quiet.CreateLogger("Caas.Core.Messages.MessageService").IsEnabled(LogLevel.Information));
        Assert.False(quiet.CreateLogger("Microsoft.AspNetCore.SignalR.HubConnectionHandler").IsEnabled(LogLevel.Information));
        Assert.False(quiet.CreateLogger("Microsoft.AspNetCore.SignalR.Internal.DefaultHubDispatcher").IsEnabled(LogLevel.Error));
        Assert.False(quiet.CreateLogger("StackExchange.Redis.ConnectionMultiplexer").IsEnabled(LogLevel.Error));
        Assert.True(set.CreateLogger("Microsoft.AspNetCore.SignalR.HubConnectionHandler").IsEnabled(LogLevel.Debug));
        Assert.True(set.CreateLogger("StackExchange.Redis.ConnectionMultiplexer").IsEnabled(LogLevel.Information));
    }

    [Fact]
    public void What_was_set_in_code_before_is_not_forgotten()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Configuration["Caas:Something"] = "set";
        builder.AddServiceDefaults();
        Assert.Equal("set", builder.Configuration["Caas:Something"]);
    }

    [Theory]
    [InlineData("Caas:AdminKey", "change_this_admin_key")]
    [InlineData("JWT_SECRET", "caas_secret_2026")]
    [InlineData("ConnectionStrings:redis", "localhost:6379,password=change_this_redis_password")]
    public void In_production_a_secret_that_stands_in_a_public_file_is_refused_without_repeating_it(string setting, string value)
    {
        SetupException Refused() => Assert.Throws<SetupException>(() => Configured("Production", setting, value).AddServiceDefaults());
        Assert.Contains(setting, Refused().Message, StringComparison.Ordinal);
        Assert.DoesNotContain(value, Refused().Message, StringComparison.Ordinal);
        Configured("Development", setting, value).AddServiceDefaults();
    }

    [Theory]
    [InlineData("ConnectionStrings:caasdb", "mongodb://a-password@")]
    [InlineData("ConnectionStrings:caasdb", "mongodb://localhost:a-password/")]
    [InlineData("ConnectionStrings:redis", "localhost:6379,a-password=1")]
    public void A_connection_string_that_cannot_be_read_is_refused_without_repeating_it(string setting, string value)
    {
        var refused = Assert.Throws<SetupException>(() => Configured("Development", setting, value).AddServiceDefaults());
        Assert.Contains(setting.Split(':')[1], refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("a-password", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("http://*:99999")]
    [InlineData("http://*:3000;ftp")]
    public void An_address_to_listen_on_that_cannot_be_is_refused(string urls) => Assert.Throws<SetupException>(() => HostRun.RequireFreePorts(urls));

    [Fact]
    public void A_port_is_free_or_refused()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        Assert.Contains($"Port {port} is in use", Assert.Throws<SetupException>(() => HostRun.RequireFreePorts($"http://localhost:0;http://*:{port}")).Message, StringComparison.Ordinal);
        other.Stop();
        HostRun.RequireFreePorts($"http://localhost:0;http://*:{port}");
    }

    private static WebApplicationBuilder Configured(string environment, string setting, string value)
    {
        var builder = WebApplication.CreateEmptyBuilder(new() { EnvironmentName = environment });
        builder.Configuration.AddInMemoryCollection([new(setting, value)]);
        return builder;
    }

    private static async Task<WebApplication> StartAsync(Dictionary<string, string?> settings, Action<WebApplication>? map = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration["Logging:LogLevel:Microsoft.Hosting.Lifetime"] = "None";
        builder.Configuration.AddInMemoryCollection(settings);
        builder.AddServiceDefaults();
        var app = builder.Build();
        app.MapDefaultEndpoints();
        map?.Invoke(app);
        await app.StartAsync(Cancelled);
        return app;
    }

    /// <summary>Something that takes OTLP over HTTP.</summary>
    private static async Task<WebApplication> CollectorAsync(ConcurrentQueue<(string Path, string Body)> received)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            received.Enqueue((context.Request.Path, Encoding.Latin1.GetString(body.ToArray())));
        });
        await app.StartAsync(Cancelled);
        return app;
    }

    private static async Task<string> UntilAsync(WebApplication app, int status, params (string Name, string Status)[] checks)
    {
        using var http = new HttpClient();
        var since = Stopwatch.StartNew();
        while (true)
        {
            using var answer = await http.GetAsync(new Uri(app.Urls.First() + "/health"), Cancelled);
            var health = await answer.Content.ReadFromJsonAsync<JsonElement>(Cancelled);
            var found = health.GetProperty("checks").EnumerateObject().Select(check => (check.Name, check.Value.GetProperty("status").GetString()!)).Order();
            if (found.SequenceEqual(checks.Order()) && (int)answer.StatusCode == status)
            {
                return health.GetRawText();
            }

            Assert.True(since.Elapsed < Patience, $"Health stays {answer.StatusCode} {health}.");
            await Task.Delay(50, Cancelled);
        }
    }
}
