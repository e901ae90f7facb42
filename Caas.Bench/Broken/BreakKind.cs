namespace Caas.Bench.Broken;

/// <summary>Ways in which a service can be wrong: each must make the checker fail.</summary>
internal enum BreakKind
{
    /// <summary>Answers before the entry is stored.</summary>
    AckBeforeWrite,

    /// <summary>Does not know a client id again.</summary>
    DropDedupe,

    /// <summary>Numbers what it delivers as it comes.</summary>
    ForgetOrder,
}

internal static class BreakKinds
{
    public const string GatewayHost = "gateway";
    public const string RealtimeHost = "realtime";

    private static readonly Dictionary<string, BreakKind> ByName = new(StringComparer.Ordinal)
    {
        ["ack-before-write"] = BreakKind.AckBeforeWrite,
        ["drop-dedupe"] = BreakKind.DropDedupe,
        ["forget-order"] = BreakKind.ForgetOrder,
    };

    /// <summary>What the command line calls them.</summary>
    public static IReadOnlyCollection<string> Names => ByName.Keys;

    public static BreakKind Parse(string name) => ByName[name];

    public static string NameOf(BreakKind kind) => ByName.Single(named => named.Value == kind).Key;
}
