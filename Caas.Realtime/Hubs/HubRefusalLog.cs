using System.Diagnostics;
using Caas.Realtime.Connections;

namespace Caas.Realtime.Hubs;

/// <summary>One line per refused hub call or connection; bounded where somebody floods. Of the call nothing but its method: ids and texts stay out.</summary>
internal sealed partial class HubRefusalLog
{
    private readonly ILogger<HubRefusalLog> _logger;
    private readonly RefusalThrottle _throttle;

    public HubRefusalLog(ILogger<HubRefusalLog> logger, TimeProvider clock) => (_logger, _throttle) = (logger, new(clock, LogSuppressed));

    /// <summary>A call that was refused by a rule.</summary>
    public void Refused(Refusal refusal, string method, RealtimeConnection? connection) => Log(refusal.Code, method, connection?.Tenant.Value, connection?.Id);

    /// <summary>What was refused before anybody knew whose it is.</summary>
    /// <param name="refusal"><c>code: detail</c>.</param>
    /// <param name="method">Null: none of the hub's.</param>
    public void Refused(string refusal, string? method) => Log(refusal[..refusal.IndexOf(':', StringComparison.Ordinal)], method, null, null);

    /// <summary>A connection that was not let in.</summary>
    public void Rejected(Refusal refusal, string traceId)
    {
        if (_logger.IsEnabled(LogLevel.Information) && _throttle.Admits(refusal.Code))
        {
            LogRejected(refusal.Code, refusal.Status, traceId);
        }
    }

    private void Log(string code, string? method, string? tenant, string? connection)
    {
        if (_logger.IsEnabled(LogLevel.Information) && _throttle.Admits(code))
        {
            LogRefused(code, method ?? "-", tenant ?? "-", connection ?? "-", Activity.Current?.TraceId.ToHexString() ?? "-");
        }
    }

    [LoggerMessage(3152, LogLevel.Information, "Refused {Code}: hub method {Method}, tenant {Tenant}, connection {ConnectionId}, trace {TraceId}.")]
    private partial void LogRefused(string code, string method, string tenant, string connectionId, string traceId);

    [LoggerMessage(3153, LogLevel.Information, "Refused {Code} ({Status}): a connection to the hub, trace {TraceId}.")]
    private partial void LogRejected(string code, int status, string traceId);

    [LoggerMessage(3154, LogLevel.Information, "Refused {Code}: {Count} more within a second, not logged one by one.")]
    private partial void LogSuppressed(string code, int count);
}
