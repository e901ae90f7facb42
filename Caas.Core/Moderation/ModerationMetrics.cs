using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Caas.Core.Moderation;

/// <summary>What moderation counts, meter <c>Caas.Moderation</c>.</summary>
public sealed class ModerationMetrics
{
    private readonly Counter<long> _refused;
    private readonly Counter<long> _masked;
    private readonly Counter<long> _timedOut;
    private readonly Counter<long> _banned;

    public ModerationMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Caas.Moderation");
        _refused = meter.CreateCounter<long>("caas.moderation.refused", "{message}", "Messages refused by moderation, by code.");
        _banned = meter.CreateCounter<long>("caas.moderation.bans", "{ban}", "Bans given and lifted, by type (banned, lifted), scope (tenant, conversation) and kind (plain, shadow).");
        _masked = meter.CreateCounter<long>("caas.moderation.masked", "{text}", "Texts in which something of the blocklist was masked.");
        _timedOut = meter.CreateCounter<long>("caas.moderation.pattern_timeouts", "{match}", "Patterns of blocklists that did not come to an end in time; they count as not found.");
    }

    internal void Refused(Refusal refusal) => _refused.Add(1, new KeyValuePair<string, object?>("code", refusal.Code));

    internal void Banned(bool lifted, bool fromConversation, bool shadow) =>
        _banned.Add(1, new TagList { { "type", lifted ? "lifted" : "banned" }, { "scope", fromConversation ? "conversation" : "tenant" }, { "kind", shadow ? "shadow" : "plain" } });

    internal void Masked() => _masked.Add(1);

    internal void PatternTimedOut() => _timedOut.Add(1);
}
