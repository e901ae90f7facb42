using Caas.Contracts;

namespace Caas.Core.Calls;

/// <summary>The list of calls, projected from the entries of conversations, and what their devices measured.</summary>
/// <remarks>Every method may throw <see cref="Entries.StoreUnavailableException"/>.</remarks>
public interface ICallRecordStore
{
    /// <summary>Stores a call. One that is over replaces what is stored; one that goes on only what goes on.</summary>
    Task SaveAsync(CallRecord call, CancellationToken cancellationToken);

    Task<CallRecord?> FindAsync(CallKey call, CancellationToken cancellationToken);

    /// <summary>By id descending: the newest first.</summary>
    /// <param name="user">Only calls that this user was called to or was in.</param>
    /// <param name="conversation">Only calls of this conversation.</param>
    /// <param name="before">Only ids below this one.</param>
    Task<IReadOnlyList<CallRecord>> ListAsync(TenantId tenant, UserId? user, ConversationId? conversation, string? before, int limit, CancellationToken cancellationToken);

    /// <summary>Calls of all tenants that began in this time and are not over, the longest first.</summary>
    /// <param name="from">The first moment.</param>
    /// <param name="before">The moment behind the last.</param>
    Task<IReadOnlyList<CallRecord>> ListOpenAsync(DateTimeOffset from, DateTimeOffset before, int limit, CancellationToken cancellationToken);

    /// <summary>Adds a report to a participant's totals.</summary>
    Task AddReportAsync(CallKey call, UserId user, CallQualityTotals report, CancellationToken cancellationToken);

    /// <summary>The totals of those who reported, by user id ascending.</summary>
    Task<IReadOnlyList<(UserId User, CallQualityTotals Totals)>> ListReportsAsync(CallKey call, CancellationToken cancellationToken);
}

/// <summary>Reports of one participant, added up; all figures in hundredths.</summary>
/// <param name="Sum">Of each figure.</param>
/// <param name="Worst">The highest of each figure, of the bitrate the lowest.</param>
/// <param name="FrameRate">As reported last.</param>
/// <param name="Resolution">As reported last.</param>
public sealed record CallQualityTotals(long Reports, QualityFigures Sum, QualityFigures Worst, CallQualityIssues Issues, double? FrameRate, string? Resolution, DateTimeOffset LastAt);

public readonly record struct QualityFigures(long Latency, long Loss, long Jitter, long Bitrate);
