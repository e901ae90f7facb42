using Caas.Contracts;
using Caas.Core.Attachments;
using Caas.Core.Caching;
using Caas.Core.Conversations;
using Caas.Core.Tenants;
using Caas.Core.Users;

namespace Caas.Core.Usage;

/// <summary>What the platform admin lets tenants have. Counted anew every 5 s at most: calls in that time may go over a quota by as many as they are. A tenant without quotas costs nothing.</summary>
public sealed class Quotas
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);

    private readonly TenantDirectory _tenants;
    private readonly TimedCache<(TenantId Tenant, Quota Of), Count> _counts;

    public Quotas(TenantDirectory tenants, QuotaCounting counting, TimeProvider clock)
    {
        _tenants = tenants;
        _counts = new(async key => new Count { Now = await counting.CountAsync(key.Tenant, key.Of, CancellationToken.None) }, Fresh, 10_000, clock);
    }

    /// <summary>Refuses what would be more than the tenant may have.</summary>
    /// <param name="more">How much is to come.</param>
    /// <exception cref="RefusedException"><c>quota_exceeded</c>, naming the quota.</exception>
    public async ValueTask RequireAsync(TenantId tenant, Quota quota, long more, CancellationToken cancellationToken)
    {
        if (more <= 0 || (await _tenants.FindAsync(tenant, cancellationToken))?.Quotas is not { } quotas || MostOf(quotas, quota) is not { } most)
        {
            return;
        }

        var count = await _counts.GetAsync((tenant, quota), cancellationToken);
        if (count is null || Interlocked.Add(ref count.Now, more) <= most)
        {
            return;
        }

        Interlocked.Add(ref count.Now, -more);
        throw new RefusedException(Refusal.QuotaExceeded, $"The tenant may have {most} {NameOf(quota)}.") { RetryAfter = quota == Quota.Connections ? Fresh : null };
    }

    private static long? MostOf(TenantQuotas quotas, Quota quota) => quota switch
    {
        Quota.Users => quotas.Users,
        Quota.Conversations => quotas.Conversations,
        Quota.MessagesPerMonth => quotas.MessagesPerMonth,
        Quota.StorageBytes => quotas.StorageBytes,
        _ => quotas.Connections,
    };

    private static string NameOf(Quota quota) => quota switch
    {
        Quota.Users => "users",
        Quota.Conversations => "conversations",
        Quota.MessagesPerMonth => "messages a month",
        Quota.StorageBytes => "bytes of attachments",
        _ => "connections at a time",
    };

    private sealed class Count
    {
        public long Now;
    }
}

/// <summary>What is limited.</summary>
public enum Quota
{
    Users,
    Conversations,
    MessagesPerMonth,
    StorageBytes,
    Connections,
}

/// <summary>Counts what tenants have.</summary>
public sealed class QuotaCounting(IUserStore users, IConversationStore conversations, IAttachmentStore attachments, IUsageStore usage, OpenConnections open, TimeProvider clock)
{
    public async Task<long> CountAsync(TenantId tenant, Quota quota, CancellationToken cancellationToken) => quota switch
    {
        Quota.Users => await users.CountAsync(tenant, cancellationToken),
        Quota.Conversations => await conversations.CountStandingAsync(tenant, cancellationToken),
        Quota.MessagesPerMonth => await usage.CountMessagesAsync(tenant, UsageTracker.MonthOf(clock.GetUtcNow()), cancellationToken),
        Quota.StorageBytes => (await attachments.CountAsync(tenant, cancellationToken)).Bytes,
        _ => await open.CountAsync(tenant, cancellationToken),
    };
}
