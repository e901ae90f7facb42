using Caas.Adapters.MongoDb.ApiKeys;
using Caas.Adapters.MongoDb.Attachments;
using Caas.Adapters.MongoDb.Bans;
using Caas.Adapters.MongoDb.Blocks;
using Caas.Adapters.MongoDb.Calls;
using Caas.Adapters.MongoDb.Conversations;
using Caas.Adapters.MongoDb.Devices;
using Caas.Adapters.MongoDb.Entries;
using Caas.Adapters.MongoDb.Erasure;
using Caas.Adapters.MongoDb.Events;
using Caas.Adapters.MongoDb.Exports;
using Caas.Adapters.MongoDb.Feed;
using Caas.Adapters.MongoDb.Flags;
using Caas.Adapters.MongoDb.Idempotency;
using Caas.Adapters.MongoDb.Members;
using Caas.Adapters.MongoDb.Notifications;
using Caas.Adapters.MongoDb.OwnViews;
using Caas.Adapters.MongoDb.Pins;
using Caas.Adapters.MongoDb.Presence;
using Caas.Adapters.MongoDb.Push;
using Caas.Adapters.MongoDb.Reactions;
using Caas.Adapters.MongoDb.Receipts;
using Caas.Adapters.MongoDb.Schema;
using Caas.Adapters.MongoDb.Search;
using Caas.Adapters.MongoDb.SlowMode;
using Caas.Adapters.MongoDb.Tenants;
using Caas.Adapters.MongoDb.Threads;
using Caas.Adapters.MongoDb.Timed;
using Caas.Adapters.MongoDb.Tokens;
using Caas.Adapters.MongoDb.Usage;
using Caas.Adapters.MongoDb.Users;
using Caas.Adapters.MongoDb.Webhooks;
using Caas.Core.ApiKeys;
using Caas.Core.Attachments;
using Caas.Core.Bans;
using Caas.Core.Blocks;
using Caas.Core.Calls;
using Caas.Core.Conversations;
using Caas.Core.Devices;
using Caas.Core.Entries;
using Caas.Core.Erasure;
using Caas.Core.Events;
using Caas.Core.Exports;
using Caas.Core.Feed;
using Caas.Core.Flags;
using Caas.Core.Idempotency;
using Caas.Core.Members;
using Caas.Core.Notifications;
using Caas.Core.OwnViews;
using Caas.Core.Pins;
using Caas.Core.Presence;
using Caas.Core.Push;
using Caas.Core.Reactions;
using Caas.Core.Receipts;
using Caas.Core.Search;
using Caas.Core.SlowMode;
using Caas.Core.Tenants;
using Caas.Core.Threads;
using Caas.Core.Timed;
using Caas.Core.Tokens;
using Caas.Core.Usage;
using Caas.Core.Users;
using Caas.Core.Webhooks;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb;

/// <summary>Registers the stores on MongoDB.</summary>
public static class MongoStoreServices
{
    private const string ConnectionName = "caasdb";
    private const string DefaultDatabase = "caas";

    /// <summary>
    /// Every store port of the core on MongoDB. Takes the <see cref="IMongoDatabase"/> that is registered, otherwise the <see cref="IMongoClient"/> and the database that the
    /// connection string <c>caasdb</c> names (<c>caas</c> when it names none). The host's start creates the indexes and waits for a primary to do so.
    /// </summary>
    public static IServiceCollection AddMongoStores(this IServiceCollection services)
    {
        services.AddOptions<MongoStoreOptions>().BindConfiguration(MongoStoreOptions.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<MongoStoreOptions>, MongoStoreOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(Database);
        services.TryAddSingleton<MongoMetrics>();
        services.TryAddSingleton<MongoContext>();
        services.AddHostedService<SchemaStarter>();
        return services.AddLogs().AddIdentityStores().AddFeedStores();
    }

    private static IServiceCollection AddLogs(this IServiceCollection services) => services
        .AddSingleton<IEntryStore, MongoEntryStore>()
        .AddSingleton<IConversationStore, MongoConversationStore>()
        .AddSingleton<IMemberStore, MongoMemberStore>()
        .AddSingleton<IReactionStore, MongoReactionStore>()
        .AddSingleton<IThreadStore, MongoThreadStore>()
        .AddSingleton<ITimedStore, MongoTimedStore>()
        .AddSingleton<IPinStore, MongoPinStore>()
        .AddSingleton<ICallRecordStore, MongoCallRecordStore>()
        .AddSingleton<ISlowModeStore, MongoSlowModeStore>()
        .AddSingleton<IAttachmentStore, MongoAttachmentStore>()
        .AddSingleton<IAttachmentUseStore, MongoAttachmentUseStore>()
        .AddSingleton<ISearchStore, MongoSearchStore>()
        .AddSingleton<IUserTraceStore, MongoUserTraceStore>()
        .AddSingleton<IReceiptStore, MongoReceiptStore>()
        .AddSingleton<IOwnViewStore, MongoOwnViewStore>();

    private static IServiceCollection AddIdentityStores(this IServiceCollection services) => services
        .AddSingleton<ITenantStore, MongoTenantStore>()
        .AddSingleton<ITenantPurgeStore, MongoTenantPurgeStore>()
        .AddSingleton<IErasureStore, MongoErasureStore>()
        .AddSingleton<IUsageStore, MongoUsageStore>()
        .AddSingleton<IApiKeyStore, MongoApiKeyStore>()
        .AddSingleton<IUserStore, MongoUserStore>()
        .AddSingleton<ISigningKeyStore, MongoSigningKeyStore>()
        .AddSingleton<IRefreshTokenStore, MongoRefreshTokenStore>()
        .AddSingleton<IRevocationStore, MongoRevocationStore>()
        .AddSingleton<IPresenceStore, MongoPresenceStore>()
        .AddSingleton<IBlockStore, MongoBlockStore>()
        .AddSingleton<IBanStore, MongoBanStore>()
        .AddSingleton<IFlagStore, MongoFlagStore>()
        .AddSingleton<IDeviceStore, MongoDeviceStore>()
        .AddSingleton<IWebhookStore, MongoWebhookStore>()
        .AddSingleton<IWebhookDeliveryStore, MongoWebhookDeliveryStore>()
        .AddSingleton<INotificationStore, MongoNotificationStore>()
        .AddSingleton<IPushStore, MongoPushStore>()
        .AddSingleton<IIdempotencyStore, MongoIdempotencyStore>();

    private static IServiceCollection AddFeedStores(this IServiceCollection services) => services
        .AddSingleton<IEntrySource, MongoEntrySource>()
        .AddSingleton<IFeedStore, MongoFeedStore>()
        .AddSingleton<ILeaseStore, MongoLeaseStore>()
        .AddSingleton<IDeadLetterStore, MongoDeadLetterStore>();

    private static IMongoDatabase Database(IServiceProvider services)
    {
        var connection = services.GetService<IConfiguration>()?.GetConnectionString(ConnectionName);
        var name = string.IsNullOrWhiteSpace(connection) ? null : MongoUrl.Create(connection).DatabaseName;
        return services.GetRequiredService<IMongoClient>().GetDatabase(name ?? DefaultDatabase);
    }
}
