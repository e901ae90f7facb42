using System.Security.Cryptography;
using Caas.Bench.Broken;

namespace Caas.Bench.Clusters;

/// <summary>How a cluster of processes is made.</summary>
/// <param name="Break">Which services to run instead of the product's own, to prove the checker; null: the product's own.</param>
/// <param name="Kafka">Bootstrap servers; null: without Kafka.</param>
internal sealed record ClusterSettings(BreakKind? Break = null, string? Kafka = null)
{
    /// <summary>Limits are another promise; here nothing shall be refused.</summary>
    public static IReadOnlyDictionary<string, string> Unlimited { get; } = new Dictionary<string, string>
    {
        ["Caas__RateLimits__PerKeyPerMinute"] = "0",
        ["Caas__RateLimits__PerUserPerMinute"] = "0",
        ["Caas__RateLimits__HubMessagesPerSecond"] = "0",
        ["Caas__RateLimits__HubTypingPerSecond"] = "0",
        ["Caas__RateLimits__HubJoinsPerSecond"] = "0",
        ["Caas__RateLimits__HubCallsPerMinute"] = "0",
        ["Logging__LogLevel__Default"] = "Warning",
    };

    public static string NewSecret() => RandomNumberGenerator.GetHexString(32, lowercase: true);
}
