using System.Net.Http.Headers;
using Caas.Core.Secrets;

namespace Caas.Core.Webhooks;

/// <summary>Requests to a tenant's backend, signed as Standard Webhooks says: with its secret, and with the one before while that still counts.</summary>
public sealed class SignedRequests(SecretSealer sealer, TimeProvider clock)
{
    /// <exception cref="InvalidOperationException">The secret was sealed with another master key.</exception>
    public async Task<HttpRequestMessage> CreateAsync(string url, string id, DateTimeOffset at, string mediaType, ReadOnlyMemory<byte> body, SigningSecrets secrets, CancellationToken cancellationToken)
    {
        var keys = new List<byte[]> { await sealer.UnsealAsync(secrets.Secret.Sealed, secrets.Secret.Purpose, cancellationToken) };
        if (secrets.Previous is { } previous && secrets.PreviousUntil > clock.GetUtcNow())
        {
            keys.Add(await sealer.UnsealAsync(previous.Sealed, previous.Purpose, cancellationToken));
        }

        var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ReadOnlyMemoryContent(body) };
        request.Content.Headers.ContentType = new(mediaType) { CharSet = "utf-8" };
        request.Headers.TryAddWithoutValidation(WebhookSignature.IdHeader, id);
        request.Headers.TryAddWithoutValidation(WebhookSignature.TimestampHeader, WebhookSignature.Timestamp(at));
        request.Headers.TryAddWithoutValidation(WebhookSignature.SignatureHeader, WebhookSignature.Sign(keys, id, at, body));
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("CaaS-Webhooks", "1.0"));
        return request;
    }
}

/// <summary>What is signed with: until <paramref name="PreviousUntil"/> with both.</summary>
public sealed record SigningSecrets(WebhookSecret Secret, WebhookSecret? Previous, DateTimeOffset? PreviousUntil);
