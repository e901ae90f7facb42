using Microsoft.AspNetCore.Diagnostics;

namespace Caas.Gateway.Problems;

/// <summary>Gives the bare statuses that routing and Kestrel set (404, 405, 413, 415 …) the body of a problem.</summary>
internal static class StatusProblems
{
    public static Task WriteAsync(StatusCodeContext context)
    {
        var http = context.HttpContext;
        var refusal = http.Response.StatusCode switch
        {
            StatusCodes.Status401Unauthorized => Refusal.Unauthenticated,
            StatusCodes.Status403Forbidden => Refusal.NotAllowed,
            StatusCodes.Status404NotFound => Refusal.NotFound,
            StatusCodes.Status405MethodNotAllowed => Refusal.MethodNotAllowed,
            StatusCodes.Status413PayloadTooLarge => Refusal.TooLarge,
            StatusCodes.Status415UnsupportedMediaType => Refusal.UnsupportedMediaType,
            StatusCodes.Status503ServiceUnavailable => Refusal.Unavailable,
            >= 500 => Refusal.InternalError,
            _ => Refusal.ValidationFailed,
        };
        return http.RequestServices.GetRequiredService<ProblemWriter>().WriteAsync(http, refusal.AsException());
    }
}
