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

    public Task<T> DeleteAsync<T>(string path, CancellationToken cancellationToken) => CallAsync<T>(HttpMethod.Delete, path, null, null, cancellationToken);

    public Task DeleteAsync(string path, CancellationToken cancellationToken) => CallAsync<object?>(HttpMethod.Delete, path, null, null, cancellationToken);

    /// <summary>Uploads a file to the place that was given for it, which needs no credentials. What is uploaded twice is there once.</summary>
    public Task UploadAsync(AttachmentUpload place, Stream content, long from, CancellationToken cancellationToken) => AgainAsync(new HttpMethod(place.Method), "attachment", async () =>
    {
        content.Position = from;
        using var request = new HttpRequestMessage(new HttpMethod(place.Method), place.UploadUrl) { Content = new StreamContent(new Unclosed(content)) };
        request.Content.Headers.ContentLength = content.Length - from;
        foreach (var (name, value) in place.Headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
            {
                request.Content.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return await SendAsync<object?>(request, options.UploadTimeout, cancellationToken);
    }, cancellationToken);

    /// <summary>An answer that is read while it comes: tried once, for nobody knows how much of it the caller has had.</summary>
    public async Task DownloadAsync(string path, Stream target, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(gateway, path));
            AddHeader(request, "X-On-Behalf-Of", onBehalfOf);
            await credential.ApplyAsync(request, cancellationToken);
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (!response.IsSuccessStatusCode)
            {
                throw await ProblemReader.ReadAsync(response, options.TimeProvider, cancellationToken);
            }

            await response.Content.CopyToAsync(target, cancellationToken);
        }
        catch (HttpRequestException cause)
        {
            throw new CaasException(ClientCodes.Unreachable, cause.Message, cause);
        }
    }

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
        return await AgainAsync(method, path, () => TryAsync<T>(method, path, json, key, cancellationToken), cancellationToken);
    }

    private async Task<T> AgainAsync<T>(HttpMethod method, string path, Func<Task<T>> tryOnce, CancellationToken cancellationToken)
    {
        var unknown = false;
        for (var attempt = 1; ; attempt++)
        {
            CaasException failure;
            try
            {
                return await tryOnce();
            }
            catch (CaasException gone) when (attempt > 1 && method == HttpMethod.Delete && gone.Status == (int)HttpStatusCode.NotFound)
            {
                // An earlier try did it, and its answer was lost.
                return default!;
            }
            catch (CaasException refused) when (attempt < options.MaxAttempts && IsTransient(refused) && !(refused.RetryAfter > options.MaxRetryAfter))
            {
                failure = refused;
                unknown |= LeavesUnknown(method, refused);
            }
            catch (CaasException refused) when (unknown || LeavesUnknown(method, refused))
            {
                // Also when it says that the last try did nothing: an earlier one may have.
                throw refused.OfUnknownOutcome();
            }

            LogAgain(method, path, attempt, failure.Code);
            await Task.Delay(Backoff.After(attempt, failure.RetryAfter), options.TimeProvider, cancellationToken);
        }
    }

    private static bool LeavesUnknown(HttpMethod method, CaasException failure) =>
        failure.MayHaveHappened || (method != HttpMethod.Get && (failure.Code == ClientCodes.InvalidAnswer ? failure.Status >= 500 : Codes.LeavesUnknown(failure.Code)));

    private async Task<T> TryAsync<T>(HttpMethod method, string path, byte[]? json, string? key, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, new Uri(gateway, path));
        request.Content = json is null ? null : new ByteArrayContent(json) { Headers = { ContentType = Json } };
        AddHeader(request, "Idempotency-Key", key);
        AddHeader(request, "X-On-Behalf-Of", onBehalfOf);
        return await SendAsync<T>(request, options.AttemptTimeout, cancellationToken, credential);
    }

    private async Task<T> SendAsync<T>(HttpRequestMessage request, TimeSpan timeout, CancellationToken cancellationToken, CaasCredential? proof = null)
    {
        var method = request.Method;
        using var patience = new CancellationTokenSource(timeout, options.TimeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            if (proof is not null)
            {
                await proof.ApplyAsync(request, both.Token);
            }

            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, both.Token);
            if (!response.IsSuccessStatusCode)
            {
                throw await ProblemReader.ReadAsync(response, options.TimeProvider, both.Token);
            }

            return response.StatusCode == HttpStatusCode.NoContent || proof is null
                ? default!
                : JsonSerializer.Deserialize<T>(await response.Content.ReadAsByteArrayAsync(both.Token), CaasJson.Options)!;
        }
        catch (Exception cause) when (cause is HttpRequestException or IOException || (cause is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new CaasException(ClientCodes.Unreachable, patience.IsCancellationRequested ? $"No answer within {timeout.TotalSeconds:0.#} s." : cause.Message, cause)
            {
                MayHaveHappened = method != HttpMethod.Get && cause is not HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError },
            };
        }
        catch (JsonException cause)
        {
            throw new CaasException(ClientCodes.InvalidAnswer, $"The answer to {method} {request.RequestUri?.AbsolutePath} is not of the expected form.", cause) { MayHaveHappened = method != HttpMethod.Get };
        }
    }

    /// <summary>What is uploaded belongs to the caller: it is read, and stays open for another try.</summary>
    private sealed class Unclosed(Stream inner) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => inner.ReadAsync(buffer, cancellationToken);

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => inner.ReadAsync(buffer, offset, count, cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }

    private static bool IsTransient(CaasException refused) =>
        refused.Code is ClientCodes.Unreachable or Codes.KeyInUse
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
