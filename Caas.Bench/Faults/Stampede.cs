using Caas.Bench.Commands;
using Caas.Bench.Load;
using Caas.Bench.Reports;

namespace Caas.Bench.Faults;

/// <summary>Every client loses its connection in the same moment.</summary>
internal sealed class Stampede : Fault
{
    private static readonly TimeSpan BackWithin = TimeSpan.FromSeconds(30);

    public override string Name => "stampede";

    public override string Description => "2,000 clients lose their connections at once: all are back within 30 s and have everything";

    public override ShapeOptions Options => new(connections: 2_000, conversations: 200, rate: 100, duration: 60);

    public override Task<Outcome> RunAsync(LoadShape shape, Stage stage, CancellationToken cancellationToken)
    {
        Reconnects? reconnects = null;
        return Drill.RunAsync(
            new("Sending, and cutting every connection", shape),
            stage,
            async (scene, cancelled) =>
            {
                await scene.UntilAsync(0.3, cancelled);
                var from = Now;
                foreach (var client in scene.Run.Fleet.Clients)
                {
                    client.Cut();
                }

                // Until each has noticed.
                await Task.Delay(TimeSpan.FromSeconds(1), cancelled);
                await scene.Run.Fleet.AllConnectedAsync(BackWithin, cancelled);
                reconnects = Reconnects.Of(scene.Run.Fleet.Clients, from, Now);
            },
            (_, _, outcome) => outcome.With(
                [
                    new("clients cut off at once", reconnects!.Lost),
                    new("back", reconnects.Back),
                    new("until the last was back", reconnects.Longest.TotalSeconds, "s"),
                ],
                [Judge(shape.Connections, reconnects)]),
            cancellationToken);
    }

    internal static Finding Judge(int connections, Reconnects reconnects) => new(
        $"All are cut off, and back within {BackWithin.TotalSeconds} s: {reconnects.Lost:#,0} and {reconnects.Back:#,0} of {connections:#,0}, the last after {reconnects.Longest.TotalSeconds:0.0} s",
        reconnects.Lost == connections && reconnects.Back == connections && reconnects.Longest <= BackWithin);
}
