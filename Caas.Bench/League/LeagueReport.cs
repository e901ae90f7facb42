using System.Globalization;
using Caas.Bench.Reports;

namespace Caas.Bench.League;

/// <summary>What the league found, and whether the aims were reached.</summary>
internal static class LeagueReport
{
    /// <summary>Of the bare hub's deliveries per second and core.</summary>
    private const double WantedShare = 0.7;

    public static Report Of(LeagueShape shape, DateTimeOffset at, string on, IReadOnlyList<IdleCost> idle, IReadOnlyList<Held> held) => new()
    {
        Command = "league",
        At = at,
        Seed = shape.Seed,
        Settings = new Dictionary<string, string>
        {
            ["idle connections"] = string.Create(CultureInfo.InvariantCulture, $"{shape.IdleStep:#,0} to {shape.IdleMost:#,0}"),
            ["connections under load"] = shape.Connections.ToString("#,0", CultureInfo.InvariantCulture),
            ["seconds for each rate"] = shape.Duration.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture),
            ["p99 below"] = string.Create(CultureInfo.InvariantCulture, $"{LeagueShape.MostP99.TotalMilliseconds:0} ms"),
            ["on"] = on,
        },
        Figures = [.. idle.SelectMany(FiguresOf), .. held.SelectMany(FiguresOf)],
        Findings = [.. held.Select(FindingOf)],
        Aims =
        [
            .. idle.GroupBy(cost => cost.Joined).Select(AimOf),
            .. held.GroupBy(one => one.Room).Select(AimOf),
        ],
    };

    private static IEnumerable<Figure> FiguresOf(IdleCost cost)
    {
        var what = $"idle connection, {(cost.Joined ? "one conversation joined" : "merely connected")}, {cost.Peer.Name}";
        return
        [
            new(what, cost.Bytes / 1024, "KiB"),
            new($"{what}: straightness of the line (R²)", cost.Fit),
            new($"{what}: both servers at the first measurement", cost.Base / (1024 * 1024), "MiB"),
        ];
    }

    private static IEnumerable<Figure> FiguresOf(Held held)
    {
        var what = $"rooms of {held.Room}, {held.Peer.Name}";
        return
        [
            new($"{what}: highest rate", held.Rate, "deliveries/s"),
            new($"{what}: p50 there", held.Burst.P50, "ms"),
            new($"{what}: p99 there", held.Burst.P99, "ms"),
            new($"{what}: deliveries per second and server core", held.DeliveriesPerCore, "deliveries/s"),
            .. held.Peer.Further.Count == 0 ? Array.Empty<Figure>() : [new Figure($"{what}: the same with {string.Join(", ", held.Peer.Further.Select(process => process.Name))} counted", held.DeliveriesPerCoreOfAll, "deliveries/s")],
            new($"{what}: servers", held.Cores(held.Servers), "cores"),
            new($"{what}: Redis, not counted", held.Cores(held.Redis), "cores"),
            new($"{what}: bytes of a delivery", held.Burst.Bytes / (double)Math.Max(1, held.Burst.Delivered), "bytes"),
            new($"{what}: load generator's own lateness p99", held.Burst.Lateness, "ms"),
        ];
    }

    private static Finding FindingOf(Held held) =>
        new(string.Create(CultureInfo.InvariantCulture, $"rooms of {held.Room}, {held.Peer.Name}: each of {held.Burst.Sent:#,0} messages reached all {held.Room}: {held.Burst.Delivered:#,0} deliveries{(held.NotHeld is { } next ? $" ({next})" : "")}"), held.Burst.Complete);

    private static Aim AimOf(IGrouping<bool, IdleCost> costs)
    {
        var (caas, bare) = (costs.First().Bytes, costs.Last().Bytes);
        return new(string.Create(CultureInfo.InvariantCulture, $"an idle connection, {(costs.Key ? "one conversation joined" : "merely connected")}, takes {caas / bare:0.00} times the memory of a bare hub's (aim: at most 1)"), caas <= bare);
    }

    private static Aim AimOf(IGrouping<int, Held> peers)
    {
        var share = peers.First().DeliveriesPerCore / peers.Last().DeliveriesPerCore;
        return new(string.Create(CultureInfo.InvariantCulture, $"rooms of {peers.Key}: {share:0.00} of a bare hub's deliveries per second and core (aim: at least {WantedShare})"), share >= WantedShare);
    }
}
