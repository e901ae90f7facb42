using System.Diagnostics.Metrics;

namespace Caas.Core.Retention;

/// <summary>What retention counts, meter <c>Caas.Retention</c>.</summary>
public sealed class RetentionMetrics
{
    private readonly Counter<long> _erased;

    public RetentionMetrics(IMeterFactory meters) =>
        _erased = meters.Create("Caas.Retention").CreateCounter<long>("caas.retention.erased", "{message}", "Messages erased because they were older than their tenant keeps them.");

    internal void Erased() => _erased.Add(1);
}
