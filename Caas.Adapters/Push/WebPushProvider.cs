using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Caas.Contracts;
using Caas.Core.Ids;
using Caas.Core.Outbound;
using Caas.Core.Push;
using Microsoft.Extensions.Options;

namespace Caas.Adapters.Push;

/// <summary>Browsers' push services (RFC 8030), which a tenant identifies itself to by VAPID (RFC 8292). Their addresses come from users: they are called as such.</summary>
internal sealed class WebPushProvider(WebPushHttp http, VapidKeys keys, IOptions<PushOptions> options, TimeProvider clock) : IPushProvider, IDisposable
{
    /// <summary>Services take none that ends later than in a day.</summary>
    private static readonly TimeSpan TokenLifetime = TimeSpan.FromHours(12);
    private static readonly TimeSpan TokenUse = TimeSpan.FromHours(11);

    private readonly TokenCache _tokens = new(clock);

    public DevicePlatform Platform => DevicePlatform.WebPush;

    public async Task<PushResult> SendAsync(Core.Push.Push push, PushAccounts accounts, CancellationToken cancellationToken)
    {
        if (push.Address.Subscription is not { } subscription || !Uri.TryCreate(subscription.Endpoint, UriKind.Absolute, out var endpoint))
        {
            return new(PushOutcome.Skipped);
        }

        if (PushText.Fit(push.Notification.Body, WebPushEncryption.MostPlain, body => Payload(push, body)) is not { } payload)
        {
            return new(PushOutcome.Rejected, "the message is too large");
        }

        using var timeout = new CancellationTokenSource(options.Value.Timeout, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, endpoint)
            {
                Version = HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
                Content = new ByteArrayContent(WebPushEncryption.Encrypt(payload, Base64Url.DecodeFromChars(subscription.Keys.P256dh), Base64Url.DecodeFromChars(subscription.Keys.Auth))),
            };
            request.Content.Headers.ContentType = new("application/octet-stream");
            request.Content.Headers.ContentEncoding.Add("aes128gcm");
            request.Headers.TryAddWithoutValidation("Authorization", await AuthorizeAsync(push.Tenant, endpoint, accounts.WebPushSubject, both.Token));
            request.Headers.Add("TTL", ((long)push.LifetimeAt(clock.GetUtcNow()).TotalSeconds).ToString(CultureInfo.InvariantCulture));
            request.Headers.Add("Urgency", push.Notification.Priority switch { NotificationPriority.Low => "low", NotificationPriority.Normal => "normal", _ => "high" });
            request.Headers.Add("Topic", PushText.Hash(push.CollapseId)[..32]);
            using var answer = await http.Client.SendAsync(request, both.Token);
            return Judge(answer);
        }
        catch (OutboundException exception)
        {
            return new(exception.Fault == OutboundFault.Forbidden ? PushOutcome.Gone : PushOutcome.Later, exception.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new(PushOutcome.Later, "it took too long");
        }
    }

    public void Dispose() => _tokens.Dispose();

    private PushResult Judge(HttpResponseMessage answer)
    {
        var status = (int)answer.StatusCode;
        return answer.IsSuccessStatusCode ? PushResult.Sent
            : answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Gone ? new(PushOutcome.Gone, $"{status}")
            : status == 429 || status >= 500 ? new(PushOutcome.Later, $"{status}", PushText.RetryAfter(answer, clock))
            : new(PushOutcome.Rejected, $"{status}");
    }

    private async Task<string> AuthorizeAsync(TenantId tenant, Uri endpoint, string? subject, CancellationToken cancellationToken)
    {
        var origin = endpoint.GetLeftPart(UriPartial.Authority);
        return await _tokens.GetAsync(
            tenant.Value,
            $"{origin}\n{subject}",
            async within =>
            {
                using var key = await keys.OpenAsync(tenant, within);

                // Apple's and Mozilla's services want somebody named, at a host that is there. Where nobody has set whom, it is the service itself: that names nobody, and is true.
                var claims = new JsonObject { ["aud"] = origin, ["exp"] = (clock.GetUtcNow() + TokenLifetime).ToUnixTimeSeconds(), ["sub"] = subject ?? origin };
                return ($"vapid t={JsonWebTokens.Sign(claims, key)}, k={VapidKeys.PublicKeyOf(key)}", TokenUse);
            },
            cancellationToken);
    }

    private static JsonObject Payload(Core.Push.Push push, string body)
    {
        var payload = new JsonObject { ["title"] = push.Notification.Title, ["body"] = body, ["tag"] = push.CollapseId, ["badge"] = push.Badge };
        foreach (var (name, value) in push.Data())
        {
            payload[name] = value;
        }

        return payload;
    }
}
