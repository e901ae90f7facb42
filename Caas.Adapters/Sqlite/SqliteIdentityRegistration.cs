using Caas.Adapters.Sqlite.ApiKeys;
using Caas.Adapters.Sqlite.Bans;
using Caas.Adapters.Sqlite.Blocks;
using Caas.Adapters.Sqlite.Devices;
using Caas.Adapters.Sqlite.Erasure;
using Caas.Adapters.Sqlite.Idempotency;
using Caas.Adapters.Sqlite.Notifications;
using Caas.Adapters.Sqlite.Presence;
using Caas.Adapters.Sqlite.Push;
using Caas.Adapters.Sqlite.Tenants;
using Caas.Adapters.Sqlite.Tokens;
using Caas.Adapters.Sqlite.Usage;
using Caas.Adapters.Sqlite.Users;
using Caas.Adapters.Sqlite.Webhooks;
using Caas.Core.ApiKeys;
using Caas.Core.Bans;
using Caas.Core.Blocks;
using Caas.Core.Devices;
using Caas.Core.Erasure;
using Caas.Core.Idempotency;
using Caas.Core.Notifications;
using Caas.Core.Presence;
using Caas.Core.Push;
using Caas.Core.Tenants;
using Caas.Core.Tokens;
using Caas.Core.Usage;
using Caas.Core.Users;
using Caas.Core.Webhooks;
using Microsoft.Extensions.DependencyInjection;

namespace Caas.Adapters.Sqlite;

internal static class SqliteIdentityRegistration
{
    /// <summary>Tenants, API keys, users, tokens and idempotency keys on the registered <see cref="SqliteDatabase"/>.</summary>
    public static IServiceCollection AddSqliteIdentityStores(this IServiceCollection services) => services
        .AddSingleton<ITenantStore, SqliteTenantStore>()
        .AddSingleton<ITenantPurgeStore, SqliteTenantPurgeStore>()
        .AddSingleton<IErasureStore, SqliteErasureStore>()
        .AddSingleton<IUsageStore, SqliteUsageStore>()
        .AddSingleton<IApiKeyStore, SqliteApiKeyStore>()
        .AddSingleton<IUserStore, SqliteUserStore>()
        .AddSingleton<ISigningKeyStore, SqliteSigningKeyStore>()
        .AddSingleton<IRefreshTokenStore, SqliteRefreshTokenStore>()
        .AddSingleton<IRevocationStore, SqliteRevocationStore>()
        .AddSingleton<IPresenceStore, SqlitePresenceStore>()
        .AddSingleton<IBlockStore, SqliteBlockStore>()
        .AddSingleton<IBanStore, SqliteBanStore>()
        .AddSingleton<IDeviceStore, SqliteDeviceStore>()
        .AddSingleton<IWebhookStore, SqliteWebhookStore>()
        .AddSingleton<IWebhookDeliveryStore, SqliteWebhookDeliveryStore>()
        .AddSingleton<INotificationStore, SqliteNotificationStore>()
        .AddSingleton<IPushStore, SqlitePushStore>()
        .AddSingleton<IIdempotencyStore, SqliteIdempotencyStore>();
}
