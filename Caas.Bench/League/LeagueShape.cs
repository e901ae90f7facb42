using Caas.Bench.Load;

namespace Caas.Bench.League;

/// <summary>How much of everything.</summary>
internal sealed record LeagueShape
{
    public const int SmallRoom = 10;
    public const int LargeRoom = 100;

    public static readonly TimeSpan MostP99 = TimeSpan.FromMilliseconds(200);

    /// <summary>Idle connections at the first measurement, and how many more at each further one.</summary>
    public int IdleStep { get; init; } = 1_000;

    /// <summary>Idle connections at the last one.</summary>
    public int IdleMost { get; init; } = 5_000;

    /// <summary>How long a collected heap has to give its memory back to the system, which it does little by little.</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(1.5);

    /// <summary>Clients under load.</summary>
    public int Connections { get; init; } = 400;

    /// <summary>How long each rate is held.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>How long each rate runs before it counts.</summary>
    public TimeSpan Warmup { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long the first rate runs before anything counts: the servers compile what is hot.</summary>
    public TimeSpan FirstWarmup { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>Deliveries per second of the first rate.</summary>
    public double First { get; init; } = 8_000;

    /// <summary>No more deliveries per second are tried.</summary>
    public double Most { get; init; } = 4_000_000;

    /// <summary>The rate that holds and the one that does not are at most so far apart.</summary>
    public double Within { get; init; } = 1.1;

    public int Seed { get; init; } = 1;

    public LoadShape Idle => new() { Connections = IdleMost, Conversations = Math.Max(2, IdleMost / SmallRoom), Seed = Seed };

    public LoadShape Busy(int room) => new() { Connections = Connections, Conversations = Connections / room, Seed = Seed };

    /// <exception cref="BenchException">It cannot be.</exception>
    public LeagueShape Checked() => this switch
    {
        _ when Connections % (2 * LargeRoom) != 0 => throw new BenchException($"--connections fill rooms of {LargeRoom} in two tenants: take a multiple of {2 * LargeRoom}."),
        _ when IdleStep % (2 * SmallRoom) != 0 || IdleMost % IdleStep != 0 || IdleMost < 2 * IdleStep => throw new BenchException($"Idle connections fill rooms of {SmallRoom} in two tenants: --idle-step must be a multiple of {2 * SmallRoom}, and --idle a multiple of --idle-step, at least twice as many; they are {IdleStep} and {IdleMost}."),
        _ => this,
    };
}
