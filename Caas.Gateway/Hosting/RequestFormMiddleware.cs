using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace Caas.Gateway.Hosting;

/// <summary>Refuses what would be taken for something else: bodies in an encoding that is not read here, paths whose dot segments the server has resolved.</summary>
internal sealed class RequestFormMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (HasDotSegments(context.Features.Get<IHttpRequestFeature>()?.RawTarget))
        {
            throw Refusal.ValidationFailed.With("path", "must not hold the segments . or ..");
        }

        if (context.Request.Headers.ContentEncoding.Count > 0)
        {
            throw Refusal.UnsupportedMediaType.With("Content-Encoding is not supported: send the body as it is.");
        }

        if (context.Request.ContentType is { Length: > 0 } type && MediaTypeHeaderValue.TryParse(type, out var media) && media.Charset is { HasValue: true } charset
            && !charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase) && !charset.Equals("\"utf-8\"", StringComparison.OrdinalIgnoreCase))
        {
            throw Refusal.UnsupportedMediaType.With("The body must be in UTF-8.");
        }

        return next(context);
    }

    /// <summary>An id of <c>..</c> would name the resource above it.</summary>
    private static bool HasDotSegments(string? target) =>
        target is not null && target.Split('?', 2)[0].Split('/').Any(segment => segment.Length > 0 && segment.Replace("%2e", ".", StringComparison.OrdinalIgnoreCase) is "." or "..");
}
