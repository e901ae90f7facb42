using Microsoft.Net.Http.Headers;

namespace Caas.Gateway.Hosting;

/// <summary>Refuses bodies in an encoding that is not read here, before they are taken for broken JSON.</summary>
internal sealed class RequestFormMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
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
}
