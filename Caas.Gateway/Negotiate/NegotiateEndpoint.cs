using Caas.Gateway.Callers;
using Caas.Gateway.Problems;
using Microsoft.AspNetCore.Http.Extensions;

namespace Caas.Gateway.Negotiate;

/// <summary>
/// <c>POST /realtime/negotiate</c>: SignalR's negotiation, answered with a redirect to a replica (TransportProtocols.md of ASP.NET Core: <c>url</c> and <c>accessToken</c>).
/// Clients follow it by themselves; the gateway is no hop on the way of messages.
/// </summary>
internal static class NegotiateEndpoint
{
    public const string Hub = "/realtime";

    /// <summary>What belongs to this negotiation alone; all else of the query goes on to the replica.</summary>
    private static readonly string[] OwnQuery = [CallerMiddleware.TokenQuery, "negotiateVersion", "useStatefulReconnect"];

    public static void MapNegotiate(this IEndpointRouteBuilder app) =>
        app.MapPost($"{Hub}/negotiate", NegotiateAsync).WithName("Negotiate").WithSummary("Find a realtime replica").WithTags("Realtime").AllowCallers(CallerKinds.User, tokenInQuery: true)
            .WithDescription("SignalR clients call this by themselves when their URL is the gateway's `/realtime`; the answer redirects them to the least loaded replica.").Refuses(Refusal.Unavailable);

    private static async Task<Ok<NegotiateResponse>> NegotiateAsync(HttpRequest request, ReplicaChooser replicas, GatewayMetrics metrics, CancellationToken cancellationToken)
    {
        var replica = await replicas.ChooseAsync(cancellationToken);
        metrics.Negotiated(replica is not null);
        if (replica is null)
        {
            throw new RefusedException(Refusal.Unavailable, "No realtime replica is running.") { RetryAfter = TimeSpan.FromSeconds(2) };
        }

        var rest = new QueryBuilder(request.Query.Where(pair => !OwnQuery.Contains(pair.Key, StringComparer.OrdinalIgnoreCase)));
        return TypedResults.Ok(new NegotiateResponse(0, $"{replica.PublicUrl.TrimEnd('/')}{Hub}{rest}", Token(request)));
    }

    // Given back so that a token from the query survives the redirect, which replaces the whole URL.
    private static string Token(HttpRequest request) =>
        request.Headers.Authorization.ToString() is { Length: > 0 } authorization ? authorization[(authorization.IndexOf(' ', StringComparison.Ordinal) + 1)..].Trim() : request.Query[CallerMiddleware.TokenQuery].ToString();
}

/// <summary>Where to go on: what SignalR clients call a redirect.</summary>
/// <param name="NegotiateVersion">0: negotiated for real with the replica.</param>
/// <param name="Url">The hub of the chosen replica.</param>
/// <param name="AccessToken">The caller's own token, to be used there.</param>
internal sealed record NegotiateResponse(int NegotiateVersion, string Url, string AccessToken);
