using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Caas.Gateway.Audit;

namespace Caas.Gateway.Problems;

/// <summary>Answers with an RFC 9457 problem.</summary>
internal sealed class ProblemWriter(GatewayMetrics metrics, RefusalLog log, AuditedRefusals audit)
{
    public const string ContentType = "application/problem+json";

    /// <summary>What a client waits before it tries again, where nothing better is known.</summary>
    private static readonly TimeSpan DefaultRetryAfter = TimeSpan.FromSeconds(1);

    public async Task WriteAsync(HttpContext context, RefusedException refused)
    {
        var refusal = refused.Refusal;
        var traceId = TraceId(context);
        metrics.Refused(refusal.Code);
        log.Refused(context, refusal, traceId);
        audit.Note(context, refused);

        var response = context.Response;
        response.StatusCode = refusal.Status;
        response.ContentType = ContentType;
        response.Headers.CacheControl = "no-store";
        if (refusal.Status == StatusCodes.Status401Unauthorized)
        {
            response.Headers.WWWAuthenticate = Challenge(refused);
        }

        var retryAfter = refused.RetryAfter ?? (refusal.Status == StatusCodes.Status503ServiceUnavailable ? DefaultRetryAfter : null);
        if (retryAfter is { } wait)
        {
            response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        var problem = new Problem($"urn:caas:problem:{refusal.Code}", refusal.Title, refusal.Status, refused.Detail, refusal.Code, traceId, refused.Errors, refused.ExistingId, retryAfter is { } after ? Math.Max(1, (long)Math.Ceiling(after.TotalMilliseconds)) : null);
        try
        {
            await JsonSerializer.SerializeAsync(response.Body, problem, CaasJsonContext.Default.Problem, context.RequestAborted);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Whoever is refused may be gone already: then there is nobody to tell, and nothing has failed.
        }
    }

    public static string TraceId(HttpContext context) => Activity.Current?.TraceId.ToHexString() ?? context.TraceIdentifier;

    // RFC 6750: no error code when no credentials were sent at all.
    private static string Challenge(RefusedException refused) =>
        refused.Refusal == Refusal.Unauthenticated ? "Bearer realm=\"caas\"" : $"Bearer realm=\"caas\", error=\"invalid_token\", error_description=\"{refused.Refusal.Title}\"";
}
