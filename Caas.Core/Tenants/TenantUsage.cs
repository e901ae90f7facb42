using Caas.Contracts;
using Caas.Core.ApiKeys;
using Caas.Core.Conversations;
using Caas.Core.Users;

namespace Caas.Core.Tenants;

/// <summary>Counts what a tenant has.</summary>
public sealed class TenantUsage(IUserStore users, IApiKeyStore keys, IConversationStore conversations, TimeProvider clock)
{
    public async Task<TenantUsageResponse> CountAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        var (conversationCount, messageCount) = await conversations.CountAsync(tenant, cancellationToken);
        return new(
            await users.CountAsync(tenant, cancellationToken),
            await keys.CountActiveAsync(tenant, clock.GetUtcNow(), cancellationToken),
            conversationCount,
            messageCount);
    }
}
