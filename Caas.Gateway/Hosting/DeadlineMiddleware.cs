using Caas.Gateway.Idempotency;
using Caas.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace Caas.Gateway.Hosting;

/// <summary>Endpoint metadata: what moves files takes as long as the line needs, within this time.</summary>
internal sealed record LongRequest(TimeSpan Timeout);

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
        deadline.CancelAfter(context.GetEndpoint()?.Metadata.GetMetadata<LongRequest>()?.Timeout ?? options.Value.RequestTimeout);
        context.RequestAborted = deadline.Token;
        var body = RequestBodyStream.Replace(context, client, deadline.Token);
        try
        {
            await next(context);
        }
        finally
        {
            context.RequestAborted = client;
            context.Request.Body = body;
        }
    }
}
