using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Caas.Tests.Webhooks;

/// <summary>A backend that receives webhooks on paths of a test's choice, and verifies signatures by itself, from the words of the specification.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly ConcurrentDictionary<string, Func<Received, HttpContext, Task>> _answers = new();
    private readonly ConcurrentQueue<Received> _received = new();

    private WebhookReceiver(WebApplication server) => _server = server;

    public IReadOnlyList<Received> All => [.. _received];

    public static async Task<WebhookReceiver> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Test" });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var server = builder.Build();
        var receiver = new WebhookReceiver(server);
        server.Run(receiver.ReceiveAsync);
        await server.StartAsync(cancellationToken);
        return receiver;
    }

    public string Url(string path, string host = "127.0.0.1") => $"http://{host}:{new Uri(_server.Urls.First()).Port}/{path}";

    /// <summary>What a path answers; otherwise 204.</summary>
    public void Answer(string path, Func<Received, HttpContext, Task> answer) => _answers[path] = answer;

    public void Answer(string path, HttpStatusCode status) => Answer(path, (_, context) =>
    {
        context.Response.StatusCode = (int)status;
        return context.Response.WriteAsync("said so");
    });

    public IReadOnlyList<Received> At(string path) => [.. _received.Where(one => one.Path == path)];

    /// <summary>Waits until a path has got at least so many events of a type.</summary>
    public async Task<IReadOnlyList<Received>> GotAsync(string path, int count, CancellationToken cancellationToken, string? type = null)
    {
        IReadOnlyList<Received> found = [];
        await Eventually.HoldsAsync(() => Task.FromResult((found = [.. At(path).Where(one => type is null || one.Type == type)]).Count >= count ? null : $"{found.Count} of {count} at {path}"), cancellationToken);
        return found;
    }

    public async ValueTask DisposeAsync()
    {
        using var bounded = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await _server.StopAsync(bounded.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _server.DisposeAsync();
    }

    private async Task ReceiveAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var path = context.Request.Path.Value!.TrimStart('/');
        var received = new Received(path, context.Request.Headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value.ToString()), body.ToArray());
        _received.Enqueue(received);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        if (_answers.TryGetValue(path, out var answer))
        {
            await answer(received, context);
        }
    }
}

/// <summary>One request that came.</summary>
internal sealed record Received(string Path, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string Id => Headers["webhook-id"];

    public JsonElement Json { get; } = JsonSerializer.Deserialize<JsonElement>(Body);

    public string Type => Json.GetProperty("type").GetString()!;

    public string? Text => Json.GetProperty("data").TryGetProperty("message", out var message) && message.ValueKind == JsonValueKind.Object ? message.GetProperty("text").GetString() : null;

    public int Signatures => Headers["webhook-signature"].Split(' ').Length;

    /// <summary>Whether one of the signatures is the secret's: HMAC-SHA256, keyed with the decoded secret, over id, timestamp and body joined by dots; no older than five minutes.</summary>
    public bool IsSignedWith(string secret)
    {
        var timestamp = Headers["webhook-timestamp"];
        var age = TimeProvider.System.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds(long.Parse(timestamp, CultureInfo.InvariantCulture));
        using var hmac = new HMACSHA256(Convert.FromBase64String(secret["whsec_".Length..]));
        hmac.TransformBlock(Encoding.ASCII.GetBytes($"{Id}.{timestamp}."), 0, Encoding.ASCII.GetByteCount($"{Id}.{timestamp}."), null, 0);
        hmac.TransformFinalBlock(Body, 0, Body.Length);
        var expected = Convert.ToBase64String(hmac.Hash!);
        return age.Duration() < TimeSpan.FromMinutes(5) && Headers["webhook-signature"].Split(' ').Any(one => one.Split(',', 2) is ["v1", var given] && given == expected);
    }
}
