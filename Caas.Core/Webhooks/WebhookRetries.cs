using Caas.Contracts;

namespace Caas.Core.Webhooks;

/// <summary>What becomes of one event by an attempt: done, given up, or to be tried again.</summary>
internal sealed class WebhookRetries(WebhookOptions options, TimeProvider clock)
{
    public static bool IsSuccess(WebhookAttempt attempt) => attempt.Status is >= 200 and < 300;

    /// <summary>A pause, cut by up to a half at random.</summary>
    public static TimeSpan Jitter(double milliseconds) => TimeSpan.FromMilliseconds(milliseconds * (0.5 + (Random.Shared.NextDouble() / 2)));

    /// <summary>By an attempt that somebody has asked for: a success ends it; a failure is only one attempt more.</summary>
    public static WebhookDelivery ByHand(WebhookDelivery delivery, WebhookAttempt attempt) =>
        IsSuccess(attempt) ? delivery.Tried(attempt) with { State = WebhookDeliveryState.Delivered, NextAt = null } : delivery.Tried(attempt);

    /// <summary>By an attempt in its turn. What somebody else has ended meanwhile does not become pending again.</summary>
    public WebhookDelivery Next(WebhookDelivery delivery, WebhookAttempt attempt)
    {
        if (delivery.State != WebhookDeliveryState.Pending || IsSuccess(attempt))
        {
            return ByHand(delivery, attempt);
        }

        var tried = delivery.Tried(attempt);
        var (now, last) = (clock.GetUtcNow(), tried.FirstTriedAt!.Value + options.RetryFor);
        if (now >= last)
        {
            return tried with { State = WebhookDeliveryState.Failed, NextAt = null };
        }

        // The last attempt comes when the time is over, not before.
        var next = now + Jitter(Math.Min(options.InitialBackoff.TotalMilliseconds * Math.Pow(4, Math.Min(tried.Attempts - 1, 15)), options.MaxBackoff.TotalMilliseconds));
        return tried with { NextAt = Timed.TimedRules.Whole(next < last ? next : last) };
    }
}
