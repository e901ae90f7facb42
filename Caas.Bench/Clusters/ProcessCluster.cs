using System.Globalization;
using Caas.Bench.Broken;
using Caas.Standalone;

namespace Caas.Bench.Clusters;

/// <summary>A gateway and two realtime replicas as processes of their own, over one SQLite file and one Redis. Each can be killed and started again, on the same port.</summary>
internal sealed class ProcessCluster : ICluster
{
    public const int ReplicaCount = 2;

    private readonly Scratch _scratch = new();
    private readonly ClusterSettings _settings;
    private readonly int _redisPort = FreePorts.Take();

    private ProcessCluster(ClusterSettings settings)
    {
        _settings = settings;
        var ports = Enumerable.Range(0, ReplicaCount).Select(_ => FreePorts.Take()).ToArray();
        var gatewayPort = FreePorts.Take();
        Gateway = Local(gatewayPort);
        Replicas = [.. ports.Select(Local)];
        Redis = RedisServer.On(_redisPort, _scratch);
        GatewayService = Service("the gateway", "Caas.Gateway", BreakKinds.GatewayHost, Gateway, new()
        {
            ["Caas__AdminKey"] = AdminKey,
            ["Caas__Gateway__Port"] = Text(gatewayPort),
            ["Caas__Gateway__MetricsPort"] = Text(FreePorts.Take()),
        });
        ReplicaServices = [.. ports.Select((port, i) => Service($"replica {i + 1}", "Caas.Realtime", BreakKinds.RealtimeHost, Replicas[i], new() { ["Caas__Realtime__Port"] = Text(port) }))];
    }

    public string Description => $"a gateway and two replicas as processes, SQLite, {RedisServer.Description}{(_settings.Kafka is null ? "" : ", Kafka (mock cluster)")}";

    public Uri Gateway { get; }

    public IReadOnlyList<Uri> Replicas { get; }

    public string AdminKey { get; } = ClusterSettings.NewSecret();

    public TimeSpan ProcessorTime => All.Aggregate(TimeSpan.Zero, (sum, process) => sum + process.ProcessorTime);

    public ServiceProcess Redis { get; }

    /// <summary>Where it listens, for others who want the same one.</summary>
    public string RedisAddress => RedisServer.AddressOf(_redisPort);

    public ServiceProcess GatewayService { get; }

    public IReadOnlyList<ServiceProcess> ReplicaServices { get; }

    public IEnumerable<ServiceProcess> All => [Redis, GatewayService, .. ReplicaServices];

    public static async Task<ProcessCluster> StartAsync(ClusterSettings settings, CancellationToken cancellationToken)
    {
        var cluster = new ProcessCluster(settings);
        try
        {
            await cluster.StartAllAsync(cancellationToken);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts what does not run.</summary>
    public async Task StartAllAsync(CancellationToken cancellationToken)
    {
        await Redis.StartAsync(cancellationToken);

        // Side by side: they share the file from the first moment on.
        ServiceProcess[] services = [GatewayService, .. ReplicaServices];
        foreach (var service in services)
        {
            service.Launch();
        }

        await Task.WhenAll(services.Select(service => service.ReadyAsync(cancellationToken)));
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(All.Select(process => process.KillAsync()));
        _scratch.Dispose();
    }

    private ServiceProcess Service(string name, string assembly, string brokenHost, Uri address, Dictionary<string, string> own)
    {
        var environment = new Dictionary<string, string>(own)
        {
            ["ConnectionStrings__caasdb"] = $"Data Source={Path.Combine(_scratch.Folder, "caas.db")}",
            ["ConnectionStrings__redis"] = RedisAddress,
            ["DOTNET_ENVIRONMENT"] = "Bench",
        };
        foreach (var (variable, value) in ClusterSettings.Unlimited)
        {
            environment[variable] = value;
        }

        if (_settings.Kafka is { } kafka)
        {
            environment["ConnectionStrings__kafka"] = kafka;

            // The mock cluster makes topics on first use, and cannot be asked for them.
            environment["Caas__Kafka__CreateTopics"] = "false";
        }

        var program = _settings.Break is { } kind ? ServiceProcess.Program("Caas.Bench", BrokenHostCommand.Name, brokenHost, BreakKinds.NameOf(kind)) : ServiceProcess.Program(assembly);
        return new(name, program, environment, cancellationToken => Probe.IsHealthyAsync(address, cancellationToken));
    }

    private static Uri Local(int port) => new($"http://localhost:{Text(port)}");

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
