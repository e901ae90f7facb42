using System.Diagnostics.Metrics;

namespace Caas.Core.Moderation;

/// <summary>What moderation counts, meter <c>Caas.Moderation</c>.</summary>
public sealed class ModerationMetrics
{
    private readonly Counter<long> _refused;

    public ModerationMetrics(IMeterFactory meters) =>
        _refused = meters.Create("Caas.Moderation").CreateCounter<long>("caas.moderation.refused", "{message}", "Messages refused by moderation, by code.");

    internal void Refused(Refusal refusal) => _refused.Add(1, new KeyValuePair<string, object?>("code", refusal.Code));
}
