using Xunit;

namespace Caas.Tests.Deployment;

/// <summary>Every row of the stack's table, field by field.</summary>
public sealed class ComposeServicesTests
{
    private const string ConfluentTag = "7.9.6";

    private static readonly ComposeFile Compose = ComposeFile.Committed;

    private static readonly string[] MongoNodes = ["mongodb-primary", "mongodb-secondary-1", "mongodb-secondary-2"];

    private static readonly string[] Brokers = ["kafka-1", "kafka-2", "kafka-3"];

    private static readonly string[] Applications = ["gateway", "socket-service-1", "socket-service-2"];

    [Theory]
    [InlineData("mongodb-primary", "mongo:7.0", "172.28.1.1", "127.0.0.1:27017:27017")]
    [InlineData("mongodb-secondary-1", "mongo:7.0", "172.28.1.2")]
    [InlineData("mongodb-secondary-2", "mongo:7.0", "172.28.1.3")]
    [InlineData("mongodb-init", "mongo:7.0", "172.28.1.4")]
    [InlineData("redis", "redis:7-alpine", "172.28.2.1", "127.0.0.1:6379:6379")]
    [InlineData("zookeeper", "confluentinc/cp-zookeeper:" + ConfluentTag, "172.28.3.1", "127.0.0.1:2181:2181")]
    [InlineData("kafka-1", "confluentinc/cp-kafka:" + ConfluentTag, "172.28.3.2", "127.0.0.1:9092:9092")]
    [InlineData("kafka-2", "confluentinc/cp-kafka:" + ConfluentTag, "172.28.3.3", "127.0.0.1:9096:9096")]
    [InlineData("kafka-3", "confluentinc/cp-kafka:" + ConfluentTag, "172.28.3.4", "127.0.0.1:9094:9094")]
    [InlineData("schema-registry", "confluentinc/cp-schema-registry:" + ConfluentTag, "172.28.3.5", "127.0.0.1:8081:8081")]
    [InlineData("kafka-init", "confluentinc/cp-kafka:" + ConfluentTag, "172.28.3.6")]
    [InlineData("gateway", "localhost/caas/gateway:0.1.0", "172.28.6.1", "3000:3000", "127.0.0.1:3001:3001")]
    [InlineData("socket-service-1", "localhost/caas/socket-service:0.1.0", "172.28.7.1", "3002:3001")]
    [InlineData("socket-service-2", "localhost/caas/socket-service:0.1.0", "172.28.7.2", "3003:3001")]
    [InlineData("smoke-test", "localhost/caas/smoke-test:0.1.0", "172.28.8.1")]
    [InlineData("kafka-ui", "kafbat/kafka-ui:v1.5.0", "172.28.9.1", "127.0.0.1:8080:8080")]
    [InlineData("mongo-express", "mongo-express:1.0.2", "172.28.9.2", "127.0.0.1:8082:8081")]
    [InlineData("redis-commander", "ghcr.io/joeferner/redis-commander:0.9.0", "172.28.9.3", "127.0.0.1:8083:8081")]
    public void A_service_has_its_image_its_address_and_its_ports(string name, string image, string address, params string[] ports)
    {
        var service = Compose[name];

        Assert.Equal((image, name), (service.Image, service.Hostname));
        Assert.Equal(new Dictionary<string, string> { ["caas-network"] = address }, service.Addresses);
        Assert.Equal(ports, service.Ports);
    }

    [Fact]
    public void No_service_stands_there_that_the_table_does_not_have() => Assert.Equal(18, Compose.Services.Count);

