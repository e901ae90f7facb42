using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Caas.Contracts;
using Caas.Core.Push;
using Microsoft.Extensions.Options;

namespace Caas.Adapters.Push;

/// <summary>Firebase Cloud Messaging by its HTTP v1 interface, with an OAuth token that a service account's key signs for (RFC 7523).</summary>
internal sealed class FcmProvider(PushHttp http, IOptions<PushOptions> options, TimeProvider clock) : IPushProvider, IDisposable
{
    /// <summary>Bytes of a message.</summary>
    private const int Limit = 4096;
    private const string Scope = "https://www.googleapis.com/auth/firebase.messaging";

    /// <summary>A token is renewed so long before it ends.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(5);

    private readonly TokenCache _tokens = new(clock);

    public DevicePlatform Platform => DevicePlatform.Fcm;

    public async Task<PushResult> SendAsync(Core.Push.Push push, PushAccounts accounts, CancellationToken cancellationToken)
    {
        if (accounts.Fcm is not { } account || push.Address.Token is not { } token)
        {
            return new(PushOutcome.Skipped);
        }

        if (PushText.Fit(push.Notification.Body, Limit, body => Message(push, token, body)) is not { } payload)
        {
            return new(PushOutcome.Rejected, "the message is too large");
        }

        var key = KeyOf(account);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"{options.Value.FcmUrl.TrimEnd('/')}/v1/projects/{account.ProjectId}/messages:send") { Content = new ByteArrayContent(payload) };
            request.Content.Headers.ContentType = new("application/json") { CharSet = "utf-8" };
            request.Headers.Authorization = new("Bearer", await _tokens.GetAsync(key, Scope, within => FetchTokenAsync(account, within), cancellationToken));
            using var answer = await http.SendAsync(request, cancellationToken);
            return await JudgeAsync(answer, key, cancellationToken);
        }
        catch (HttpRequestException exception)
        {
            return new(PushOutcome.Later, exception.Message);
        }
        catch (TokenRefusedException exception)
        {
            return exception.IsPermanent ? new(PushOutcome.Rejected, exception.Message) : new(PushOutcome.Later, exception.Message);
        }
    }

    public void Dispose() => _tokens.Dispose();

    private async Task<PushResult> JudgeAsync(HttpResponseMessage answer, string key, CancellationToken cancellationToken)
    {
        if (answer.IsSuccessStatusCode)
        {
            return PushResult.Sent;
        }

        var (status, code) = ((int)answer.StatusCode, ErrorOf(await answer.Content.ReadAsStringAsync(cancellationToken)));
        var reason = $"{status} {code}".TrimEnd();
        if (answer.StatusCode == HttpStatusCode.Unauthorized)
        {
            _tokens.Forget(key, Scope);
            return new(PushOutcome.Later, reason);
        }

        // That alone is about the device. Another project's token, or a project that is not there, is about the account.
        return code is "UNREGISTERED" ? new(PushOutcome.Gone, reason)
            : code is "SENDER_ID_MISMATCH" || answer.StatusCode == HttpStatusCode.NotFound ? new(PushOutcome.Mismatched, reason)
            : status == 429 || status >= 500 ? new(PushOutcome.Later, reason, PushText.RetryAfter(answer, clock))
            : new(PushOutcome.Rejected, reason);
    }

    private async Task<(string Token, TimeSpan Lifetime)> FetchTokenAsync(FcmAccount account, CancellationToken cancellationToken)
    {
        using var rsa = RSA.Create();
        rsa.ImportFromPem(account.PrivateKey);
        var now = clock.GetUtcNow().ToUnixTimeSeconds();
        var assertion = JsonWebTokens.Sign(new JsonObject { ["iss"] = account.ClientEmail, ["scope"] = Scope, ["aud"] = options.Value.FcmTokenUrl, ["iat"] = now, ["exp"] = now + 3600 }, rsa);
        using var request = new HttpRequestMessage(HttpMethod.Post, options.Value.FcmTokenUrl)
        {
            Content = new FormUrlEncodedContent([new("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), new("assertion", assertion)]),
        };
        using var answer = await http.SendAsync(request, cancellationToken);
        if (!answer.IsSuccessStatusCode)
        {
            throw new TokenRefusedException($"{(int)answer.StatusCode} for a token", (int)answer.StatusCode is >= 400 and < 429);
        }

        try
        {
            var granted = JsonNode.Parse(await answer.Content.ReadAsStringAsync(cancellationToken))!;
            var lifetime = TimeSpan.FromSeconds((int)granted["expires_in"]!);
            return ((string)granted["access_token"]!, lifetime > Margin * 2 ? lifetime - Margin : lifetime / 2);
        }
        catch (Exception exception) when (exception is JsonException or NullReferenceException or InvalidOperationException or FormatException)
        {
            throw new TokenRefusedException("an answer for a token that is none", permanent: false);
        }
    }

    private JsonObject Message(Core.Push.Push push, string token, string body)
    {
        var data = new JsonObject();
        foreach (var (name, value) in push.Data())
        {
            data[name] = value;
        }

        var android = new JsonObject
        {
            ["priority"] = push.IsCall || push.Notification.Priority >= NotificationPriority.High ? "HIGH" : "NORMAL",
            ["ttl"] = $"{(long)push.LifetimeAt(clock.GetUtcNow()).TotalSeconds}s",
        };
        var message = new JsonObject { ["token"] = token, ["data"] = data, ["android"] = android };
        if (push.IsCall)
        {
            // Android wakes an application only for what is no notification: it shows the call itself.
            (data["title"], data["body"]) = (push.Notification.Title, body);
            return new() { ["message"] = message };
        }

        android["collapse_key"] = push.CollapseId;
        android["notification"] = new JsonObject { ["tag"] = push.CollapseId, ["notification_count"] = push.Badge };
        message["notification"] = new JsonObject { ["title"] = push.Notification.Title, ["body"] = body };
        return new() { ["message"] = message };
    }

    /// <summary>The code of FCM's own detail, otherwise the status of the error.</summary>
    private static string? ErrorOf(string body)
    {
        try
        {
            var error = JsonNode.Parse(body)?["error"];
            var detail = error?["details"]?.AsArray().Select(one => (string?)one?["errorCode"]).FirstOrDefault(code => code is not null);
            return detail ?? (string?)error?["status"];
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string KeyOf(FcmAccount account) => PushText.Hash($"{account.ClientEmail}\n{account.PrivateKey}");
}
