using System.Security.Cryptography;
using System.Text.Json;
using Caas.Core.Entries;
using Caas.Core.Idempotency;
using Caas.Gateway.Callers;
using Microsoft.AspNetCore.Http.Metadata;

namespace Caas.Gateway.Idempotency;

/// <summary>Gives the stored answer again where the <c>Idempotency-Key</c> was seen before, and stores the answer where it was not.</summary>
internal sealed partial class IdempotencyMiddleware(RequestDelegate next, IdempotentAnswers answers, GatewayMetrics metrics, ILogger<IdempotencyMiddleware> logger)
{
    private const string JsonContent = "application/json; charset=utf-8";

    public async Task InvokeAsync(HttpContext context, CurrentCaller current)
    {
        var endpoint = context.GetEndpoint()?.Metadata;
        if (endpoint?.GetMetadata<IdempotencyMetadata>() is not { } metadata || IdempotencyKey.Read(context.Request).Value is not { } key)
        {
            await next(context);
            return;
        }

        if (metadata.MakesEntry && endpoint.GetMetadata<IAcceptsMetadata>() is null)
        {
            // Without a body the path says it all, and the log has the key.
            await next(context);
            return;
        }

        var body = await BufferRequestAsync(context.Request, context.RequestAborted);
        var route = $"{context.Request.Method} {context.Request.Path}";
        if (metadata.MakesEntry)
        {
            await RunBoundAsync(context, await answers.BindAsync(CallerKey(current, body), route, key, body, context.RequestAborted));
            return;
        }

        var (claim, replay) = await answers.ClaimAsync(CallerKey(current, body), route, key, body, context.RequestAborted);
        if (replay is not null)
        {
            metrics.Replayed();
            await ReplayAsync(context, replay);
            return;
        }

        await RunAsync(context, metadata, claim!);
    }

    // Callers without credentials (who trade a refresh token) share no name: each body is a caller of its own.
    private static string CallerKey(CurrentCaller current, byte[] body) => current.Caller?.Key ?? $"anonymous:{Convert.ToHexStringLower(SHA256.HashData(body))}";

    private static async Task<byte[]> BufferRequestAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var buffer = new MemoryStream();
        await request.Body.CopyToAsync(buffer, cancellationToken);
        var body = buffer.ToArray();
        request.Body = new MemoryStream(body, writable: false);
        return body;
    }

    private static async Task ReplayAsync(HttpContext context, StoredAnswer replay)
    {
        var response = context.Response;
        response.StatusCode = replay.Status;
        response.Headers[IdempotencyKey.ReplayedHeader] = "true";
        if (replay.Location is { } location)
        {
            response.Headers.Location = location;
        }

        if (replay.Body.Length > 0)
        {
            response.ContentType = JsonContent;
            await response.WriteAsync(replay.Body, context.RequestAborted);
        }
    }

    /// <summary>The body may name a client id of its own, so the log cannot tell that the key came with another body before. The answer is the log's to give again: none is kept, and so none must be erased.</summary>
    /// <param name="claim">Null: it was made before.</param>
    private async Task RunBoundAsync(HttpContext context, IdempotencyClaim? claim)
    {
        var refused = false;
        try
        {
            await next(context);
            refused = context.Response.StatusCode is >= 400 and < 500;
            if (claim is not null && context.Response.StatusCode is >= 200 and < 300)
            {
                await CompleteAsync(claim, context.Response.StatusCode, body: null, location: null, secretId: null, holdsSecret: false);
            }
        }
        catch (Exception exception) when (exception is RefusedException { Refusal.Status: < 500 } or BadHttpRequestException)
        {
            refused = true;
            throw;
        }
        finally
        {
            if (refused && claim is not null)
            {
                await ReleaseAsync(claim);
            }
        }
    }

    private async Task RunAsync(HttpContext context, IdempotencyMetadata metadata, IdempotencyClaim claim)
    {
        var (response, client) = (context.Response, context.Response.Body);
        using var answer = new MemoryStream();
        response.Body = answer;
        var refused = false;
        try
        {
            await next(context);
            await response.BodyWriter.FlushAsync(CancellationToken.None);
            if (response.StatusCode is >= 200 and < 300)
            {
                await KeepAsync(response, metadata, claim, answer);
            }
            else
            {
                refused = response.StatusCode is >= 400 and < 500;
            }
        }
        catch (RefusedException exception)
        {
            refused = exception.Refusal.Status < 500;
            throw;
        }
        catch (BadHttpRequestException)
        {
            refused = true;
            throw;
        }
        finally
        {
            response.Body = client;

            // Only where nothing happened: after a fault nobody knows, and the claim stands until it runs out.
            if (refused)
            {
                await ReleaseAsync(claim);
            }
        }

        answer.Position = 0;
        await answer.CopyToAsync(client, context.RequestAborted);
    }

    private Task KeepAsync(HttpResponse response, IdempotencyMetadata metadata, IdempotencyClaim claim, MemoryStream answer)
    {
        var body = System.Text.Encoding.UTF8.GetString(answer.GetBuffer(), 0, (int)answer.Length);
        var location = response.Headers.Location.ToString() is { Length: > 0 } given ? given : null;
        return CompleteAsync(claim, response.StatusCode, body, location, SecretId(metadata, answer), metadata.HoldsSecret);
    }

    private async Task CompleteAsync(IdempotencyClaim claim, int status, string? body, string? location, string? secretId, bool holdsSecret)
    {
        try
        {
            await answers.CompleteAsync(claim, status, body, location, secretId, holdsSecret, CancellationToken.None);
        }
        catch (StoreUnavailableException exception)
        {
            LogNotKept(exception);
        }
    }

    private async Task ReleaseAsync(IdempotencyClaim claim)
    {
        try
        {
            await answers.ReleaseAsync(claim, CancellationToken.None);
        }
        catch (StoreUnavailableException exception)
        {
            LogNotReleased(exception);
        }
    }

    private static string? SecretId(IdempotencyMetadata metadata, MemoryStream answer)
    {
        if (metadata.SecretId is not { } field)
        {
            return null;
        }

        using var document = JsonDocument.Parse(answer.GetBuffer().AsMemory(0, (int)answer.Length));
        return document.RootElement.TryGetProperty(field, out var id) ? id.GetString() : null;
    }

    [LoggerMessage(2201, LogLevel.Warning, "An answer could not be stored under its Idempotency-Key: a repeated call may happen twice once the claim has run out.")]
    private partial void LogNotKept(Exception exception);

    [LoggerMessage(2202, LogLevel.Warning, "An Idempotency-Key could not be given back: it stands until its claim runs out.")]
    private partial void LogNotReleased(Exception exception);
}
