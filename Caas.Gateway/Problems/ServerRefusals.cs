using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;

namespace Caas.Gateway.Problems;

/// <summary>
/// Gives the refusals of the server itself (a path with %00, a request line or header that is none) the body of a problem. They happen before there is a pipeline or a way
/// to write; the server tells of each, and what it would send itself is replaced.
/// </summary>
internal sealed class ServerRefusals(DiagnosticListener server, GatewayMetrics metrics, RefusalLog log) : IHostedService, IObserver<KeyValuePair<string, object?>>
{
    private const string BadRequest = "Microsoft.AspNetCore.Server.Kestrel.BadRequest";

    private IDisposable? _subscription;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _subscription = server.Subscribe(this, static name => name == BadRequest);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _subscription?.Dispose();
        return Task.CompletedTask;
    }

    public void OnNext(KeyValuePair<string, object?> value)
    {
        // On an encrypted connection this stands below the encryption, and cannot speak.
        if (value is { Key: BadRequest, Value: IFeatureCollection features } && features.Get<IHttpResponseFeature>() is { HasStarted: false } response
            && features.Get<RefusalOutput>() is { } output && features.Get<ITlsHandshakeFeature>() is null)
        {
            output.SendInstead(Answer(features, response.StatusCode));
        }
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }

    private byte[] Answer(IFeatureCollection features, int status)
    {
        var refusal = status == StatusCodes.Status413PayloadTooLarge ? Refusal.TooLarge : Refusal.ValidationFailed;
        var traceId = features.Get<IHttpRequestIdentifierFeature>()?.TraceIdentifier ?? "-";
        metrics.Refused(refusal.Code);
        log.Malformed(refusal, status, traceId);
        var problem = new Problem($"urn:caas:problem:{refusal.Code}", refusal.Title, status, "The request is not well-formed HTTP, or holds a character that has no place there.", refusal.Code, traceId);
        var body = JsonSerializer.SerializeToUtf8Bytes(problem, CaasJsonContext.Default.Problem);
        var head = string.Join("\r\n", [
            $"HTTP/1.1 {status} {ReasonPhrases.GetReasonPhrase(status)}",
            $"Content-Type: {ProblemWriter.ContentType}",
            $"Content-Length: {body.Length}",
            "Cache-Control: no-store",
            "X-Content-Type-Options: nosniff",
            "Connection: close",
            "\r\n",
        ]);
        return [.. Encoding.ASCII.GetBytes(head), .. body];
    }
}
