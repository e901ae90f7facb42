using Caas.Core.Entries;
using Caas.Core.Tenants;
using Caas.Gateway.Callers;
using Caas.Gateway.Idempotency;
using Microsoft.Net.Http.Headers;

namespace Caas.Gateway.Cors;

/// <summary>
/// CORS per tenant. A preflight carries no credentials, so it passes when any tenant allows the origin; the actual answer is readable only where the caller's own tenant does.
/// Credentials travel in headers and never in cookies, so an unreadable answer is all there is to withhold.
/// </summary>
internal sealed class CorsMiddleware(RequestDelegate next, CorsOrigins origins)
{
    private const string Methods = "GET, POST, PUT, PATCH, DELETE";
    private const string RequestHeaders = "Authorization, Content-Type, X-Api-Key, X-On-Behalf-Of, Idempotency-Key, X-Requested-With, X-SignalR-User-Agent, traceparent, tracestate, baggage";
    private const string ResponseHeaders = $"Location, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, WWW-Authenticate, {IdempotencyKey.ReplayedHeader}";
    private const string PreflightSeconds = "600";

    public async Task InvokeAsync(HttpContext context, CurrentCaller current)
    {
        var request = context.Request;
        var origin = CorsOrigin.Read(request.Headers.Origin);
        if (origin.Length > 0 && HttpMethods.IsOptions(request.Method) && request.Headers.ContainsKey(HeaderNames.AccessControlRequestMethod))
        {
            await AnswerPreflightAsync(context, origin);
            return;
        }

        context.Response.OnStarting(() => DecorateAsync(context, current, origin));
        await next(context);
    }

    private async Task AnswerPreflightAsync(HttpContext context, string origin)
    {
        var headers = context.Response.Headers;
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        headers.Vary = $"{HeaderNames.Origin}, {HeaderNames.AccessControlRequestMethod}, {HeaderNames.AccessControlRequestHeaders}";
        if (await origins.AnyAllowsAsync(origin, context.RequestAborted))
        {
            Allow(context, origin);
            headers.AccessControlAllowMethods = Methods;
            headers.AccessControlAllowHeaders = RequestHeaders;
            headers.AccessControlMaxAge = PreflightSeconds;
        }
    }

    private async Task DecorateAsync(HttpContext context, CurrentCaller current, string origin)
    {
        context.Response.Headers.Append(HeaderNames.Vary, HeaderNames.Origin);
        if (origin.Length > 0 && await AllowsAsync(current.Caller, origin, context.RequestAborted))
        {
            Allow(context, origin);
            context.Response.Headers.AccessControlExposeHeaders = ResponseHeaders;
        }
    }

    private async ValueTask<bool> AllowsAsync(Caller? caller, string origin, CancellationToken cancellationToken)
    {
        try
        {
            return caller switch
            {
                // Who could not be authenticated should at least be able to read that.
                null => await origins.AnyAllowsAsync(origin, cancellationToken),
                { Kind: CallerKind.Admin } => false,
                _ => await origins.TenantAllowsAsync(caller.Tenant, origin, cancellationToken),
            };
        }
        catch (Exception exception) when (exception is StoreUnavailableException or OperationCanceledException)
        {
            return false;
        }
    }

    private static void Allow(HttpContext context, string origin)
    {
        context.Response.Headers.AccessControlAllowOrigin = origin;

        // SignalR's JavaScript client always asks with credentials, though it needs none.
        if (context.Request.Path.StartsWithSegments(Negotiate.NegotiateEndpoint.Hub))
        {
            context.Response.Headers.AccessControlAllowCredentials = "true";
        }
    }
}