    [Fact]
    public void MongoDB_starts_as_a_replica_set_with_a_key_that_its_script_makes()
    {
        foreach (var node in MongoNodes)
        {
            Assert.Equal(["/etc/caas/start-node.sh"], Compose[node].Command);
            Assert.Contains(("bind", "./init/mongodb/mongo-keyfile", "/etc/caas/mongo-keyfile", true), Compose[node].Mounts);
            Assert.Contains(("bind", "./init/mongodb/start-node.sh", "/etc/caas/start-node.sh", true), Compose[node].Mounts);
            Assert.Equal("${MONGO_ROOT_PASSWORD}", Compose[node].Environment["MONGO_ROOT_PASSWORD"]);
        }

        var start = File.ReadAllText(Scripts.InRepository("init/mongodb/start-node.sh"));
        Assert.Contains("--replSet caas-rs", start, StringComparison.Ordinal);
        Assert.Contains("400", start, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_the_primary_makes_a_root_user_since_a_member_with_data_cannot_join()
    {
        Assert.Equal(("${MONGO_ROOT_USER}", "${MONGO_ROOT_PASSWORD}"), (Compose["mongodb-primary"].Environment["MONGO_INITDB_ROOT_USERNAME"], Compose["mongodb-primary"].Environment["MONGO_INITDB_ROOT_PASSWORD"]));
        Assert.All(MongoNodes[1..], node => Assert.DoesNotContain("MONGO_INITDB_ROOT_USERNAME", Compose[node].Environment.Keys));
    }

    [Fact]
    public void Whoever_initialises_gets_what_it_needs()
    {
        var mongo = Compose["mongodb-init"];
        Assert.Equal(["/etc/caas/mongodb/init-replica-and-collections.sh"], mongo.Command);
        Assert.Equal(["${MONGO_ROOT_USER}", "${MONGO_ROOT_PASSWORD}", "${MONGO_APP_PASSWORD}"], new[] { "MONGO_ROOT_USER", "MONGO_ROOT_PASSWORD", "MONGO_APP_PASSWORD" }.Select(name => mongo.Environment[name]));

        var kafka = Compose["kafka-init"];
        Assert.Equal(["/etc/caas/kafka/create-topics.sh"], kafka.Command);
        Assert.Equal(("kafka-1:29092,kafka-2:29092,kafka-3:29092", "http://schema-registry:8081"), (kafka.Environment["KAFKA_BOOTSTRAP"], kafka.Environment["SCHEMA_REGISTRY_URL"]));
    }

    [Fact]
    public void Redis_appends_to_a_file_and_wants_a_password()
    {
        var command = string.Join(' ', Compose["redis"].Command);

        Assert.Contains("--appendonly yes", command, StringComparison.Ordinal);
        Assert.Contains("--requirepass \"$$REDIS_PASSWORD\"", command, StringComparison.Ordinal);
        Assert.Equal("${REDIS_PASSWORD}", Compose["redis"].Environment["REDIS_PASSWORD"]);
    }

    [Theory]
    [InlineData("kafka-1", "1", "9092")]
    [InlineData("kafka-2", "2", "9096")]
    [InlineData("kafka-3", "3", "9094")]
    public void A_broker_tells_containers_one_name_and_this_machine_another(string broker, string id, string port)
    {
        var environment = Compose[broker].Environment;

        Assert.Equal(id, environment["KAFKA_BROKER_ID"]);
        Assert.Equal($"INNER://0.0.0.0:29092,OUTER://0.0.0.0:{port}", environment["KAFKA_LISTENERS"]);
        Assert.Equal($"INNER://{broker}:29092,OUTER://localhost:{port}", environment["KAFKA_ADVERTISED_LISTENERS"]);
        Assert.Equal("INNER", environment["KAFKA_INTER_BROKER_LISTENER_NAME"]);
        Assert.Equal(("3", "2", "false"), (environment["KAFKA_DEFAULT_REPLICATION_FACTOR"], environment["KAFKA_MIN_INSYNC_REPLICAS"], environment["KAFKA_AUTO_CREATE_TOPICS_ENABLE"]));
        Assert.Equal(("3", "3", "2"), (environment["KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR"], environment["KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR"], environment["KAFKA_TRANSACTION_STATE_LOG_MIN_ISR"]));
        Assert.Equal("zookeeper:2181", environment["KAFKA_ZOOKEEPER_CONNECT"]);
    }

    [Theory]
    [InlineData("mongodb-primary", "mongodb_primary_data", "/data/db")]
    [InlineData("mongodb-primary", "mongodb_config", "/data/configdb")]
    [InlineData("mongodb-secondary-1", "mongodb_secondary1_data", "/data/db")]
    [InlineData("mongodb-secondary-2", "mongodb_secondary2_data", "/data/db")]
    [InlineData("redis", "redis_data", "/data")]
    [InlineData("zookeeper", "zookeeper_data", "/var/lib/zookeeper/data")]
    [InlineData("zookeeper", "zookeeper_log", "/var/lib/zookeeper/log")]
    [InlineData("kafka-1", "kafka1_data", "/var/lib/kafka/data")]
    [InlineData("kafka-2", "kafka2_data", "/var/lib/kafka/data")]
    [InlineData("kafka-3", "kafka3_data", "/var/lib/kafka/data")]
    public void What_must_stay_is_in_a_declared_volume(string service, string volume, string target)
    {
        Assert.Contains(("volume", volume, target, false), Compose[service].Mounts);
        Assert.Contains(volume, Compose.Volumes);
    }

    [Theory]
    [InlineData("mongodb-primary", "mongosh", "ping", "$$HOSTNAME:27017")]
    [InlineData("mongodb-secondary-1", "mongosh", "ping", "$$HOSTNAME:27017")]
    [InlineData("mongodb-secondary-2", "mongosh", "ping", "$$HOSTNAME:27017")]
    [InlineData("redis", "redis-cli ping", "REDISCLI_AUTH")]
    [InlineData("zookeeper", "srvr", "2181")]
    [InlineData("kafka-1", "kafka-broker-api-versions", "29092")]
    [InlineData("kafka-2", "kafka-broker-api-versions", "29092")]
    [InlineData("kafka-3", "kafka-broker-api-versions", "29092")]
    [InlineData("schema-registry", "curl -fsS", "8081/subjects")]
    [InlineData("gateway", "curl -fsS", "127.0.0.1:3000/health")]
    [InlineData("socket-service-1", "curl -fsS", "127.0.0.1:3001/health")]
    [InlineData("socket-service-2", "curl -fsS", "127.0.0.1:3001/health")]
    public void Health_is_asked_by_the_tool_that_the_image_has(string service, params string[] parts) =>
        Assert.All(parts, part => Assert.Contains(part, Compose[service].Health, StringComparison.Ordinal));

    [Fact]
    public void The_applications_are_built_from_the_repository_and_write_nowhere()
    {
        Assert.Equal(["Caas.Gateway/Dockerfile", "Caas.Realtime/Dockerfile", ""], Applications.Select(name => Compose[name].Build.GetValueOrDefault("dockerfile", "")));
        Assert.All(Applications, name =>
        {
            Assert.Equal(Compose[name].Build.Count > 0 ? "." : "", Compose[name].Build.GetValueOrDefault("context", ""));
            Assert.True(Compose[name].ReadOnly);
            Assert.Equal(["/tmp"], Compose[name].Tmpfs);
        });
    }

    [Fact]
    public void The_applications_know_the_three_stores_by_their_inner_names()
    {
        Assert.All(Applications, name =>
        {
            var environment = Compose[name].Environment;
            Assert.Equal("mongodb://caas:${MONGO_APP_PASSWORD}@mongodb-primary:27017,mongodb-secondary-1:27017,mongodb-secondary-2:27017/caas?replicaSet=caas-rs&authSource=caas", environment["ConnectionStrings__caasdb"]);
            Assert.Equal("redis:6379,password=${REDIS_PASSWORD}", environment["ConnectionStrings__redis"]);
            Assert.Equal(string.Join(',', Brokers.Select(broker => $"{broker}:29092")), environment["ConnectionStrings__kafka"]);
            Assert.Equal(("${CAAS_ADMIN_KEY}", "${JWT_SECRET}"), (environment["Caas__AdminKey"], environment["Caas__MasterKey"]));
            Assert.DoesNotContain("ASPNETCORE_FORWARDEDHEADERS_ENABLED", environment.Keys); // it would believe any X-Forwarded-For
        });
        Assert.All(Applications[1..], name => Assert.Equal("3002", Compose[name].Environment["Caas__Metrics__Port"])); // not the port that clients use, and not published
        Assert.Equal(["${REALTIME_1_PUBLIC_URL}", "${REALTIME_2_PUBLIC_URL}"], Applications[1..].Select(name => Compose[name].Environment["Caas__Realtime__PublicUrl"]));
    }

    [Fact]
    public void The_pages_of_the_stores_are_behind_a_password_where_they_have_one()
    {
        Assert.Equal(("true", "${MONGO_EXPRESS_USER}", "${MONGO_EXPRESS_PASSWORD}"), (Compose["mongo-express"].Environment["ME_CONFIG_BASICAUTH"], Compose["mongo-express"].Environment["ME_CONFIG_BASICAUTH_USERNAME"], Compose["mongo-express"].Environment["ME_CONFIG_BASICAUTH_PASSWORD"]));
        Assert.Equal(("${MONGO_EXPRESS_USER}", "${MONGO_EXPRESS_PASSWORD}"), (Compose["redis-commander"].Environment["HTTP_USER"], Compose["redis-commander"].Environment["HTTP_PASSWORD"]));
    }

    [Fact]
    public void The_smoke_test_meets_both_replicas_when_it_is_asked_for()
    {
        var test = Compose["smoke-test"];

        Assert.Equal(["test"], test.Profiles);
        Assert.Equal(("http://gateway:3000", "http://socket-service-1:3001,http://socket-service-2:3001"), (test.Environment["CAAS"], test.Environment["REPLICAS"]));
        Assert.All(Compose.Services.Values.Where(service => service != test), service => Assert.Empty(service.Profiles));
    }
}
