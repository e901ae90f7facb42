using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Caas.Adapters;
using Caas.Adapters.Sqlite;
using Caas.Core.Tenants;
using Caas.Gateway;
using Caas.Realtime;
using Caas.ServiceDefaults;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Caas.Standalone;

/// <summary>
/// The whole platform in this process: the gateway and the realtime replicas, each a host of its own composed as the services are,
/// over Garnet in the place of Redis, a SQLite file in the place of MongoDB, and the store's feed in the place of Kafka.
/// </summary>
public sealed class StandaloneHost : IAsyncDisposable
{
    /// <summary>How long the hosts may take to stop; the rest of the 5 s that we promise is for closing the file.</summary>
    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(4);

    internal const int TenantsToName = 5;

    private static readonly TimeSpan HealthyWithin = TimeSpan.FromSeconds(10);

    /// <summary>What is said on the console, unless a level is set: what is wrong, and what is ours.</summary>
    private static readonly Dictionary<string, string?> Quiet = new()
    {
        ["Logging:LogLevel:Default"] = "Warning",
        ["Logging:LogLevel:Caas"] = "Information",
        ["Logging:LogLevel:Microsoft.Hosting.Lifetime"] = "Warning",
    };

    private readonly DataFolderLock _folder;
    private readonly SqliteDatabase _store;
    private readonly EmbeddedRedis _redis;
    private readonly List<WebApplication> _hosts = [];
    private readonly TaskCompletionSource<string> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _stopping;

    private StandaloneHost(string data, (string Key, bool IsKept, bool IsNew) admin, StandalonePorts ports, (DataFolderLock Folder, SqliteDatabase Store) kept, EmbeddedRedis redis) =>
        (Data, AdminKey, AdminKeyIsKept, AdminKeyIsNew, Ports, _folder, _store, _redis) = (data, admin.Key, admin.IsKept, admin.IsNew, ports, kept.Folder, kept.Store, redis);

    /// <summary>The data folder, a full path.</summary>
    public string Data { get; }

    public string AdminKey { get; }

    /// <summary>Whether the admin key is the one kept in the data folder; otherwise it was set.</summary>
    public bool AdminKeyIsKept { get; }

    /// <summary>Whether this start made it: only then it is shown.</summary>
    public bool AdminKeyIsNew { get; }

    public StandalonePorts Ports { get; }

    /// <summary>The first tenants that were there when it had started, by id: up to <see cref="TenantsToName"/>, and one more where there are more.</summary>
    public IReadOnlyList<string> Tenants { get; private set; } = [];

    /// <summary>Ends, with the host's name, when one of the hosts stops without having been asked to.</summary>
    public Task<string> Ended => _ended.Task;

    /// <summary>Starts everything; returns when all of it answers.</summary>
    /// <exception cref="SetupException">Something of the set-up keeps it from starting; also <see cref="DatabaseOpenException"/>.</exception>
    public static async Task<StandaloneHost> StartAsync(StandaloneOptions options, CancellationToken cancellationToken)
    {
        var data = Path.GetFullPath(options.Data);
        DataFolder.Make(data);
        var folder = DataFolderLock.Acquire(data);
        SqliteDatabase? store = null;
        try
        {
            // First of all the store: what is wrong with it is said alone, before anything else is started, and ends.
            store = OpenStore(data);
            var ports = StandalonePorts.For(options);
            var set = new ConfigurationBuilder().AddEnvironmentVariables().Build()["Caas:AdminKey"];
            var isKept = string.IsNullOrWhiteSpace(set);
            var (adminKey, isNew) = isKept ? AdminKeyFile.ReadOrMake(data) : (set!, false);
            var host = new StandaloneHost(data, (adminKey, isKept, isNew), ports, (folder, store), EmbeddedRedis.Start());
            try
            {
                await host.StartHostsAsync(cancellationToken);
                return host;
            }
            catch
            {
                await host.DisposeAsync();
                throw;
            }
        }
        catch
        {
            store?.Dispose();
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Drains the replicas and stops everything, within 5 s.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _stopping, 1) != 0)
        {
            return;
        }

