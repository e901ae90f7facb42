using Confluent.Kafka;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using MongoDB.Bson;
using MongoDB.Driver;
using StackExchange.Redis;

namespace Caas.ServiceDefaults;

/// <summary>
/// The clients of what is configured, as singletons: <see cref="IMongoClient"/> and <see cref="IMongoDatabase"/> (<c>caasdb</c>),
/// <see cref="IConnectionMultiplexer"/> (<c>redis</c>), <see cref="IProducer{TKey, TValue}"/> of string and bytes (<c>kafka</c>).
/// How they are made stands in one of two files: <c>Clients.Aspire.cs</c> or <c>Clients.Plain.cs</c>.
/// </summary>
internal static partial class ClientRegistration
{
    private const string DefaultDatabase = "caas";

    public static void AddClients(this IHostApplicationBuilder builder)
    {
        if (builder.Configuration.GetConnectionString("caasdb") is { } store && IsMongo(store))
        {
            builder.AddMongo("caasdb");
            builder.Services.TryAddSingleton(services => services.GetRequiredService<IMongoClient>().GetDatabase(MongoUrl.Create(store).DatabaseName ?? DefaultDatabase));
            builder.AddCheck("caasdb", HealthStatus.Unhealthy, "The store does not answer: nothing can be read or sent.", services =>
                token => services.GetRequiredService<IMongoDatabase>().RunCommandAsync<BsonDocument>(new BsonDocument("ping", 1), cancellationToken: token));
        }

        if (!string.IsNullOrWhiteSpace(builder.Configuration.GetConnectionString("redis")))
        {
            builder.AddRedis("redis");
            builder.AddCheck("redis", HealthStatus.Degraded, "Redis does not answer: live delivery between replicas waits, no message is lost.", services =>
                _ => services.GetRequiredService<IConnectionMultiplexer>().GetDatabase().PingAsync());
        }

        if (!string.IsNullOrWhiteSpace(builder.Configuration.GetConnectionString("kafka")))
        {
            builder.AddKafka("kafka");
            builder.AddCheck("kafka", HealthStatus.Degraded, "Kafka does not answer: its consumers fall behind, no event is lost.", services =>
            {
                var admin = new Lazy<IAdminClient>(() => new DependentAdminClientBuilder(services.GetRequiredService<IProducer<string, byte[]>>().Handle).Build());
                return token => Task.Run(() => admin.Value.GetMetadata(TimeSpan.FromSeconds(1.5)), token);
            });
        }
    }

    private static bool IsMongo(string connectionString) =>
        connectionString.StartsWith("mongodb://", StringComparison.OrdinalIgnoreCase) || connectionString.StartsWith("mongodb+srv://", StringComparison.OrdinalIgnoreCase);

    private static void Tune(ProducerConfig config)
    {
        config.EnableIdempotence = true;
        config.Acks = Acks.All;
    }

    private static void AddCheck(this IHostApplicationBuilder builder, string name, HealthStatus failure, string without, Func<IServiceProvider, Func<CancellationToken, Task>> ask)
    {
        IHealthCheck? check = null;
        builder.Services.AddHealthChecks().Add(new(name, services => check ??= new DependencyHealthCheck(ask(services), without), failure, tags: null));
    }
}
