using Caas.Gateway.Callers;

namespace Caas.Gateway.Hosting;

/// <summary><c>GET /v1/ping</c>.</summary>
internal static class PingEndpoint
{
    public static void MapPing(this IEndpointRouteBuilder v1) =>
        v1.MapGet("/ping", (TimeProvider clock) => TypedResults.Ok(new PingResponse("ok", clock.GetUtcNow()))).WithName("Ping").WithSummary("Ask whether the API answers").WithTags("Service")
            .WithDescription("Open to everyone. Credentials that are sent are checked, and the answer tells how many requests are left.").AllowAnyone();
}

/// <param name="Status">Always <c>ok</c>.</param>
/// <param name="Time">The server's time.</param>
internal sealed record PingResponse(string Status, DateTimeOffset Time);
