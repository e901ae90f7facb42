namespace Caas.Contracts;

/// <summary>A call as it is kept.</summary>
/// <param name="EndedAt">Null: it goes on.</param>
/// <param name="Outcome">Null while it goes on.</param>
/// <param name="DurationSeconds">From the first answer on; 0: nobody answered; null while it goes on.</param>
/// <param name="Participants">Those who were called; once it is over everybody who was in it.</param>
public sealed record CallResponse(string Id, string ConversationId, CallMedia Media, string StartedBy, DateTimeOffset StartedAt, DateTimeOffset? EndedAt, CallOutcome? Outcome, long? DurationSeconds, IReadOnlyList<CallHistoryParticipant> Participants);

/// <param name="State">How it ended for them; while it goes on, as what is kept knows it.</param>
/// <param name="Seconds">How long they were in it.</param>
public sealed record CallHistoryParticipant(string UserId, CallParticipantState State, long Seconds);

/// <summary>What a device measures of a call, best every 5 to 15 s.</summary>
/// <param name="LatencyMs">Round trip, 0 to 60,000.</param>
/// <param name="PacketLossPercent">0 to 100.</param>
/// <param name="JitterMs">0 to 60,000.</param>
/// <param name="BitrateKbps">What is received, 0 to 1,000,000.</param>
/// <param name="FrameRate">Pictures a second, 0 to 1,000.</param>
/// <param name="Resolution">Such as <c>1280x720</c>, up to 20 characters.</param>
public sealed record CallQualityReport(double LatencyMs, double PacketLossPercent, double JitterMs, double BitrateKbps, double? FrameRate = null, string? Resolution = null);

/// <summary>What the devices of a call measured.</summary>
/// <param name="Participants">Those who reported, by user id.</param>
public sealed record CallQualityResponse(string CallId, IReadOnlyList<CallParticipantQuality> Participants);

/// <param name="Reports">How many there are.</param>
/// <param name="Issues">How many of them told of each: latency over 300 ms, loss over 3 %, jitter over 50 ms, bitrate under 100 kbps.</param>
/// <param name="FrameRate">As reported last.</param>
/// <param name="Resolution">As reported last.</param>
public sealed record CallParticipantQuality(string UserId, long Reports, CallQualityFigures Average, CallQualityFigures Worst, CallQualityIssues Issues, double? FrameRate, string? Resolution, DateTimeOffset LastAt);

public sealed record CallQualityFigures(double LatencyMs, double PacketLossPercent, double JitterMs, double BitrateKbps);

public sealed record CallQualityIssues(long HighLatency, long PacketLoss, long Jitter, long LowBitrate);
