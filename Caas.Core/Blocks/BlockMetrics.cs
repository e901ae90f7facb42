using System.Diagnostics.Metrics;

namespace Caas.Core.Blocks;

/// <summary>What blocks count, meter <c>Caas.Blocks</c>.</summary>
public sealed class BlockMetrics
{
    private readonly Counter<long> _changed;

    public BlockMetrics(IMeterFactory meters) =>
        _changed = meters.Create("Caas.Blocks").CreateCounter<long>("caas.blocks.changed", "{block}", "Users blocked and unblocked, by type.");

    internal void Changed(bool blocked) => _changed.Add(1, new KeyValuePair<string, object?>("type", blocked ? "blocked" : "unblocked"));
}
