using System.Diagnostics.Metrics;

namespace Caas.Core.Messages;

/// <summary>What messages count, meter <c>Caas.Messages</c>.</summary>
public sealed class MessageMetrics
{
    private readonly Counter<long> _sent;
    private readonly Counter<long> _duplicates;
    private readonly Counter<long> _changed;

    public MessageMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Caas.Messages");
        _sent = meter.CreateCounter<long>("caas.messages.sent", "{message}", "Messages stored.");
        _duplicates = meter.CreateCounter<long>("caas.messages.duplicates", "{message}", "Sends whose client id was seen before.");
        _changed = meter.CreateCounter<long>("caas.messages.changed", "{change}", "Edits, deletions, reactions and pins stored, by type.");
    }

    internal void Sent(bool duplicate) => (duplicate ? _duplicates : _sent).Add(1);

    internal void Changed(string type) => _changed.Add(1, new KeyValuePair<string, object?>("type", type));
}
