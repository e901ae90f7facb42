using Caas.Contracts;

namespace Caas.Core.Webhooks;

/// <summary>How a webhook as a whole does: one that fails whatever it is told is asked rarely, one event at a time, and in the end not any more.</summary>
internal sealed class WebhookHealth(WebhookOptions options, TimeProvider clock)
{
    /// <summary>So many failures one behind the other are the webhook's, not an event's.</summary>
    private const int Patience = 3;
    private const int Gone = 410;

    private int _failures;

    /// <summary>Since when every attempt has failed.</summary>
    public DateTimeOffset? FailingSince { get; set; }

    /// <summary>Nothing is sent before.</summary>
    public DateTimeOffset PausedUntil { get; private set; }

    public int Parallelism => _failures > 0 ? 1 : options.Parallelism;

    /// <returns>Why it is to be disabled; null: it is not.</returns>
    public string? Judge(WebhookAttempt attempt)
    {
        if (IsSuccess(attempt))
        {
            (_failures, FailingSince, PausedUntil) = (0, null, default);
            return null;
        }

        FailingSince ??= attempt.At;
        if (++_failures >= Patience)
        {
            PausedUntil = clock.GetUtcNow() + Jitter(Math.Min(options.InitialBackoff.TotalMilliseconds * Math.Pow(2, Math.Min(_failures - Patience, 30)), options.MaxPause.TotalMilliseconds));
        }

        return attempt.Status == Gone ? "gone" : clock.GetUtcNow() - FailingSince >= options.DisableAfter ? "failing" : null;
    }

    /// <summary>The delivery after an attempt: done, given up, or to be tried again.</summary>
    public WebhookDelivery Judge(WebhookDelivery tried, WebhookAttempt attempt)
    {
        if (IsSuccess(attempt))
        {
            return tried with { State = WebhookDeliveryState.Delivered, NextAt = null };
        }

        var (now, last) = (clock.GetUtcNow(), tried.FirstTriedAt!.Value + options.RetryFor);
        if (now >= last)
        {
            return tried with { State = WebhookDeliveryState.Failed, NextAt = null };
        }

        // The last attempt comes when the time is over, not before.
        var next = now + Jitter(Math.Min(options.InitialBackoff.TotalMilliseconds * Math.Pow(4, Math.Min(tried.Attempts - 1, 15)), options.MaxBackoff.TotalMilliseconds));
        return tried with { NextAt = next < last ? next : last };
    }

    private static bool IsSuccess(WebhookAttempt attempt) => attempt.Status is >= 200 and < 300;

    private static TimeSpan Jitter(double milliseconds) => TimeSpan.FromMilliseconds(milliseconds * (0.5 + (Random.Shared.NextDouble() / 2)));
}