        using var within = new CancellationTokenSource(StopWithin);
        try
        {
            // One that never started cannot be stopped.
            await Task.WhenAll(_hosts.Where(host => host.Lifetime.ApplicationStarted.IsCancellationRequested).Select(host => host.StopAsync(within.Token)));
        }
        catch (OperationCanceledException)
        {
            // Something did not end in time; what it held is ended with it now.
        }
        finally
        {
            foreach (var host in _hosts)
            {
                await host.DisposeAsync();
            }

            _redis.Dispose();
            await _store.DisposeAsync();
            _folder.Dispose();
        }
    }

    private async Task StartHostsAsync(CancellationToken cancellationToken)
    {
        // The replicas first, side by side: when the gateway answers, it has somewhere to send its clients.
        var replicas = Ports.Replicas.Select((port, index) => Build($"replica {index + 1}", "Caas.Realtime", new()
        {
            ["Caas:Realtime:Port"] = Text(port),
            ["Caas:Realtime:PublicUrl"] = PublicUrlOf(port),
        }, builder => builder.AddRealtime(), app => app.MapRealtime())).ToArray();
        var gateway = Build("gateway", "Caas.Gateway", new()
        {
            ["Caas:Gateway:Port"] = Text(Ports.Gateway),
            ["Caas:Gateway:MetricsPort"] = Text(Ports.Metrics),
        }, builder => builder.AddGateway(), app => app.MapGateway());

        await Task.WhenAll(replicas.Select(replica => replica.StartAsync(cancellationToken)));
        await gateway.StartAsync(cancellationToken);
        await Task.WhenAll(_hosts.Select(host => UntilHealthyAsync(host, cancellationToken)));
        Tenants = [.. (await gateway.Services.GetRequiredService<ITenantStore>().ListAsync(null, TenantsToName + 1, cancellationToken)).Select(tenant => tenant.Id.Value)];
    }

    /// <summary>Waits for the clients of a host to be connected; on a machine that is too busy to connect within 10 s they go on trying.</summary>
    private static async Task UntilHealthyAsync(WebApplication host, CancellationToken cancellationToken)
    {
        var health = host.Services.GetRequiredService<HealthCheckService>();
        var clock = host.Services.GetRequiredService<TimeProvider>();
        for (var since = clock.GetTimestamp(); clock.GetElapsedTime(since) < HealthyWithin;)
        {
            if ((await health.CheckHealthAsync(cancellationToken)).Status == HealthStatus.Healthy)
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), clock, cancellationToken);
        }
    }

    private WebApplication Build(string name, string applicationName, Dictionary<string, string?> settings, Action<WebApplicationBuilder> add, Action<WebApplication> map)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            ApplicationName = applicationName,
            ContentRootPath = AppContext.BaseDirectory,

            // Neither development, which tells strangers too much, nor production, which asks for secrets of one's own; unless the environment says which.
            EnvironmentName = Environment.GetEnvironmentVariable("ASPNETCORE_ENVIRONMENT") ?? Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT") ?? "Standalone",
            Args = ["--hostBuilder:reloadConfigOnChange=false"],
        });
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:caasdb"] = ConnectionString(Data),
            ["ConnectionStrings:redis"] = _redis.ConnectionString,
            ["ConnectionStrings:kafka"] = "",
            ["Caas:AdminKey"] = AdminKey,
            ["Caas:Attachments:Folder"] = builder.Configuration["Caas:Attachments:Folder"] is { Length: > 0 } folder ? folder : Path.Combine(Data, "attachments"),

            // Ports come from --port alone.
            [WebHostDefaults.ServerUrlsKey] = "",
            [WebHostDefaults.HttpPortsKey] = "",
            [WebHostDefaults.HttpsPortsKey] = "",
        });
        if (builder.Configuration["Logging:LogLevel:Default"] is null)
        {
            builder.Configuration.AddInMemoryCollection(Quiet);
        }

        builder.AddServiceDefaults();
        add(builder);
        builder.AddCaasAdapters();
        builder.Services.AddSingleton<IHostLifetime, PartLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = StopWithin);

        var app = builder.Build();
        map(app);
        app.Lifetime.ApplicationStopping.Register(() =>
        {
            if (Volatile.Read(ref _stopping) == 0)
            {
                _ended.TrySetResult(name);
            }
        });
        _hosts.Add(app);
        return app;
    }

    private static string ConnectionString(string data) => $"Data Source={Path.Combine(data, "caas.db")}";

    private static SqliteDatabase OpenStore(string data)
    {
        // Settings that cannot be are told by the hosts, with their names.
        var set = new ConfigurationBuilder().AddEnvironmentVariables().Build().GetSection(SqliteOptions.Section).Get<SqliteOptions>() ?? new();
        return new(ConnectionString(data), Validator.TryValidateObject(set, new(set), null, validateAllProperties: true) ? set : new());
    }

    /// <summary>The one setting serves every replica: <c>{port}</c> in it becomes the replica's own.</summary>
    private static string PublicUrlOf(int port) =>
        new ConfigurationBuilder().AddEnvironmentVariables().Build()["Caas:Realtime:PublicUrl"] is { Length: > 0 } set
            ? set.Replace("{port}", Text(port), StringComparison.Ordinal)
            : $"http://localhost:{Text(port)}";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>The process, not each of its hosts, listens to Ctrl+C and signals.</summary>
    private sealed class PartLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
