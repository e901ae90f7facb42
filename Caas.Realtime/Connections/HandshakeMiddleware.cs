using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Caas.Core.Callers;
using Caas.Core.Tenants;
using Caas.Core.Usage;
using Caas.Realtime.Hubs;
using Caas.Realtime.Replicas;
using Microsoft.Net.Http.Headers;

namespace Caas.Realtime.Connections;

/// <summary>
/// Before SignalR: proves the user token (header, or <c>?access_token=</c>, since browsers cannot set headers on WebSockets), answers browsers' CORS questions, and refuses new
/// connections while the replica drains.
/// </summary>
internal sealed partial class HandshakeMiddleware(RequestDelegate next, Authenticator authenticator, TenantDirectory tenants, Quotas quotas, DrainState drain, HubRefusalLog log, ILogger<HandshakeMiddleware> logger)
{
    public const string Path = "/realtime";

    private const string TokenQuery = "access_token";
    private const string Bearer = "Bearer ";
    private const string RequestHeaders = "Authorization, Content-Type, X-Requested-With, X-SignalR-User-Agent, traceparent, tracestate, baggage";

    public Task InvokeAsync(HttpContext context) =>
        context.Request.Path.StartsWithSegments(Path, StringComparison.OrdinalIgnoreCase) ? ConnectAsync(context) : next(context);

    /// <summary>Waits for as long as the connection lives, and so keeps nothing but what it waits for.</summary>
    private async Task ConnectAsync(HttpContext context)
    {
        if (await AdmitAsync(context))
        {
            await next(context);
        }
    }

    private async Task<bool> AdmitAsync(HttpContext context)
    {
        var request = context.Request;
        var origin = CorsOrigin.Read(request.Headers.Origin);
        if (HttpMethods.IsOptions(request.Method))
        {
            // A preflight has no credentials; it tells nothing, and what follows it is readable only where the tenant allows the origin.
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            Allow(context, origin);
            context.Response.Headers.AccessControlAllowMethods = "GET, POST, DELETE";
            context.Response.Headers.AccessControlAllowHeaders = RequestHeaders;
            context.Response.Headers.AccessControlMaxAge = "600";
            return false;
        }

        try
        {
            // What has begun may end: only those who come anew are sent away.
            if (drain.IsDraining && (!request.Query.ContainsKey("id") || request.Headers.Upgrade.Count > 0))
            {
                throw new RefusedException(Refusal.Unavailable, "This replica is going; connect to another one.") { RetryAfter = TimeSpan.FromSeconds(1) };
            }

            var caller = await AuthenticateAsync(request, context.RequestAborted);
            await quotas.RequireAsync(caller.Tenant, Quota.Connections, request.Query.ContainsKey("id") || HttpMethods.IsDelete(request.Method) ? 0 : 1, context.RequestAborted);
            context.User = new CallerPrincipal(caller);

            // The request lives as long as its connection, and the token has done its work.
            request.Headers.Authorization = default;
            if (request.Query.ContainsKey(TokenQuery))
            {
                request.QueryString = QueryString.Create(request.Query.Where(parameter => !parameter.Key.Equals(TokenQuery, StringComparison.OrdinalIgnoreCase)));
            }

            if (origin.Length > 0 && await AllowsAsync(caller.Tenant, origin, context.RequestAborted))
            {
                Allow(context, origin);
            }
        }
        catch (RefusedException refused)
        {
            Allow(context, origin);
            await RefuseAsync(context, refused);
            return false;
        }
        catch (StoreUnavailableException unavailable)
        {
            LogUnavailable(unavailable);
            Allow(context, origin);
            await RefuseAsync(context, Refusal.Unavailable.AsException());
            return false;
        }

        return true;
    }

    private async Task<Caller> AuthenticateAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var header = request.Headers.Authorization.ToString();
        var token = header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? header[Bearer.Length..].Trim() : request.Query[TokenQuery].ToString();
        return token.Length == 0
            ? throw Refusal.Unauthenticated.With("A user token is needed, in the Authorization header or as access_token.")
            : await authenticator.AuthenticateTokenAsync(token, cancellationToken);
    }

    private async Task<bool> AllowsAsync(TenantId tenant, string origin, CancellationToken cancellationToken) =>
        await tenants.FindAsync(tenant, cancellationToken) is { } found && found.Settings.CorsOrigins.Any(allowed => allowed == "*" || allowed.Equals(origin, StringComparison.OrdinalIgnoreCase));

    private static void Allow(HttpContext context, string origin)
    {
        var headers = context.Response.Headers;
        headers.Vary = HeaderNames.Origin;
        if (origin.Length > 0)
        {
            // SignalR's JavaScript client asks with credentials, though it needs none.
            headers.AccessControlAllowOrigin = origin;
            headers.AccessControlAllowCredentials = "true";
        }
    }

    private async Task RefuseAsync(HttpContext context, RefusedException refused)
    {
        var (refusal, response) = (refused.Refusal, context.Response);
        var traceId = Activity.Current?.TraceId.ToHexString() ?? context.TraceIdentifier;
        log.Rejected(refused, context, traceId);
        response.StatusCode = refusal.Status;
        response.ContentType = "application/problem+json";
        response.Headers.CacheControl = "no-store";
        if (refusal.Status == StatusCodes.Status401Unauthorized)
        {
            response.Headers.WWWAuthenticate = "Bearer realm=\"caas\"";
        }

        if ((refused.RetryAfter ?? (refusal.Status == StatusCodes.Status503ServiceUnavailable ? TimeSpan.FromSeconds(1) : null)) is { } wait)
        {
            response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        var problem = new Problem($"urn:caas:problem:{refusal.Code}", refusal.Title, refusal.Status, refused.Detail, refusal.Code, traceId, RetryAfterMs: refusal.Status == StatusCodes.Status503ServiceUnavailable ? 1000 : null);
        await JsonSerializer.SerializeAsync(response.Body, problem, CaasJsonContext.Default.Problem, context.RequestAborted);
    }

    [LoggerMessage(3142, LogLevel.Warning, "A connection could not be authenticated: the store is not available.")]
    private partial void LogUnavailable(Exception exception);
}
