using Caas.Contracts;
using Caas.Core.Entries;
using Caas.Core.Presence;
using Microsoft.Extensions.Logging;

namespace Caas.Core.Notifications;

/// <summary>Who looks already: at a conversation, or at any device.</summary>
public sealed partial class NotificationAttention(IPresenceDirectory presence, IWatchDirectory watching, ILogger<NotificationAttention> logger)
{
    /// <summary>Who watches a conversation now.</summary>
    public Task<IReadOnlySet<UserId>> WatchingAsync(LogId log, CancellationToken cancellationToken) => watching.ReadAsync(log, cancellationToken);

    /// <summary>Who has a connected device, also one that is not shown to others. While nobody knows, nobody has: better a push too many.</summary>
    public async Task<IReadOnlySet<UserId>> OnlineAsync(TenantId tenant, IReadOnlyList<UserId> users, CancellationToken cancellationToken)
    {
        try
        {
            return (await presence.ReadAsync(tenant, users, cancellationToken)).Where(record => record.Status != PresenceStatus.Offline).Select(record => record.User).ToHashSet();
        }
        catch (StoreUnavailableException exception)
        {
            LogPresenceUnknown(exception, tenant);
            return new HashSet<UserId>();
        }
    }

    [LoggerMessage(1451, LogLevel.Debug, "It is not known who of tenant {Tenant} is there; all are notified as if nobody was.")]
    private partial void LogPresenceUnknown(Exception exception, TenantId tenant);
}
