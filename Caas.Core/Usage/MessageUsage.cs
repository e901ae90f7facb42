using Caas.Core.Callers;
using Caas.Core.Messages;

namespace Caas.Core.Usage;

/// <summary>What a send costs a tenant: whether it may have one more, and that it had it.</summary>
public sealed class MessageUsage(Quotas quotas, UsageTracker tracker)
{
    /// <exception cref="RefusedException"><c>quota_exceeded</c>.</exception>
    public ValueTask RequireAsync(Caller caller, CancellationToken cancellationToken) => quotas.RequireAsync(caller.Tenant, Quota.MessagesPerMonth, 1, cancellationToken);

    public SentMessage Count(Caller caller, SentMessage sent)
    {
        if (!sent.Duplicate)
        {
            tracker.Sent(caller.Tenant, caller.User);
        }

        return sent;
    }
}
