using System.Globalization;
using Caas.Bench.Checking;
using Caas.Bench.Clusters;
using Caas.Bench.Load;
using Caas.Bench.Reports;

namespace Caas.Bench.Faults;

/// <summary>What happens in a drill while the load runs.</summary>
/// <param name="Cluster">What may be killed.</param>
/// <param name="Run">What goes on meanwhile.</param>
internal sealed record Scene(ProcessCluster Cluster, LoadRun Run)
{
    /// <summary>Whether the load still runs.</summary>
    public bool IsUnderLoad => Run.Elapsed < Run.Plan.Shape.Warmup + Run.Plan.Shape.Duration;

    /// <summary>Waits for a moment of the load.</summary>
    /// <param name="share">0: its beginning; 1: its end.</param>
    public async Task UntilAsync(double share, CancellationToken cancellationToken)
    {
        var left = ((Run.Plan.Shape.Warmup + Run.Plan.Shape.Duration) * share) - Run.Elapsed;
        if (left > TimeSpan.Zero)
        {
            await Task.Delay(left, cancellationToken);
        }
    }
}

/// <summary>Calls to the gateway, all in one moment.</summary>
internal static class Volley
{
    /// <summary>How many at once.</summary>
    public const int Size = 200;

    /// <summary>When to strike: they are on their way, and none is answered or few are.</summary>
    public static readonly TimeSpan MidRequest = TimeSpan.FromMilliseconds(15);

    /// <param name="name">Their client ids begin with it.</param>
    /// <returns>What becomes of them, tried again until they are answered.</returns>
    public static Task<SendOutcome[]> FireAsync(LoadRun run, string name, CancellationToken cancellationToken) =>
        Task.WhenAll(Enumerable.Range(0, Size).Select(i => run.SendMoreAsync(run.Fleet.Clients[i % run.Fleet.Clients.Count], string.Create(CultureInfo.InvariantCulture, $"{name}-{i}"), cancellationToken)));
}

/// <summary>A load on a cluster of processes, a fault in the middle of it, and the checker.</summary>
internal static class Drill
{
    /// <summary>How long nothing may move at the end before it counts as missing.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <param name="injectAsync">The fault; runs beside the load.</param>
    /// <param name="judge">What is judged besides what the checker says; null: nothing.</param>
    public static async Task<Outcome> RunAsync(DrillSettings settings, Stage stage, Func<Scene, CancellationToken, Task> injectAsync, Func<Scene, History, Outcome, Outcome>? judge, CancellationToken cancellationToken)
    {
        var shape = settings.Shape.Checked();
        var plan = LoadPlan.Make(shape).RequireSends();
        stage.Begin("Starting the services", 1);
        await using var cluster = await ProcessCluster.StartAsync(settings.Cluster, cancellationToken);
        stage.Begin($"Connecting {shape.Connections:#,0} clients", shape.Connections);
        await using var run = await LoadRun.PrepareAsync(cluster, plan, settings.Load, stage.At, cancellationToken);
        var scene = new Scene(cluster, run);

        stage.Begin(settings.Title, (shape.Warmup + shape.Duration).TotalSeconds);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await stage.WithTimeAsync(() => run.Elapsed, TogetherAsync(both, run.DriveAsync(both.Token), injectAsync(scene, both.Token)));

        stage.Begin("Waiting for what is still on its way, reading the logs back", 1);
        var history = await run.FinishAsync(settings.Patience, cancellationToken);
        var outcome = Outcome.Of(run, Checker.Check(history));
        return judge?.Invoke(scene, history, outcome) ?? outcome;
    }

    /// <summary>Both; where one fails, the other has nothing to go on for.</summary>
    private static async Task TogetherAsync(CancellationTokenSource both, Task one, Task other)
    {
        var first = await Task.WhenAny(one, other);
        if (!first.IsCompletedSuccessfully)
        {
            await both.CancelAsync();
            await first;
        }

        await Task.WhenAll(one, other);
    }
}

/// <summary>How a drill is made.</summary>
internal sealed record DrillSettings(string Title, LoadShape Shape)
{
    public ClusterSettings Cluster { get; init; } = new();

    public LoadOptions Load { get; init; } = new();

    public TimeSpan Patience { get; init; } = Drill.Patience;
}
