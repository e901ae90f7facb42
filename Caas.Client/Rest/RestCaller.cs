using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Caas.Contracts;
using Microsoft.Extensions.Logging;

namespace Caas.Client;

/// <summary>
/// One HTTP call, tried again where that is safe: after 429, 502, 503, 504, a key that is still in use, and where no answer came. Every POST carries an <c>Idempotency-Key</c>, the same in
/// each try; the other methods change nothing when repeated.
/// </summary>
internal sealed partial class RestCaller(HttpClient http, Uri gateway, CaasCredential credential, RestOptions options, string? onBehalfOf = null)
{
    private static readonly MediaTypeHeaderValue Json = new("application/json") { CharSet = "utf-8" };

    private readonly ILogger _logger = options.LoggerFactory.CreateLogger<RestCaller>();

    public RestCaller OnBehalfOf(string? userId) => new(http, gateway, credential, options, userId);

    public Task<T> GetAsync<T>(string path, CancellationToken cancellationToken) => CallAsync<T>(HttpMethod.Get, path, null, null, cancellationToken);

    /// <param name="key">The <c>Idempotency-Key</c>; null: one of its own.</param>
    public Task<T> PostAsync<T>(string path, object? body, string? key, CancellationToken cancellationToken) => CallAsync<T>(HttpMethod.Post, path, body, key, cancellationToken);

    public Task PostAsync(string path, object? body, string? key, CancellationToken cancellationToken) => CallAsync<object?>(HttpMethod.Post, path, body, key, cancellationToken);

    public Task<T> PutAsync<T>(string path, object? body, CancellationToken cancellationToken) => CallAsync<T>(HttpMethod.Put, path, body, null, cancellationToken);

    public Task<T> PatchAsync<T>(string path, object body, string? key, CancellationToken cancellationToken) => CallAsync<T>(HttpMethod.Patch, path, body, key, cancellationToken);

    public Task DeleteAsync(string path, CancellationToken cancellationToken) => CallAsync<object?>(HttpMethod.Delete, path, null, null, cancellationToken);

    /// <summary>All items of a list, page by page as they are asked for.</summary>
    /// <param name="path">With its query, but for <c>cursor</c> and <c>limit</c>.</param>
    public async IAsyncEnumerable<T> ListAsync<T>(string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? cursor = null;
        do
        {
            var page = await PageAsync<T>(path, cursor, 200, cancellationToken);
            foreach (var item in page.Items)
            {
                yield return item;
            }

            cursor = page.Next;
        }
        while (cursor is not null);
    }

    public Task<Page<T>> PageAsync<T>(string path, string? cursor, int? limit, CancellationToken cancellationToken) =>
        GetAsync<Page<T>>(Query(path, ("limit", limit?.ToString(CultureInfo.InvariantCulture)), ("cursor", cursor)), cancellationToken);

    /// <summary>A path whose holes are escaped: an id can be nothing but one segment.</summary>
    public static string Path(FormattableString path) =>
        string.Format(CultureInfo.InvariantCulture, path.Format, [.. path.GetArguments().Select(part => (object)Uri.EscapeDataString(Convert.ToString(part, CultureInfo.InvariantCulture) ?? ""))]);

    /// <summary>A path with those parameters that are not null.</summary>
    public static string Query(string path, params (string Name, string? Value)[] parameters)
    {
        var query = string.Join('&', parameters.Where(parameter => parameter.Value is not null).Select(parameter => $"{parameter.Name}={Uri.EscapeDataString(parameter.Value!)}"));
        return query.Length == 0 ? path : path + (path.Contains('?', StringComparison.Ordinal) ? '&' : '?') + query;
    }

    private async Task<T> CallAsync<T>(HttpMethod method, string path, object? body, string? key, CancellationToken cancellationToken)
    {
        key ??= method == HttpMethod.Post ? Guid.NewGuid().ToString("n") : null;
        var json = body is null ? null : JsonSerializer.SerializeToUtf8Bytes(body, body.GetType(), CaasJson.Options);
        for (var attempt = 1; ; attempt++)
        {
            CaasException failure;
            try
            {
                return await TryAsync<T>(method, path, json, key, cancellationToken);
            }
            catch (CaasException gone) when (attempt > 1 && method == HttpMethod.Delete && gone.Status == (int)HttpStatusCode.NotFound)
            {
                // An earlier try did it, and its answer was lost.
                return default!;
            }
            catch (CaasException refused) when (attempt < options.MaxAttempts && IsTransient(refused) && !(refused.RetryAfter > options.MaxRetryAfter))
            {
                failure = refused;
            }

            LogAgain(method, path, attempt, failure.Code);
            await Task.Delay(Backoff.After(attempt, failure.RetryAfter), options.TimeProvider, cancellationToken);
        }
    }

    private async Task<T> TryAsync<T>(HttpMethod method, string path, byte[]? json, string? key, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(options.AttemptTimeout, options.TimeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            using var request = new HttpRequestMessage(method, new Uri(gateway, path));
            request.Content = json is null ? null : new ByteArrayContent(json) { Headers = { ContentType = Json } };
            AddHeader(request, "Idempotency-Key", key);
            AddHeader(request, "X-On-Behalf-Of", onBehalfOf);
            await credential.ApplyAsync(request, both.Token);
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, both.Token);
            if (!response.IsSuccessStatusCode)
            {
                throw await ProblemReader.ReadAsync(response, options.TimeProvider, both.Token);
            }

            return response.StatusCode == HttpStatusCode.NoContent
                ? default!
                : JsonSerializer.Deserialize<T>(await response.Content.ReadAsByteArrayAsync(both.Token), CaasJson.Options)!;
        }
        catch (Exception cause) when (cause is HttpRequestException or IOException || (cause is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new CaasException(ClientCodes.Unreachable, patience.IsCancellationRequested ? $"No answer within {options.AttemptTimeout.TotalSeconds:0.#} s." : cause.Message, cause)
            {
                MayHaveHappened = method != HttpMethod.Get && cause is not HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError },
            };
        }
        catch (JsonException cause)
        {
            throw new CaasException(ClientCodes.InvalidAnswer, $"The answer to {method} {path} is not of the expected form.", cause) { MayHaveHappened = method != HttpMethod.Get };
        }
    }

    private static bool IsTransient(CaasException refused) =>
        refused.Code is ClientCodes.Unreachable or "idempotency_key_in_use"
        || refused.Status is (int)HttpStatusCode.TooManyRequests or (int)HttpStatusCode.BadGateway or (int)HttpStatusCode.ServiceUnavailable or (int)HttpStatusCode.GatewayTimeout;

    private static void AddHeader(HttpRequestMessage request, string name, string? value)
    {
        if (value is not null)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }
    }

    [LoggerMessage(9110, LogLevel.Debug, "{Method} {Path}: try {Attempt} failed ({Code}); tries again.")]
    private partial void LogAgain(HttpMethod method, string path, int attempt, string code);
}
