using System.Diagnostics;
using Caas.Core.Audit;
using Caas.Realtime.Connections;

namespace Caas.Realtime.Hubs;

/// <summary>One line per refused hub call or connection; bounded where somebody floods. Of the call nothing but its method: ids and texts stay out. What credentials were refused is audited besides.</summary>
internal sealed partial class HubRefusalLog
{
    private readonly ILogger<HubRefusalLog> _logger;
    private readonly RefusalRecorder _audit;
    private readonly RefusalThrottle _throttle;

    public HubRefusalLog(ILogger<HubRefusalLog> logger, RefusalRecorder audit, TimeProvider clock) => (_logger, _audit, _throttle) = (logger, audit, new(clock, LogSuppressed));

    /// <summary>A call that was refused by a rule.</summary>
    public void Refused(RefusedException refused, string method, RealtimeConnection? connection, HttpContext? http)
    {
        Log(refused.Refusal.Code, method, connection?.Tenant.Value, connection?.Id);
        Audit(refused, http);
    }

    /// <summary>What was refused before anybody knew whose it is.</summary>
    /// <param name="refusal"><c>code: detail</c>.</param>
    /// <param name="method">Null: none of the hub's.</param>
    public void Refused(string refusal, string? method) => Log(refusal[..refusal.IndexOf(':', StringComparison.Ordinal)], method, null, null);

    /// <summary>A connection that was not let in.</summary>
    public void Rejected(RefusedException refused, HttpContext http, string traceId)
    {
        var refusal = refused.Refusal;
        Audit(refused, http);
        if (_logger.IsEnabled(LogLevel.Information) && _throttle.Admits(refusal.Code))
        {
            LogRejected(refusal.Code, refusal.Status, traceId);
        }
    }

    private void Audit(RefusedException refused, HttpContext? http)
    {
        if (refused.Attempt is { } attempt)
        {
            _audit.Note(attempt, AuditOrigin.Of(http?.Connection.RemoteIpAddress, Activity.Current?.TraceId.ToHexString()));
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
