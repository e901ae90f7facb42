using System.CommandLine;
using System.Diagnostics;
using Caas.Bench.Checking;
using Caas.Bench.Clusters;
using Caas.Bench.Commands;
using Caas.Bench.Faults;
using Caas.Bench.Load;
using Caas.Bench.Reports;
using Caas.Client;
using Spectre.Console;

namespace Caas.Bench.Chat;

/// <summary>How fast it is: an open load over real WebSockets on all replicas.</summary>
internal static class ChatCommand
{
    public static Command Create(IAnsiConsole console)
    {
        var options = new ShapeOptions(connections: 500, conversations: 50, rate: 200, duration: 30, warmup: 5);
        var url = new Option<string?>("--url") { Description = "A gateway that runs already. Default: a standalone host of the run's own", HelpName = "URL" };
        var replicas = new Option<string[]>("--replica") { Description = "With --url: the replicas' own addresses, to stay with each", HelpName = "URL", AllowMultipleArgumentsPerToken = true };
        var adminKey = new Option<string?>("--admin-key") { Description = "With --url: the platform's admin key. Default: the variable CAAS_ADMIN_KEY", HelpName = "KEY" };
        var most = CommonOptions.Number("--most-p99", "Fail when the p99 of delivery across replicas is above so many milliseconds; 0: only tell", 0, least: 0);
        var json = CommonOptions.Json();
        var command = new Command("chat", "Measures acknowledgement and delivery under an open load") { url, replicas, adminKey, most, json };
        options.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var shape = options.Read(parsed);
            var plan = LoadPlan.Make(shape).RequireSends();
            var at = TimeProvider.System.GetLocalNow();
            var running = parsed.GetValue(url) is { } gateway ? await RunningAsync(gateway, parsed.GetValue(replicas) ?? [], parsed.GetValue(adminKey), cancellationToken) : null;
            var (outcome, on) = await console.WithProgressAsync(async stage =>
            {
                stage.Begin("Starting the services", 1);
                await using ICluster cluster = running is not null ? running : await StandaloneCluster.StartAsync(cancellationToken);
                return (await RunAsync(cluster, plan, parsed.GetValue(most), stage, cancellationToken), cluster.Description);
            });
            var report = new Report
            {
                Command = "chat",
                At = at,
                Seed = shape.Seed,
                Settings = new Dictionary<string, string>(ShapeOptions.Describe(shape).Append(new("on", on))),
                Figures = outcome.Figures,
                Findings = outcome.Findings,
            };
            return await console.ShowAsync(report, parsed.GetValue(json), cancellationToken);
        });
        return command;
    }

    /// <param name="mostMilliseconds">The most that the p99 across replicas may be; 0: it is not judged.</param>
    public static async Task<Outcome> RunAsync(ICluster cluster, LoadPlan plan, int mostMilliseconds, Stage stage, CancellationToken cancellationToken)
    {
        var shape = plan.Shape;
        stage.Begin($"Connecting {shape.Connections:#,0} clients", shape.Connections);
        await using var run = await LoadRun.PrepareAsync(cluster, plan, new() { Pinned = true }, stage.At, cancellationToken);

        stage.Begin("Sending", (shape.Warmup + shape.Duration).TotalSeconds);
        var (used, since) = (cluster.ProcessorTime, Stopwatch.GetTimestamp());
        await stage.WithTimeAsync(() => run.Elapsed, run.DriveAsync(cancellationToken));
        var cores = (cluster.ProcessorTime - used) / Stopwatch.GetElapsedTime(since);

        stage.Begin("Reading the logs back", 1);
        var outcome = Outcome.Of(run, Checker.Check(await run.FinishAsync(Drill.Patience, cancellationToken)));
        var p99 = run.Measured.AcrossReplicas.At(99);
        return outcome.With(
            [
                new("deliveries", run.Measured.Deliveries / shape.Duration.TotalSeconds, "/s"),
                new("load generator's own lateness p99", run.Measured.Lateness.At(99), "ms"),
                .. cluster.ProcessorTime > TimeSpan.Zero ? [new Figure("processor used by the services", cores, "cores")] : Array.Empty<Figure>(),
            ],
            mostMilliseconds == 0 ? [] : [new($"p99 of delivery across replicas is at most {mostMilliseconds} ms: {p99:0.0} ms", p99 <= mostMilliseconds && run.Measured.AcrossReplicas.Count > 0)]);
    }

    private static async Task<RunningCluster> RunningAsync(string gateway, IEnumerable<string> replicas, string? adminKey, CancellationToken cancellationToken)
    {
        var key = adminKey ?? Environment.GetEnvironmentVariable("CAAS_ADMIN_KEY");
        if (string.IsNullOrEmpty(key))
        {
            throw new BenchException("A platform that runs already needs its admin key: --admin-key, or the variable CAAS_ADMIN_KEY.");
        }

        var cluster = new RunningCluster(Address(gateway), [.. replicas.Select(Address)], key);
        using var admin = new CaasRestClient(cluster.Gateway, CaasCredential.Admin(key), new() { MaxAttempts = 2 });
        try
        {
            await admin.Tenants.PageAsync(limit: 1, cancellationToken: cancellationToken);
        }
        catch (CaasException refused)
        {
            throw new BenchException($"{cluster.Gateway} cannot be used: {refused.Message}", refused);
        }

        foreach (var replica in cluster.Replicas)
        {
            await RequireHealthyAsync(replica, cancellationToken);
        }

        return cluster;
    }

    /// <summary>Clients try a replica that is not there again and again, as they should.</summary>
    private static async Task RequireHealthyAsync(Uri replica, CancellationToken cancellationToken)
    {
        Exception? why = null;
        try
        {
            if (await Probe.IsHealthyAsync(replica, cancellationToken))
            {
                return;
            }
        }
        catch (Exception failure) when (failure is HttpRequestException || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            why = failure;
        }

        throw new BenchException($"{replica} is no replica that is ready: {why?.Message ?? "it does not say that it is healthy."}", why);
    }

    private static Uri Address(string text) => Uri.TryCreate(text, UriKind.Absolute, out var address) && (address.Scheme is "http" or "https")
        ? address
        : throw new BenchException($"'{text}' is not an address such as http://localhost:3000.");
}
