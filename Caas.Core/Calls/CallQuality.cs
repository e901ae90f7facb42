using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Tenants;

namespace Caas.Core.Calls;

/// <summary>What devices measure of calls, added up per participant.</summary>
public sealed class CallQuality(ICallRecordStore records, ICallDirectory directory, CallMetrics metrics, TimeProvider clock)
{
    public const double HighLatencyMs = 300;
    public const double HighLossPercent = 3;
    public const double HighJitterMs = 50;
    public const double LowBitrateKbps = 100;

    private const int MostResolution = 20;

    /// <summary>Reports may come a little behind the end.</summary>
    private static readonly TimeSpan AfterEnd = TimeSpan.FromMinutes(10);

    /// <exception cref="RefusedException"><c>validation_failed</c>; <c>call_not_found</c>, also for who was not in it; <c>unavailable</c>.</exception>
    public async Task ReportAsync(Caller caller, string callId, CallQualityReport report, CancellationToken cancellationToken)
    {
        new Validation()
            .Check(report.LatencyMs is >= 0 and <= 60_000, "latencyMs", "must be 0 to 60000")
            .Check(report.PacketLossPercent is >= 0 and <= 100, "packetLossPercent", "must be 0 to 100")
            .Check(report.JitterMs is >= 0 and <= 60_000, "jitterMs", "must be 0 to 60000")
            .Check(report.BitrateKbps is >= 0 and <= 1_000_000, "bitrateKbps", "must be 0 to 1000000")
            .Check(report.FrameRate is null or (>= 0 and <= 1_000), "frameRate", "must be 0 to 1000")
            .Check(report.Resolution is null || (report.Resolution.Length <= MostResolution && TenantRules.IsWellFormed(report.Resolution) && !report.Resolution.Any(char.IsControl)), "resolution", $"must be at most {MostResolution} characters")
            .ThrowIfAny();
        var (key, user) = (CallKey.Of(caller, callId), caller.RequireUser());
        var live = await directory.FindAsync(key, cancellationToken);
        if (live?.Pretending.Contains(user.Value) == true || (live is { Pretended: true } && live.StartedBy == user.Value))
        {
            return; // Of what is pretended nothing is on record.
        }

        var isIn = live is { Pretended: false } call
            ? call.Find(user.Value) is { } place && (place.IsIn() || place.Milliseconds > 0)
            : await records.FindAsync(key, cancellationToken) is { } record && record.EndedAt + AfterEnd > clock.GetUtcNow() && record.Participants.Any(one => one.UserId == user.Value && one.State is CallParticipantState.Left or CallParticipantState.Removed);
        if (!isIn)
        {
            throw Refusal.CallNotFound.AsException();
        }

        var totals = Totals(report);
        await records.AddReportAsync(key, user, totals, cancellationToken);
        foreach (var (issue, found) in new[] { ("latency", totals.Issues.HighLatency), ("loss", totals.Issues.PacketLoss), ("jitter", totals.Issues.Jitter), ("bitrate", totals.Issues.LowBitrate) })
        {
            if (found > 0)
            {
                metrics.Issue(issue);
            }
        }
    }

    internal static CallParticipantQuality Shape(UserId user, CallQualityTotals totals) => new(
        user.Value,
        totals.Reports,
        new(Mean(totals.Sum.Latency, totals.Reports), Mean(totals.Sum.Loss, totals.Reports), Mean(totals.Sum.Jitter, totals.Reports), Mean(totals.Sum.Bitrate, totals.Reports)),
        new(totals.Worst.Latency / 100.0, totals.Worst.Loss / 100.0, totals.Worst.Jitter / 100.0, totals.Worst.Bitrate / 100.0),
        totals.Issues,
        totals.FrameRate,
        totals.Resolution,
        totals.LastAt);

    private CallQualityTotals Totals(CallQualityReport report)
    {
        var figures = new QualityFigures(Hundredths(report.LatencyMs), Hundredths(report.PacketLossPercent), Hundredths(report.JitterMs), Hundredths(report.BitrateKbps));
        var issues = new CallQualityIssues(Of(report.LatencyMs > HighLatencyMs), Of(report.PacketLossPercent > HighLossPercent), Of(report.JitterMs > HighJitterMs), Of(report.BitrateKbps < LowBitrateKbps));
        return new(1, figures, figures, issues, report.FrameRate, report.Resolution, DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds()));
    }

    private static long Of(bool isIssue) => isIssue ? 1 : 0;

    private static long Hundredths(double figure) => (long)Math.Round(figure * 100);

    private static double Mean(long sum, long reports) => Math.Round(sum / (double)reports) / 100;
}
