using Caas.Contracts;
using Caas.Core.ApiKeys;
using Caas.Core.Attachments;
using Caas.Core.Conversations;
using Caas.Core.Usage;
using Caas.Core.Users;

namespace Caas.Core.Tenants;

/// <summary>Counts what a tenant has, and what it has used.</summary>
public sealed class TenantUsage(IUserStore users, IApiKeyStore keys, IConversationStore conversations, IAttachmentStore attachments, IUsageStore usage, OpenConnections open, TimeProvider clock)
{
    public async Task<TenantUsageResponse> CountAsync(Tenant tenant, CancellationToken cancellationToken)
    {
        var (id, now) = (tenant.Id, clock.GetUtcNow());
        var (conversationCount, messageCount) = await conversations.CountAsync(id, cancellationToken);
        var (month, files) = (UsageTracker.MonthOf(now), await attachments.CountAsync(id, cancellationToken));
        var used = await usage.ReadAsync(id, month, cancellationToken);
        return new(
            await users.CountAsync(id, cancellationToken),
            await keys.CountActiveAsync(id, now, cancellationToken),
            conversationCount,
            messageCount,
            month,
            used.ActiveUsers,
            used.Messages,
            await open.CountAsync(id, cancellationToken),
            used.PeakConnections,
            files.Count,
            files.Bytes,
            tenant.Quotas);
    }
}
