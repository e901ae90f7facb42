using System.Globalization;

namespace Caas.AppHost.Compose;

/// <summary>Kafka as the services see it.</summary>
/// <param name="Connection">The bootstrap servers.</param>
/// <param name="Brokers">What must be healthy first.</param>
/// <param name="Topics">What must have ended well first; null: the services make the topics.</param>
/// <param name="Registry">The Schema Registry; null: none.</param>
internal sealed record Kafka(
    IResourceBuilder<IResourceWithConnectionString> Connection,
    IReadOnlyList<IResourceBuilder<ContainerResource>> Brokers,
    IResourceBuilder<ContainerResource>? Topics = null,
    IResourceBuilder<ContainerResource>? Registry = null);

/// <summary>Two ways to have Kafka.</summary>
internal static class KafkaResources
{
    private const string InnerPort = "29092";

    /// <summary>One node without ZooKeeper, and its pages.</summary>
    public static Kafka AddKafkaNode(this IDistributedApplicationBuilder builder)
    {
        var node = builder.AddKafka("kafka-1", 9092)
            .WithNamedVolume("kafka1_data", "/var/lib/kafka/data")
            .WithEnvironment("KAFKA_LOG_DIRS", "/var/lib/kafka/data")
            .WithKafkaUI(ui => ui.WithHostPort(8080));
        return new(node, [node]);
    }

    /// <summary>Three brokers that keep three copies and acknowledge with two, by way of ZooKeeper; topics and schemas are made by a script.</summary>
    public static Kafka AddKafkaCluster(this IDistributedApplicationBuilder builder)
    {
        // Both volumes: without the log, which has the transactions, the brokers would meet another cluster after a `down`.
        var zooKeeper = builder.AddContainer("zookeeper", "confluentinc/cp-zookeeper", Images.ConfluentTag)
            .WithEnvironment("ZOOKEEPER_CLIENT_PORT", "2181")
            .WithEnvironment("ZOOKEEPER_TICK_TIME", "2000")
            .WithEnvironment("KAFKA_HEAP_OPTS", "-Xms128m -Xmx256m")
            .WithNamedVolume("zookeeper_data", "/var/lib/zookeeper/data")
            .WithNamedVolume("zookeeper_log", "/var/lib/zookeeper/log")
            .InCompose("172.28.3.1", memory: "512m", Health.ZooKeeper, ports: ["127.0.0.1:2181:2181"]);

        IResourceBuilder<ContainerResource>[] brokers = [builder.AddBroker("1", "9092"), builder.AddBroker("2", "9096"), builder.AddBroker("3", "9094")];
        foreach (var broker in brokers)
        {
            broker.WaitFor(zooKeeper);
        }

        var servers = string.Join(',', brokers.Select(broker => $"{broker.Resource.Name}:{InnerPort}"));

        var registry = builder.AddContainer("schema-registry", "confluentinc/cp-schema-registry", Images.ConfluentTag)
            .WithEnvironment("SCHEMA_REGISTRY_HOST_NAME", "schema-registry")
            .WithEnvironment("SCHEMA_REGISTRY_LISTENERS", "http://0.0.0.0:8081")
            .WithEnvironment("SCHEMA_REGISTRY_KAFKASTORE_BOOTSTRAP_SERVERS", string.Join(',', brokers.Select(broker => $"PLAINTEXT://{broker.Resource.Name}:{InnerPort}")))
            .WithEnvironment("SCHEMA_REGISTRY_KAFKASTORE_TOPIC_REPLICATION_FACTOR", "3")
            .WithEnvironment("SCHEMA_REGISTRY_HEAP_OPTS", "-Xms128m -Xmx256m")
            .WaitForAll(brokers)
            .InCompose("172.28.3.5", memory: "512m", Health.Http(8081, "/subjects"), ports: ["127.0.0.1:8081:8081"]);

        var topics = builder.AddContainer("kafka-init", "confluentinc/cp-kafka", Images.ConfluentTag)
            .WithEntrypoint("bash")
            .WithArgs("/etc/caas/kafka/create-topics.sh")
            .WithFile("init/kafka", "/etc/caas/kafka")
            .WithEnvironment("KAFKA_BOOTSTRAP", servers)
            .WithEnvironment("SCHEMA_REGISTRY_URL", "http://schema-registry:8081")
            .WaitForAll(brokers).WaitFor(registry)
            .InCompose("172.28.3.6", memory: "512m", once: true);

        return new(builder.AddConnectionString("kafka", expression => expression.AppendLiteral(servers)), brokers, topics, registry);
    }

    /// <summary>Waits until the topics are made. Where a script makes them, the service does not.</summary>
    public static IResourceBuilder<T> WaitForTopics<T>(this IResourceBuilder<T> service, Kafka kafka) where T : IResourceWithWaitSupport, IResourceWithEnvironment =>
        kafka.Topics is { } topics ? service.WaitForCompletion(topics).WithEnvironment("Caas__Kafka__CreateTopics", "false") : service;

    private static IResourceBuilder<ContainerResource> AddBroker(this IDistributedApplicationBuilder builder, string id, string port) => builder
        .AddContainer($"kafka-{id}", "confluentinc/cp-kafka", Images.ConfluentTag)
        .WithEnvironment("KAFKA_BROKER_ID", id)
        .WithEnvironment("KAFKA_ZOOKEEPER_CONNECT", "zookeeper:2181")
        // A broker that was killed is let in again only when its session has ended.
        .WithEnvironment("KAFKA_ZOOKEEPER_SESSION_TIMEOUT_MS", "9000")
        // Containers come by the inner listener, clients on this machine by the outer one: each is told the name that it can reach.
        .WithEnvironment("KAFKA_LISTENERS", $"INNER://0.0.0.0:{InnerPort},OUTER://0.0.0.0:{port}")
        .WithEnvironment("KAFKA_ADVERTISED_LISTENERS", $"INNER://kafka-{id}:{InnerPort},OUTER://localhost:{port}")
        .WithEnvironment("KAFKA_LISTENER_SECURITY_PROTOCOL_MAP", "INNER:PLAINTEXT,OUTER:PLAINTEXT")
        .WithEnvironment("KAFKA_INTER_BROKER_LISTENER_NAME", "INNER")
        .WithEnvironment("KAFKA_DEFAULT_REPLICATION_FACTOR", "3")
        .WithEnvironment("KAFKA_MIN_INSYNC_REPLICAS", "2")
        .WithEnvironment("KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR", "3")
        .WithEnvironment("KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR", "3")
        .WithEnvironment("KAFKA_TRANSACTION_STATE_LOG_MIN_ISR", "2")
        .WithEnvironment("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false")
        .WithEnvironment("KAFKA_HEAP_OPTS", "-Xms512m -Xmx512m")
        .WithNamedVolume($"kafka{id}_data", "/var/lib/kafka/data")
        .InCompose($"172.28.3.{int.Parse(id, CultureInfo.InvariantCulture) + 1}", memory: "1280m", Health.Kafka, ports: [$"127.0.0.1:{port}:{port}"], stops: "60s");
}
