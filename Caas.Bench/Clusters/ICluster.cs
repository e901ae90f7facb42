namespace Caas.Bench.Clusters;

/// <summary>A platform to put load on.</summary>
internal interface ICluster : IAsyncDisposable
{
    /// <summary>What it runs on, for the report.</summary>
    string Description { get; }

    Uri Gateway { get; }

    /// <summary>The replicas' own addresses; empty: not known, clients go where the gateway sends them.</summary>
    IReadOnlyList<Uri> Replicas { get; }

    string AdminKey { get; }

    /// <summary>What its processes used of the processor's time so far; zero where that is not known.</summary>
    TimeSpan ProcessorTime { get; }
}

/// <summary>A platform that runs already.</summary>
internal sealed record RunningCluster(Uri Gateway, IReadOnlyList<Uri> Replicas, string AdminKey) : ICluster
{
    public string Description => Gateway.ToString();

    public TimeSpan ProcessorTime => TimeSpan.Zero;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
