using System.Text.Unicode;

namespace Caas.Gateway.Problems;

/// <summary>Refuses a body that is not UTF-8 throughout: where nobody looks (an unknown field) the reader of JSON skips what it could not read. After the body was bound, so that a known field is named.</summary>
internal sealed class Utf8BodyFilter : IEndpointFilter
{
    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        context.HttpContext.Features.Get<BodyRecord>() is { } body && !Utf8.IsValid(body.Bytes.Span)
            ? throw Refusal.ValidationFailed.With("body", "must be well-formed Unicode")
            : next(context);
}
