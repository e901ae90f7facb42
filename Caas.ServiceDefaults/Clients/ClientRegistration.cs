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
            var database = Valid("caasdb", "mongodb://user:password@host:27017/caas", () => MongoUrl.Create(store)).DatabaseName ?? DefaultDatabase;
            builder.AddMongo("caasdb");
            builder.Services.TryAddSingleton(services => services.GetRequiredService<IMongoClient>().GetDatabase(database));
            builder.AddCheck("caasdb", HealthStatus.Unhealthy, "The store does not answer: nothing can be read or sent.", services =>
            {
                var mongo = services.GetRequiredService<IMongoDatabase>();
                return token => mongo.RunCommandAsync<BsonDocument>(new BsonDocument("ping", 1), cancellationToken: token);
            });
        }

        if (builder.Configuration.GetConnectionString("redis") is { } redisAt && !string.IsNullOrWhiteSpace(redisAt))
        {
            Valid("redis", "host:6379,password=…", () => ConfigurationOptions.Parse(redisAt));
            builder.AddRedis("redis");
            builder.AddCheck("redis", HealthStatus.Degraded, "Redis does not answer: live delivery between replicas waits, no message is lost.", services =>
            {
                var redis = services.GetRequiredService<IConnectionMultiplexer>();
                return _ => redis.GetDatabase().PingAsync();
            });
        }

        if (!string.IsNullOrWhiteSpace(builder.Configuration.GetConnectionString("kafka")))
        {
            builder.AddKafka("kafka");
            builder.AddCheck("kafka", HealthStatus.Degraded, "Kafka does not answer: its consumers fall behind, no event is lost.", services =>
            {
                var admin = new DependentAdminClientBuilder(services.GetRequiredService<IProducer<string, byte[]>>().Handle).Build();
                return token => Task.Run(() => admin.GetMetadata(TimeSpan.FromSeconds(1.5)), token);
            });
        }
    }

    private static bool IsMongo(string connectionString) =>
        connectionString.StartsWith("mongodb://", StringComparison.OrdinalIgnoreCase) || connectionString.StartsWith("mongodb+srv://", StringComparison.OrdinalIgnoreCase);

    /// <exception cref="SetupException">It cannot be read. The string itself is not repeated: it may hold a password.</exception>
    private static T Valid<T>(string name, string example, Func<T> parse)
    {
        try
        {
            return parse();
        }
        catch (Exception invalid) when (invalid is ArgumentException or FormatException or MongoConfigurationException)
        {
            throw new SetupException($"The connection string '{name}' is not valid: it must be of the form {example}.");
        }
    }

    private static void Tune(ProducerConfig config)
    {
        config.EnableIdempotence = true;
        config.Acks = Acks.All;
    }

    /// <param name="ask">Makes the question, once. It takes its client at once: the provider that it gets is gone after the first answer.</param>
    private static void AddCheck(this IHostApplicationBuilder builder, string name, HealthStatus failure, string without, Func<IServiceProvider, Func<CancellationToken, Task>> ask)
    {
        IHealthCheck? check = null;
        builder.Services.AddHealthChecks().Add(new(name, services => check ??= new DependencyHealthCheck(ask(services), without), failure, tags: null));
    }
}
