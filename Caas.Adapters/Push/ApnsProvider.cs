using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Caas.Contracts;
using Caas.Core.Push;
using Microsoft.Extensions.Options;

namespace Caas.Adapters.Push;

/// <summary>Apple's push service over HTTP/2, with a provider token that is signed anew every 50 minutes (Apple takes none that is over an hour old, and no new one within 20 minutes).</summary>
internal sealed class ApnsProvider(PushHttp http, IOptions<PushOptions> options, TimeProvider clock) : IPushProvider, IDisposable
{
    /// <summary>Bytes of a payload.</summary>
    private const int Limit = 4096;
    private const int VoipLimit = 5120;
    private const int MaxCollapseId = 64;
    private static readonly TimeSpan TokenLifetime = TimeSpan.FromMinutes(50);

    private readonly TokenCache _tokens = new(clock);

    public DevicePlatform Platform => DevicePlatform.Apns;

    public async Task<PushResult> SendAsync(Core.Push.Push push, PushAccounts accounts, CancellationToken cancellationToken)
    {
        var voip = push.IsCall && push.Address.VoipToken is not null;
        var token = voip ? push.Address.VoipToken : push.Address.Token;
        if (accounts.Apns is not { } account || token is null)
        {
            return new(PushOutcome.Skipped);
        }

        if (PushText.Fit(push.Notification.Body, voip ? VoipLimit : Limit, body => Payload(push, voip, body)) is not { } payload)
        {
            return new(PushOutcome.Rejected, "the payload is too large");
        }

        var key = PushText.Hash($"{account.TeamId}\n{account.KeyId}\n{account.PrivateKey}");
        try
        {
            using var request = await RequestAsync(push, account, voip, token, payload, key, cancellationToken);
            using var answer = await http.SendAsync(request, cancellationToken);
            return await JudgeAsync(answer, () => _tokens.Forget(key, account.KeyId), voip, cancellationToken);
        }
        catch (HttpRequestException exception)
        {
            return new(PushOutcome.Later, exception.Message);
        }
    }

    public void Dispose() => _tokens.Dispose();

    private async Task<HttpRequestMessage> RequestAsync(Core.Push.Push push, ApnsAccount account, bool voip, string token, byte[] payload, string key, CancellationToken cancellationToken)
    {
        var url = account.Sandbox == true ? options.Value.ApnsSandboxUrl : options.Value.ApnsUrl;
        var request = new HttpRequestMessage(HttpMethod.Post, $"{url.TrimEnd('/')}/3/device/{token}")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(payload),
        };
        var headers = request.Headers;
        headers.Authorization = new("bearer", await _tokens.GetAsync(key, account.KeyId, _ => Task.FromResult((Sign(account), TokenLifetime)), cancellationToken));
        headers.Add("apns-topic", voip ? $"{account.BundleId}.voip" : account.BundleId);
        headers.Add("apns-push-type", voip ? "voip" : "alert");
        headers.Add("apns-priority", voip || push.Notification.Priority >= NotificationPriority.Normal ? "10" : "5");
        headers.Add("apns-expiration", (clock.GetUtcNow() + push.LifetimeAt(clock.GetUtcNow())).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        headers.Add("apns-collapse-id", PushText.Short(push.CollapseId, MaxCollapseId));
        return request;
    }

    private string Sign(ApnsAccount account)
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(account.PrivateKey);
        return JsonWebTokens.Sign(new JsonObject { ["iss"] = account.TeamId, ["iat"] = clock.GetUtcNow().ToUnixTimeSeconds() }, key, account.KeyId);
    }

    private async Task<PushResult> JudgeAsync(HttpResponseMessage answer, Action forget, bool voip, CancellationToken cancellationToken)
    {
        if (answer.IsSuccessStatusCode)
        {
            return PushResult.Sent;
        }

        var (status, code) = ((int)answer.StatusCode, ReasonOf(await answer.Content.ReadAsStringAsync(cancellationToken)));
        var reason = $"{status} {code}".TrimEnd();
        if (code is "ExpiredProviderToken")
        {
            forget();
            return new(PushOutcome.Later, reason);
        }

        // The others that name the token are said as well where the account is set wrong: sandbox for production, another application's bundle.
        return status == 410 ? new(PushOutcome.Gone, reason, Voip: voip)
            : code is "BadDeviceToken" or "DeviceTokenNotForTopic" ? new(PushOutcome.Mismatched, reason)
            : status == 429 || status >= 500 ? new(PushOutcome.Later, reason, PushText.RetryAfter(answer, clock))
            : new(PushOutcome.Rejected, reason);
    }

    private static JsonObject Payload(Core.Push.Push push, bool voip, string body)
    {
        var payload = new JsonObject();
        foreach (var (name, value) in push.Data())
        {
            payload[name] = value;
        }

        if (voip)
        {
            // The application shows the call itself.
            (payload["title"], payload["body"]) = (push.Notification.Title, body);
            payload["aps"] = new JsonObject();
            return payload;
        }

        var aps = new JsonObject
        {
            ["alert"] = new JsonObject { ["title"] = push.Notification.Title, ["body"] = body },
            ["badge"] = push.Badge,
            ["thread-id"] = push.Notification.ConversationId,
            ["mutable-content"] = 1,
            ["interruption-level"] = push.Notification.Priority switch { NotificationPriority.Low => "passive", NotificationPriority.Urgent => "time-sensitive", _ => "active" },
        };
        if (push.Notification.Priority > NotificationPriority.Low)
        {
            aps["sound"] = "default";
        }

        payload["aps"] = aps;
        return payload;
    }

    private static string? ReasonOf(string body)
    {
        try
        {
            return (string?)JsonNode.Parse(body)?["reason"];
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
