namespace Caas.AppHost.Compose;

/// <summary>Pages to look into the stack with, for this machine only.</summary>
internal static class Tools
{
    private const string Addresses = "172.28.9";

    /// <summary>Running: Redis' commander (Kafka brings its pages itself). In the compose file: one for each store, behind a password where it has one.</summary>
    public static void AddTools(
        this IDistributedApplicationBuilder builder, Settings settings, IResourceBuilder<RedisResource> redis, IResourceBuilder<ContainerResource> mongoReady, Kafka kafka)
    {
        if (builder.ExecutionContext.IsRunMode)
        {
            redis.WithRedisCommander(commander => commander.WithHostPort(8083), "redis-commander");
            return;
        }

        var (user, password) = settings.Tools();
        builder.AddContainer("kafka-ui", "kafbat/kafka-ui", "v1.5.0")
            .WithEnvironment("KAFKA_CLUSTERS_0_NAME", "caas")
            .WithEnvironment("KAFKA_CLUSTERS_0_BOOTSTRAPSERVERS", kafka.Connection.Resource.ConnectionStringExpression)
            .WithEnvironment("KAFKA_CLUSTERS_0_SCHEMAREGISTRY", "http://schema-registry:8081")
            .WaitForAll(kafka.Brokers)
            .WithEnvironment("JAVA_OPTS", "-Xmx320m")
            .InCompose($"{Addresses}.1", memory: "768m", Health.Listens(8080), ports: ["127.0.0.1:8080:8080"]);

        builder.AddContainer("mongo-express", "mongo-express", "1.0.2")
            .WithEnvironment("ME_CONFIG_MONGODB_URL", ReferenceExpression.Create($"mongodb://{settings.MongoRootUser}:{settings.MongoRootPassword}@mongodb-primary:27017,mongodb-secondary-1:27017,mongodb-secondary-2:27017/?replicaSet=caas-rs&authSource=admin"))
            .WithEnvironment("ME_CONFIG_MONGODB_SERVER", "mongodb-primary,mongodb-secondary-1,mongodb-secondary-2") // its entrypoint waits for one host otherwise
            .WithEnvironment("ME_CONFIG_MONGODB_ENABLE_ADMIN", "true")
            .WithEnvironment("ME_CONFIG_BASICAUTH", "true")
            .WithEnvironment("ME_CONFIG_BASICAUTH_ENABLED", "true") // its name from 1.1 on
            .WithEnvironment("ME_CONFIG_BASICAUTH_USERNAME", user)
            .WithEnvironment("ME_CONFIG_BASICAUTH_PASSWORD", password)
            .WaitForCompletion(mongoReady)
            .InCompose($"{Addresses}.2", memory: "256m", Health.Listens(8081), ports: ["127.0.0.1:8082:8081"]);

        builder.AddContainer("redis-commander", "ghcr.io/joeferner/redis-commander", "0.9.0")
            .WithEnvironment("REDIS_HOSTS", ReferenceExpression.Create($"caas:redis:6379:0:{settings.RedisPassword}"))
            .WithEnvironment("HTTP_USER", user)
            .WithEnvironment("HTTP_PASSWORD", password)
            .WaitFor(redis)
            .InCompose($"{Addresses}.3", memory: "256m", Health.Listens(8081), ports: ["127.0.0.1:8083:8081"]);
    }
}
