using System.Globalization;
using Caas.Bench.Checking;
using Caas.Bench.Clusters;
using Caas.Bench.Commands;
using Caas.Bench.Load;
using Caas.Bench.Reports;

namespace Caas.Bench.Faults;

/// <summary>One user on two replicas sends the same message with the same client id over both at once, again and again.</summary>
internal sealed class SameId : Fault
{
    private const int Pairs = 40;
    private const int Conversations = 10;

    public override string Name => "same-id";

    public override string Description => "The same client id is sent to two replicas at once, 10,000 times (rate × duration): one row each";

    public override ShapeOptions Options => new(connections: Pairs, conversations: Conversations, rate: 200, duration: 50);

    public override async Task<Outcome> RunAsync(LoadShape shape, Stage stage, CancellationToken cancellationToken)
    {
        var plan = LoadPlan.Make(shape with { Rate = 1, Duration = TimeSpan.Zero });
        stage.Begin("Starting the services", 1);
        await using var cluster = await ProcessCluster.StartAsync(new(), cancellationToken);
        stage.Begin($"Connecting {shape.Connections * 2:#,0} clients", shape.Connections);
        await using var run = await LoadRun.PrepareAsync(cluster, plan, new() { Pinned = true }, stage.At, cancellationToken);
        var twins = await ConnectTwinsAsync(run, shape, cancellationToken);

        var count = (int)(shape.Rate * shape.Duration.TotalSeconds);
        stage.Begin($"Sending {count:#,0} messages over both replicas at once", count);
        var (done, next) = (0, -1);
        await Task.WhenAll(run.Fleet.Clients.Take(shape.Connections).Select(async (client, i) =>
        {
            int number;
            while ((number = Interlocked.Increment(ref next)) < count)
            {
                var id = string.Create(CultureInfo.InvariantCulture, $"same-{number}");
                await Task.WhenAll(client.SendAsync(id), twins[i].SendAsync(id)).WaitAsync(cancellationToken);
                stage.At(Interlocked.Increment(ref done));
            }
        }));

        stage.Begin("Reading the logs back", 1);
        var history = await run.FinishAsync(Drill.Patience, cancellationToken);
        var outcome = Outcome.Of(run, Checker.Check(history));
        var rows = history.Logs.Sum(log => log.Entries.Count(entry => entry.Mark is not null));
        var agreeing = history.Sends.GroupBy(send => (send.Tenant, send.Conversation, send.Sender, send.ClientMessageId)).Count(pair => pair.Count() == 2 && pair.All(send => send.Outcome == SendOutcome.Ok) && pair.Select(send => send.Seq).Distinct().Count() == 1);
        return outcome.With([new("client ids sent twice at once", count), new("rows", rows)], Judge(count, rows, agreeing));
    }

    /// <param name="rows">Messages in all logs.</param>
    /// <param name="agreeing">Ids of which both sends were told the same place.</param>
    internal static IEnumerable<Finding> Judge(int count, int rows, int agreeing) =>
    [
        new($"One row for each: {rows:#,0} for {count:#,0}", rows == count),
        new($"Both were told the same place: {agreeing:#,0} of {count:#,0}", agreeing == count),
    ];

    /// <summary>The same users once more, each on the other replica.</summary>
    private static async Task<IReadOnlyList<BenchClient>> ConnectTwinsAsync(LoadRun run, LoadShape shape, CancellationToken cancellationToken)
    {
        var twins = new List<BenchClient>();
        foreach (var client in run.Fleet.Clients.ToArray())
        {
            var replica = run.Cluster.Replicas[(client.Seat.Replica + 1) % run.Cluster.Replicas.Count];
            var twin = new BenchClient(client.Seat with { Client = client.Seat.Client + shape.Connections }, replica, client.Token, run.Measured);
            twins.Add(twin);
            run.Fleet.Add(twin);
            await twin.ConnectAsync(cancellationToken);
        }

        return twins;
    }
}
