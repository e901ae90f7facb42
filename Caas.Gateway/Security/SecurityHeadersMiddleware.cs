using Microsoft.Net.Http.Headers;

namespace Caas.Gateway.Security;

/// <summary>Headers that tell browsers to make nothing of an answer but what it is. Endpoints may set stricter or other ones themselves.</summary>
internal sealed class SecurityHeadersMiddleware(RequestDelegate next)
{
    private const string Policy = "default-src 'none'; frame-ancestors 'none'";

    public Task InvokeAsync(HttpContext context)
    {
        // At the last moment: an error answer starts by clearing all headers.
        context.Response.OnStarting(static state =>
        {
            var context = (HttpContext)state;
            var headers = context.Response.Headers;
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "no-referrer";
            headers.TryAdd(HeaderNames.ContentSecurityPolicy, Policy);
            if (context.Request.Path.StartsWithSegments("/v1"))
            {
                headers.TryAdd(HeaderNames.CacheControl, "no-store");
            }

            if (context.Request.IsHttps)
            {
                headers.StrictTransportSecurity = "max-age=31536000";
            }

            return Task.CompletedTask;
        }, context);
        return next(context);
    }
}
