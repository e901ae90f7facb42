namespace Caas.Gateway.Idempotency;

/// <summary>On routes whose <c>Idempotency-Key</c> becomes the entry's client id: who reuses the key is told of the key, not of a client id that was never sent.</summary>
internal sealed class EntryKeyFilter : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (RefusedException refused) when (refused.Refusal == Refusal.ClientMessageIdReused && KeyWasTheId(context))
        {
            throw Refusal.IdempotencyKeyReused.AsException();
        }
    }

    private static bool KeyWasTheId(EndpointFilterInvocationContext context) =>
        context.HttpContext.Request.Headers.ContainsKey(IdempotencyKey.Header)
        && !context.Arguments.Any(argument => argument is SendMessageRequest { ClientMessageId: not null } or EditMessageRequest { ClientMessageId: not null });
}
