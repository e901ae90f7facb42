using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.Logging;

namespace Caas.Tests.Attachments;

/// <summary>A bucket in memory. It takes nothing but presigned requests whose signature (AWS Signature Version 4) it computes itself from what arrived, and that have not ended.</summary>
internal sealed class S3TestServer : IAsyncDisposable
{
    public const string Bucket = "files";
    public const string AccessKey = "AKIDTEST";
    public const string SecretKey = "a-secret-of-the-tests";
    public const string Region = "eu-test-1";

    private readonly ConcurrentDictionary<string, (byte[] Content, string? Type)> _objects = new();
    private readonly WebApplication _app;

    private S3TestServer(WebApplication app) => _app = app;

    public string Endpoint => _app.Urls.First();

    public IReadOnlyCollection<string> Keys => [.. _objects.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Requests that were not signed as they must be.</summary>
    public ConcurrentQueue<string> Refused { get; } = new();

    /// <summary>Whether it answers everything with 503.</summary>
    public bool IsDown { get; set; }

    /// <summary>Whether it says 403 of what is not there, as to whom may not list the bucket.</summary>
    public bool HidesMissing { get; set; }

    /// <summary>Whether it lets nobody read.</summary>
    public bool RefusesReading { get; set; }

    /// <summary>Awaited before a request is answered: its method and key.</summary>
    public Func<string, Task> Before { get; set; } = _ => Task.CompletedTask;

    /// <summary>Called when a request was done, before its answer goes out.</summary>
    public Action<string> Done { get; set; } = _ => { };

    public static async Task<S3TestServer> StartAsync()
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Test" });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var server = new S3TestServer(app);
        app.Run(server.AnswerAsync);
        await app.StartAsync();
        return server;
    }

    public void Put(string key, byte[] content) => _objects[key] = (content, null);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext http)
    {
        var (request, response) = (http.Request, http.Response);
        if (IsDown)
        {
            response.StatusCode = 503;
            return;
        }

        if (Fault(request) is { } fault || !request.Path.StartsWithSegments("/" + Bucket, out var rest))
        {
            Refused.Enqueue($"{request.Method} {request.GetEncodedUrl()}: {Fault(request)}");
            response.StatusCode = 403;
            return;
        }

        var key = rest.Value!.TrimStart('/');
        await Before($"{request.Method} {key}");
        switch (request.Method)
        {
            case "PUT" when request.Headers["x-amz-copy-source"].ToString() is { Length: > 0 } source:
                if (!_objects.TryGetValue(source[(Bucket.Length + 2)..], out var copied) || (request.Headers["x-amz-copy-source-if-match"].ToString() is { Length: > 0 } tag && tag != ETag(copied.Content)))
                {
                    response.StatusCode = 412;
                    return;
                }

                _objects[key] = copied;
                await response.WriteAsync("<CopyObjectResult></CopyObjectResult>", http.RequestAborted);
                return;
            case "PUT":
                using (var content = new MemoryStream())
                {
                    await request.Body.CopyToAsync(content, http.RequestAborted);
                    _objects[key] = (content.ToArray(), request.ContentType);
                }

                return;
            case "DELETE":
                _objects.TryRemove(key, out _);
                response.StatusCode = 204;
                Done($"{request.Method} {key}");
                return;
            case "GET" or "HEAD" when RefusesReading:
                response.StatusCode = 403;
                return;
            case "GET" or "HEAD" when _objects.TryGetValue(key, out var found):
                if (request.Headers.IfMatch.ToString() is { Length: > 0 } match && match != ETag(found.Content))
                {
                    response.StatusCode = 412;
                    return;
                }

                response.Headers.ETag = ETag(found.Content);
                response.ContentType = request.Query["response-content-type"].ToString() is { Length: > 0 } type ? type : found.Type ?? "application/octet-stream";
                if (request.Query["response-content-disposition"].ToString() is { Length: > 0 } disposition)
                {
                    response.Headers.ContentDisposition = disposition;
                }

                var part = request.Headers.Range.ToString() is { Length: > 0 } range ? found.Content[..(int.Parse(range.Split('-')[1], CultureInfo.InvariantCulture) + 1)] : found.Content;
                (response.StatusCode, response.ContentLength) = (part.Length < found.Content.Length ? 206 : 200, part.Length);
                if (request.Method == "GET")
                {
                    await response.Body.WriteAsync(part, http.RequestAborted);
                }

                return;
            default:
                response.StatusCode = HidesMissing ? 403 : 404;
                return;
        }
    }

    private static string ETag(byte[] content) => $"\"{Convert.ToHexStringLower(SHA256.HashData(content))[..32]}\"";

    private static string? Fault(HttpRequest request)
    {
        var query = request.Query.ToDictionary(parameter => parameter.Key, parameter => parameter.Value.ToString(), StringComparer.Ordinal);
        string Of(string name) => query.GetValueOrDefault(name) ?? "";
        if (!DateTimeOffset.TryParseExact(Of("X-Amz-Date"), "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) || !int.TryParse(Of("X-Amz-Expires"), out var expires))
        {
            return "no time";
        }

        if (at.AddSeconds(expires) < TimeProvider.System.GetUtcNow())
        {
            return "ended";
        }

        var scope = $"{at:yyyyMMdd}/{Region}/s3/aws4_request";
        if (Of("X-Amz-Credential") != $"{AccessKey}/{scope}" || Of("X-Amz-Algorithm") != "AWS4-HMAC-SHA256")
        {
            return "another's credential";
        }

        string[] signed = Of("X-Amz-SignedHeaders").Split(';');
        if (!signed.Contains("host") || request.Headers.Keys.Select(name => name.ToLowerInvariant()).Any(name => name.StartsWith("x-amz-", StringComparison.Ordinal) && !signed.Contains(name)))
        {
            return "headers that are not signed";
        }

        var canonicalQuery = string.Join('&', query.Where(parameter => parameter.Key != "X-Amz-Signature").OrderBy(parameter => parameter.Key, StringComparer.Ordinal).Select(parameter => $"{Encode(parameter.Key)}={Encode(parameter.Value)}"));
        var headers = string.Concat(signed.Select(name => $"{name}:{(name == "host" ? $"{request.Host}" : $"{request.Headers[name]}").Trim()}\n"));
        var canonical = $"{request.Method}\n{string.Join('/', request.Path.Value!.Split('/').Select(Encode))}\n{canonicalQuery}\n{headers}\n{string.Join(';', signed)}\nUNSIGNED-PAYLOAD";
        var toSign = $"AWS4-HMAC-SHA256\n{Of("X-Amz-Date")}\n{scope}\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var key = new[] { $"{at:yyyyMMdd}", Region, "s3", "aws4_request" }.Aggregate(Encoding.UTF8.GetBytes("AWS4" + SecretKey), (current, part) => HMACSHA256.HashData(current, Encoding.UTF8.GetBytes(part)));
        return Hex(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(toSign))) == Of("X-Amz-Signature") ? null : "another signature";
    }

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);

    /// <summary>AWS's UriEncode: everything but the unreserved characters, byte by byte.</summary>
    private static string Encode(string text)
    {
        var encoded = new StringBuilder();
        foreach (var one in Encoding.UTF8.GetBytes(text))
        {
            var isUnreserved = one is (>= (byte)'A' and <= (byte)'Z') or (>= (byte)'a' and <= (byte)'z') or (>= (byte)'0' and <= (byte)'9') or (byte)'-' or (byte)'_' or (byte)'.' or (byte)'~';
            encoded.Append(isUnreserved ? ((char)one).ToString() : $"%{one:X2}");
        }

        return encoded.ToString();
    }
}
