using Caas.Core.Entries;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Diagnostics;

namespace Caas.Gateway.Problems;

/// <summary>The one place where exceptions become answers.</summary>
internal sealed partial class ProblemExceptionHandler(ProblemWriter problems, BadRequests badRequests, ILogger<ProblemExceptionHandler> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is ConnectionResetException)
        {
            // A body that its client broke off; nobody is there to be answered. The middleware around this knows it only once the server has noticed, which may be later.
            httpContext.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return true;
        }

        await problems.WriteAsync(httpContext, Translate(httpContext, exception));
        return true;
    }

    private RefusedException Translate(HttpContext context, Exception exception)
    {
        switch (exception)
        {
            case RefusedException refused:
                return refused;
            case BadHttpRequestException bad:
                return badRequests.Translate(context, bad);
            // A client that went away is answered by the middleware around this; what is cancelled otherwise ran out of time.
            case StoreUnavailableException or TimeoutException or OperationCanceledException:
                LogUnavailable(exception, context.Request.Method, context.Request.Path, ProblemWriter.TraceId(context));
                return Refusal.Unavailable.AsException();
            default:
                LogFault(exception, context.Request.Method, context.Request.Path, ProblemWriter.TraceId(context));
                return Refusal.InternalError.AsException();
        }
    }

    [LoggerMessage(2001, LogLevel.Warning, "{Method} {Path} could not be served for now (trace {TraceId}).")]
    private partial void LogUnavailable(Exception exception, string method, string path, string traceId);

    [LoggerMessage(2002, LogLevel.Error, "{Method} {Path} failed (trace {TraceId}).")]
    private partial void LogFault(Exception exception, string method, string path, string traceId);
}
