using Caas.Contracts;

namespace Caas.Core.Webhooks;

/// <summary>How a webhook as a whole does: one that fails whatever it is told is asked rarely, one event at a time, and in the end not any more; one that is slow, one event at a time. Not thread-safe.</summary>
internal sealed class WebhookHealth(WebhookOptions options, TimeProvider clock)
{
    /// <summary>So many failures one behind the other are the webhook's, not an event's.</summary>
    private const int Patience = 3;

    /// <summary>So many quick answers one behind the other, and who was slow is so no more.</summary>
    private const int QuickAgain = 10;
    private const int Gone = 410;

    private int _failures;
    private int _slow;

    /// <summary>Since when every attempt has failed.</summary>
    public DateTimeOffset? FailingSince { get; private set; }

    /// <summary>Nothing is sent before.</summary>
    public DateTimeOffset PausedUntil { get; private set; }

    public bool IsSlow => _slow > 0;

    /// <summary>Whether it fails whatever it is told.</summary>
    public bool IsDown => _failures >= Patience;

    public int Parallelism => _failures > 0 || IsSlow ? 1 : options.Parallelism;

    /// <summary>Goes on where an earlier run has ended: what failed then is down until it has succeeded.</summary>
    /// <param name="failingSince">Null: it did not fail.</param>
    public void Resume(DateTimeOffset? failingSince) => (FailingSince, _failures) = (failingSince, failingSince is null ? 0 : Patience);

    /// <returns>Why it is to be disabled; null: it is not.</returns>
    public string? Judge(WebhookAttempt attempt)
    {
        _slow = attempt.DurationMs >= options.SlowAfter.TotalMilliseconds ? QuickAgain : Math.Max(0, _slow - 1);
        if (WebhookRetries.IsSuccess(attempt))
        {
            (_failures, FailingSince, PausedUntil) = (0, null, default);
            return null;
        }

        FailingSince ??= attempt.At;
        if (++_failures >= Patience)
        {
            PausedUntil = clock.GetUtcNow() + WebhookRetries.Jitter(Math.Min(options.InitialBackoff.TotalMilliseconds * Math.Pow(2, Math.Min(_failures - Patience, 30)), options.MaxPause.TotalMilliseconds));
        }

        return attempt.Status == Gone ? "gone" : clock.GetUtcNow() - FailingSince >= options.DisableAfter ? "failing" : null;
    }
}
