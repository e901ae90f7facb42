using System.Globalization;

namespace Caas.Bench.Clusters;

/// <summary>The standalone host in a process of its own, on a folder of its own.</summary>
internal sealed class StandaloneCluster : ICluster
{
    private const int ReplicaCount = 2;

    private readonly Scratch _scratch = new();

    private StandaloneCluster(int port)
    {
        Gateway = Local(port);
        Replicas = [.. Enumerable.Range(port + 2, ReplicaCount).Select(Local)];
        Process = new(
            "the standalone host",
            ServiceProcess.Program("Caas.Standalone", "--data", _scratch.Folder, "--port", port.ToString(CultureInfo.InvariantCulture), "--replicas", ReplicaCount.ToString(CultureInfo.InvariantCulture)),
            new Dictionary<string, string>(ClusterSettings.Unlimited) { ["Caas__AdminKey"] = AdminKey },
            async cancellationToken => await Probe.IsHealthyAsync(Gateway, cancellationToken) && await Probe.IsHealthyAsync(Replicas[^1], cancellationToken));
    }

    public string Description => "the standalone host: one process, two replicas, SQLite, Garnet";

    public Uri Gateway { get; }

    public IReadOnlyList<Uri> Replicas { get; }

    public string AdminKey { get; } = ClusterSettings.NewSecret();

    public ServiceProcess Process { get; }

    public TimeSpan ProcessorTime => Process.ProcessorTime;

    public static async Task<StandaloneCluster> StartAsync(CancellationToken cancellationToken)
    {
        var cluster = new StandaloneCluster(Ports.TakeRow(2 + ReplicaCount));
        try
        {
            await cluster.Process.StartAsync(cancellationToken);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        _scratch.Dispose();
    }

    private static Uri Local(int port) => new(string.Create(CultureInfo.InvariantCulture, $"http://localhost:{port}"));
}
