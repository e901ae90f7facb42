using System.Net;
using Caas.Contracts;
using Caas.Core.Outbound;
using Caas.Core.Tenants;
using Caas.Core.Webhooks;
using Microsoft.Extensions.Options;

namespace Caas.Core.BeforeSend;

/// <summary>What a hook may be.</summary>
public sealed class BeforeSendRules(IOptions<BeforeSendOptions> options, IOptions<WebhookOptions> webhooks)
{
    public const int LeastTimeoutMs = 50;

    public int MostTimeoutMs => (int)options.Value.Timeout.TotalMilliseconds;

    public Validation Check(PutBeforeSendHookRequest request)
    {
        var open = webhooks.Value.AllowPrivateAddresses;
        var isUrl = request.Url is { Length: > 0 and <= WebhookService.MaxUrl } url && TenantRules.IsWellFormed(url) && !url.Any(char.IsControl) && Uri.TryCreate(url, UriKind.Absolute, out var uri)
            && (uri.Scheme == Uri.UriSchemeHttps || (open && uri.Scheme == Uri.UriSchemeHttp)) && uri.UserInfo.Length == 0 && uri.Fragment.Length == 0;
        var validation = new Validation()
            .Check(isUrl, "url", $"must be an absolute https address of up to {WebhookService.MaxUrl} characters, without a user and a fragment")
            .Check(!isUrl || open || !IPAddress.TryParse(new Uri(request.Url!).DnsSafeHost, out var address) || PublicAddress.Is(address), "url", "must not lie in a private network")
            .Check(request.TimeoutMs is null || (request.TimeoutMs >= LeastTimeoutMs && request.TimeoutMs <= MostTimeoutMs), "timeoutMs", $"must be {LeastTimeoutMs} to {MostTimeoutMs}")
            .Check(request.OnFailure is null || Enum.IsDefined(request.OnFailure.Value), "onFailure", "must be allow or reject");
        return Secret(validation, request.Secret);
    }

    public static Validation Check(RotateBeforeSendSecretRequest request) =>
        Secret(new Validation().Check(request.GraceSeconds is null or (>= 0 and <= WebhookService.MaxGraceSeconds), "graceSeconds", $"must be 0 to {WebhookService.MaxGraceSeconds}"), request.Secret);

    private static Validation Secret(Validation validation, string? secret) =>
        validation.Check(secret is null || WebhookSignature.KeyOf(secret) is not null, "secret", "must be whsec_ and the base64 of 24 to 64 bytes");
}
