using Caas.Gateway.Callers;
using Microsoft.AspNetCore.Diagnostics;

namespace Caas.Gateway.Problems;

/// <summary>One line per refused request, so that a problem's <c>traceId</c> is found in the log; bounded where somebody floods. Nothing of the request but its method and route: ids and texts stay out.</summary>
internal sealed partial class RefusalLog
{
    private readonly ILogger<RefusalLog> _logger;
    private readonly RefusalThrottle _throttle;

    public RefusalLog(ILogger<RefusalLog> logger, TimeProvider clock) => (_logger, _throttle) = (logger, new(clock, LogSuppressed));

    public void Refused(HttpContext context, Refusal refusal, string traceId)
    {
        if (!_logger.IsEnabled(LogLevel.Information) || !_throttle.Admits(refusal.Code))
        {
            return;
        }

        var caller = context.RequestServices.GetService<CurrentCaller>()?.Caller;
        LogRefused(refusal.Code, refusal.Status, MethodOf(context), RouteOf(context), caller is null or { Kind: CallerKind.Admin } ? "-" : caller.Tenant.Value, KindOf(caller), traceId);
    }

    /// <summary>What the server refused before it was a request.</summary>
    public void Malformed(Refusal refusal, int status, string traceId)
    {
        if (_logger.IsEnabled(LogLevel.Information) && _throttle.Admits(refusal.Code))
        {
            LogRefused(refusal.Code, status, "-", "-", "-", "anonymous", traceId);
        }
    }

    // Only what we know: a client may send any word as its method.
    private static string MethodOf(HttpContext context) => HttpMethods.GetCanonicalizedValue(context.Request.Method) is var method && method.Length <= 8 && method.All(char.IsAsciiLetterUpper) ? method : "-";

    private static string RouteOf(HttpContext context)
    {
        var endpoint = context.GetEndpoint() ?? context.Features.Get<IExceptionHandlerFeature>()?.Endpoint;
        return (endpoint as RouteEndpoint)?.RoutePattern.RawText is { Length: > 1 } route ? route.TrimEnd('/') : "-";
    }

    private static string KindOf(Caller? caller) => caller?.Kind switch
    {
        null => "anonymous",
        CallerKind.Admin => "admin",
        CallerKind.Backend => "backend",
        _ => "user",
    };

    [LoggerMessage(2003, LogLevel.Information, "Refused {Code} ({Status}): {Method} {Route}, tenant {Tenant}, caller {Caller}, trace {TraceId}.")]
    private partial void LogRefused(string code, int status, string method, string route, string tenant, string caller, string traceId);

    [LoggerMessage(2004, LogLevel.Information, "Refused {Code}: {Count} more within a second, not logged one by one.")]
    private partial void LogSuppressed(string code, int count);
}
