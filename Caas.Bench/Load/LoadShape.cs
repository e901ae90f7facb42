namespace Caas.Bench.Load;

/// <summary>How the planned times of sends lie.</summary>
public enum Arrivals
{
    /// <summary>As independent people send: exponential gaps.</summary>
    Poisson,

    /// <summary>Equal gaps.</summary>
    Uniform,
}

/// <summary>What load a run puts on the platform.</summary>
public sealed record LoadShape
{
    /// <summary>Two tenants, with the same user, conversation and client ids.</summary>
    public static IReadOnlyList<string> Tenants { get; } = ["amber", "birch"];

    /// <summary>Which of the two it is.</summary>
    public static int TenantNumber(string tenant) => tenant == Tenants[0] ? 0 : 1;

    /// <summary>How many clients, half of each tenant.</summary>
    public int Connections { get; init; } = 500;

    /// <summary>How many conversations, half of each tenant; every client is in one.</summary>
    public int Conversations { get; init; } = 50;

    /// <summary>Messages per second, over all.</summary>
    public double Rate { get; init; } = 200;

    /// <summary>How long they are sent.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long before that the same load runs without being counted in latencies.</summary>
    public TimeSpan Warmup { get; init; } = TimeSpan.Zero;

    public Arrivals Arrivals { get; init; } = Arrivals.Poisson;

    /// <summary>The share of sends that are three at once: a sender's own order is worth looking at only where messages follow closely.</summary>
    public double Bursts { get; init; }

    /// <summary>The share of sends that are sent once more, over REST, after they were acknowledged: what a client does that lost the answer.</summary>
    public double Repeats { get; init; }

    /// <summary>The share of messages that are more than that, such as replies and polls, or are changed afterwards (<see cref="Sequel"/>).</summary>
    public double Changes { get; init; }

    public int Seed { get; init; } = 1;

    /// <summary>Conversations of each tenant.</summary>
    public int Rooms => Conversations / Tenants.Count;

    /// <summary>Clients of each tenant.</summary>
    public int Users => Connections / Tenants.Count;

    /// <exception cref="BenchException">It cannot be.</exception>
    public LoadShape Checked() => this switch
    {
        { Conversations: < 2 } or { Connections: < 2 } => throw new BenchException("There are two tenants: take at least 2 connections and 2 conversations."),
        _ when Users < Rooms => throw new BenchException($"{Connections} connections cannot fill {Conversations} conversations: take at least as many."),
        { Rate: <= 0 } => throw new BenchException("The rate must be above 0."),
        _ => this,
    };
}
