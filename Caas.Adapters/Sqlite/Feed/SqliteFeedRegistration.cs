using Caas.Core.Events;
using Caas.Core.Feed;
using Microsoft.Extensions.DependencyInjection;

namespace Caas.Adapters.Sqlite.Feed;

internal static class SqliteFeedRegistration
{
    /// <summary>The feed, leases and dead letters on the registered <see cref="SqliteDatabase"/>.</summary>
    public static IServiceCollection AddSqliteFeedStores(this IServiceCollection services) => services
        .AddSingleton<IFeedStore, SqliteFeedStore>()
        .AddSingleton<ILeaseStore, SqliteLeaseStore>()
        .AddSingleton<IDeadLetterStore, SqliteDeadLetterStore>();
}
