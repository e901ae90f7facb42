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
    private readonly Counter<long> _flagged;
    private readonly Counter<long> _resolved;

    public ModerationMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Caas.Moderation");
        _refused = meter.CreateCounter<long>("caas.moderation.refused", "{message}", "Messages refused by moderation, by code.");
        _banned = meter.CreateCounter<long>("caas.moderation.bans", "{ban}", "Bans given and lifted, by type (banned, lifted), scope (tenant, conversation) and kind (plain, shadow).");
        _flagged = meter.CreateCounter<long>("caas.moderation.flags", "{flag}", "Messages flagged, once for each who does.");
        _resolved = meter.CreateCounter<long>("caas.moderation.decisions", "{decision}", "Decisions about flagged messages, by action.");
        _masked = meter.CreateCounter<long>("caas.moderation.masked", "{text}", "Texts in which something of the blocklist was masked.");
        _timedOut = meter.CreateCounter<long>("caas.moderation.pattern_timeouts", "{match}", "Patterns of blocklists that did not come to an end in time; they count as not found.");
    }

    internal void Refused(Refusal refusal) => _refused.Add(1, new KeyValuePair<string, object?>("code", refusal.Code));

    internal void Banned(bool lifted, bool fromConversation, bool shadow) =>
        _banned.Add(1, new TagList { { "type", lifted ? "lifted" : "banned" }, { "scope", fromConversation ? "conversation" : "tenant" }, { "kind", shadow ? "shadow" : "plain" } });

    internal void Flagged() => _flagged.Add(1);

    internal void Resolved(Contracts.FlagAction action) => _resolved.Add(1, new KeyValuePair<string, object?>("action", action switch
    {
        Contracts.FlagAction.Dismiss => "dismiss",
        Contracts.FlagAction.DeleteMessage => "deleteMessage",
        Contracts.FlagAction.BanUser => "banUser",
        _ => "deleteAndBan",
    }));

    internal void Masked() => _masked.Add(1);

    internal void PatternTimedOut() => _timedOut.Add(1);
}
