using Caas.Adapters.MongoDb.Entries;
using Caas.Adapters.MongoDb.Schema;
using Caas.Core.Entries;
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
        services.AddSingleton<IEntryStore, MongoEntryStore>();
        return services;
    }

    private static IMongoDatabase Database(IServiceProvider services)
    {
        var connection = services.GetService<IConfiguration>()?.GetConnectionString(ConnectionName);
        var name = string.IsNullOrWhiteSpace(connection) ? null : MongoUrl.Create(connection).DatabaseName;
        return services.GetRequiredService<IMongoClient>().GetDatabase(name ?? DefaultDatabase);
    }
}
