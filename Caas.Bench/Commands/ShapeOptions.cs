using System.CommandLine;
using System.Globalization;
using Caas.Bench.Load;

namespace Caas.Bench.Commands;

/// <summary>The options that say how much load there is.</summary>
internal sealed class ShapeOptions(int connections, int conversations, int rate, int duration, int warmup = 0)
{
    private readonly Option<int> _connections = CommonOptions.Number("--connections", "How many clients, half of each of two tenants", connections, least: 2, most: 20_000);
    private readonly Option<int> _conversations = CommonOptions.Number("--conversations", "How many conversations they are in", conversations, least: 2, most: 10_000);
    private readonly Option<int> _rate = CommonOptions.Number("--rate", "Messages per second, over all", rate);
    private readonly Option<int> _duration = CommonOptions.Number("--duration", "For how many seconds", duration, most: 86_400);
    private readonly Option<int> _warmup = CommonOptions.Number("--warmup", "For how many seconds before that, not counted in latencies", warmup, least: 0, most: 3_600);
    private readonly Option<Arrivals> _arrivals = new("--arrivals") { Description = "How the planned times lie", DefaultValueFactory = _ => Arrivals.Poisson };
    private readonly SeedOption _seed = CommonOptions.Seed();

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_connections, _conversations, _rate, _duration, _warmup, _arrivals, _seed])
        {
            command.Options.Add(option);
        }
    }

    public LoadShape Read(ParseResult parsed) => new LoadShape
    {
        Connections = parsed.GetValue(_connections),
        Conversations = parsed.GetValue(_conversations),
        Rate = parsed.GetValue(_rate),
        Duration = TimeSpan.FromSeconds(parsed.GetValue(_duration)),
        Warmup = TimeSpan.FromSeconds(parsed.GetValue(_warmup)),
        Arrivals = parsed.GetValue(_arrivals),
        Seed = _seed.Read(parsed),
    }.Checked();

    /// <summary>For the report.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Describe(LoadShape shape) =>
    [
        new("connections", Text(shape.Connections)),
        new("conversations", Text(shape.Conversations)),
        new("messages/s", Text(shape.Rate)),
        new("seconds", Text(shape.Duration.TotalSeconds)),
        new("warm-up", Text(shape.Warmup.TotalSeconds)),
        new("arrivals", shape.Arrivals.ToString()),
    ];

    private static string Text(double number) => number.ToString("#,0.##", CultureInfo.InvariantCulture);
}
