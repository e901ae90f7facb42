using Caas.Gateway.Idempotency;
using Microsoft.Extensions.Options;

namespace Caas.Gateway.Hosting;

/// <summary>
/// Ends requests that take too long. A client that goes away ends its request too, unless that carries an <c>Idempotency-Key</c>: such a call runs to its end,
/// so that the answer is there when the client asks again.
/// </summary>
internal sealed class DeadlineMiddleware(RequestDelegate next, IOptions<GatewayOptions> options)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var client = context.RequestAborted;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(context.Request.Headers.ContainsKey(IdempotencyKey.Header) ? CancellationToken.None : client);
        deadline.CancelAfter(options.Value.RequestTimeout);
        context.RequestAborted = deadline.Token;
        try
        {
            await next(context);
        }
        finally
        {
            context.RequestAborted = client;
        }
    }
}
