using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Caas.Contracts;
using Caas.Core.EventLog;
using Caas.Core.Events;
using Caas.Core.Feed;
using Caas.Core.Outbound;
using Microsoft.Extensions.Options;

namespace Caas.Core.Webhooks;

/// <summary>Sends one delivery to one webhook, signed, within one time. Its address is judged where the connection is made; redirects are not followed.</summary>
public sealed class WebhookSender(WebhookHttp http, SignedRequests requests, IFeedStore feed, EventTelling telling, WebhookMetrics metrics, IOptions<WebhookOptions> options, TimeProvider clock)
{
    private const int KeptResponse = 2 * 1024;
    private const int MostResponse = 64 * 1024;
    private const int KeptError = 200;

    /// <summary>What a delivery says: its event as it stands now, or that it cannot be made. Null: its place in the history is gone.</summary>
    /// <exception cref="Entries.StoreUnavailableException">Try again.</exception>
    public async Task<ReadOnlyMemory<byte>?> BodyAsync(Webhook webhook, WebhookDelivery delivery, CancellationToken cancellationToken)
    {
        if (delivery.IsPing)
        {
            return CloudEvents.WritePing(webhook.Tenant, delivery.MessageId(webhook.Tenant), webhook.Id, delivery.At);
        }

        var items = await feed.ReadAsync(webhook.Tenant, delivery.Position - 1, 1, cancellationToken);
        return items is [{ } item] && item.Position == delivery.Position ? (await telling.TellAsync(items, cancellationToken))[0].CloudEvent : null;
    }

    /// <summary>By which it is known what was sent, though it is not kept.</summary>
    public static string DigestOf(ReadOnlyMemory<byte> body) => Convert.ToHexStringLower(SHA256.HashData(body.Span));

    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async Task<WebhookAttempt> SendAsync(Webhook webhook, WebhookDelivery delivery, ReadOnlyMemory<byte> body, bool manual, CancellationToken cancellationToken)
    {
        var (at, began) = (DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds()), clock.GetTimestamp());
        var id = delivery.MessageId(webhook.Tenant);
        using var timeout = new CancellationTokenSource(options.Value.Timeout, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        WebhookAttempt Ended(int? status, string? error, string? response)
        {
            var taken = clock.GetElapsedTime(began);
            metrics.Attempted(taken, status);
            return new(at, (long)taken.TotalMilliseconds, status, error is { Length: > KeptError } ? error[..KeptError] : error, response, manual, body.Length, DigestOf(body));
        }

        try
        {
            using var request = await requests.CreateAsync(webhook.Url, id, at, "application/cloudevents+json", body, new(webhook.Secret, webhook.PreviousSecret, webhook.PreviousUntil), both.Token);
            using var answer = await http.Client.SendAsync(request, both.Token);
            return Ended((int)answer.StatusCode, null, delivery.IsPing ? await ReadAsync(answer, both.Token) : WebhookEcho.Without(body, await ReadAsync(answer, both.Token)));
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return Ended(null, string.Create(CultureInfo.InvariantCulture, $"it took longer than {options.Value.Timeout.TotalSeconds:0.###} s"), null);
        }
        catch (OutboundException exception)
        {
            return Ended(null, exception.Message, null);
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException or InvalidDataException)
        {
            return Ended(null, "the answer broke off", null);
        }
    }

    /// <summary>The beginning of the answer; a short rest is read away, so that the connection can be used again.</summary>
    private static async Task<string?> ReadAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        await using var stream = await answer.Content.ReadAsStreamAsync(cancellationToken);
        var (kept, rest, length, total) = (new byte[KeptResponse], new byte[KeptResponse], 0, 0);
        while (total < MostResponse)
        {
            var target = length < KeptResponse ? kept.AsMemory(length) : rest;
            var count = await stream.ReadAsync(target, cancellationToken);
            if (count == 0)
            {
                break;
            }

            length = length < KeptResponse ? length + count : length;
            total += count;
        }

        return length == 0 ? null : Encoding.UTF8.GetString(kept, 0, length).Replace("\0", "", StringComparison.Ordinal);
    }
}

/// <summary>HTTP to webhooks, by their own setting about private addresses. One receiver's connections are no other's.</summary>
public sealed class WebhookHttp : IDisposable
{
    public WebhookHttp(IOptions<WebhookOptions> options, IOptions<OutboundOptions> outbound)
        : this(OutboundHttp.For(outbound.Value, options.Value.AllowPrivateAddresses))
    {
    }

    /// <param name="client">In the place of one to the public Internet, for tests.</param>
    internal WebhookHttp(OutboundHttp client) => Client = client;

    internal OutboundHttp Client { get; }

    public void Dispose() => Client.Dispose();
}
