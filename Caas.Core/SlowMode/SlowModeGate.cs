using System.Globalization;
using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Members;
using Caas.Core.Moderation;

namespace Caas.Core.SlowMode;

/// <summary>Lets members send once per interval where a conversation has slow mode; those who moderate it, and the backend, as they like. Exact over all processes: the store decides.</summary>
public sealed class SlowModeGate(ISlowModeStore turns, ModerationMetrics metrics, TimeProvider clock)
{
    /// <summary>The last step before a message is stored: what is refused otherwise takes no turn.</summary>
    /// <param name="clientId">The message's: who sends it again takes no other turn.</param>
    /// <exception cref="RefusedException"><c>slow_mode</c>, saying when to try again.</exception>
    internal async ValueTask TakeTurnAsync(Caller caller, Standing standing, string? clientId, CancellationToken cancellationToken)
    {
        var interval = TimeSpan.FromSeconds(standing.Conversation.SlowModeSeconds);
        if (interval == TimeSpan.Zero || caller.User is not { } user || standing.May(Right.Moderate, caller))
        {
            return;
        }

        var now = clock.GetUtcNow();
        if (await turns.TakeAsync(LogId.Of(caller.Tenant, standing.Conversation.Id), user, clientId, now, interval, cancellationToken) is { } last)
        {
            metrics.Refused(Refusal.SlowMode);
            var wait = TimeSpan.FromMilliseconds(Math.Max(1, Math.Ceiling((last + interval - now).TotalMilliseconds)));
            throw new RefusedException(Refusal.SlowMode, $"One message every {interval.TotalSeconds:0} s here; try again in {wait.TotalMilliseconds.ToString(CultureInfo.InvariantCulture)} ms.") { RetryAfter = wait };
        }
    }
}
