// The platform as a topology. Running it starts a lean one in containers; publishing writes all of it to docker-compose.yml, from the same declarations.
// Built where Aspire's packages are to be had; elsewhere Program.cs runs everything in one process.
using Caas.AppHost;
using Caas.AppHost.Compose;

if (args.Contains(Embedded.Argument))
{
    return await Embedded.RunAsync(args); // no containers: SQLite and Garnet
}

const string MongoStops = "40s"; // it steps down and lets others take over first
var builder = DistributedApplication.CreateBuilder(args);
var whole = builder.ExecutionContext.IsPublishMode;
var settings = new Settings(builder);
builder.AddComposeFile(network: "caas-network", subnet: "172.28.0.0/16");

// MongoDB: a replica set, since the projector follows change streams. One node to develop with, three in the compose file.
// Alone it calls itself localhost:27017, which is true for itself and, by the fixed port, for services that run on the host.
string[] members = whole ? ["mongodb-primary:27017", "mongodb-secondary-1:27017", "mongodb-secondary-2:27017"] : ["localhost:27017"];
var primary = builder.AddMongoDB("mongodb-primary", 27017, settings.MongoRootUser, settings.MongoRootPassword)
    .AsReplicaSetMember(settings)
    .WithNamedVolume("mongodb_primary_data", "/data/db")
    .WithNamedVolume("mongodb_config", "/data/configdb")
    .InCompose("172.28.1.1", memory: "2g", Health.MongoDb, ports: ["127.0.0.1:27017:27017"], stops: MongoStops);
var mongo = new List<IResourceBuilder<ContainerResource>> { builder.CreateResourceBuilder<ContainerResource>(primary.Resource) };
for (var i = 1; i < members.Length; i++)
{
    mongo.Add(builder.AddContainer($"mongodb-secondary-{i}", "mongo", "7.0")
        .AsReplicaSetMember(settings)
        .WithNamedVolume($"mongodb_secondary{i}_data", "/data/db")
        .WaitFor(primary)
        .InCompose($"172.28.1.{i + 1}", memory: "2g", Health.MongoDb, tmpfs: ["/data/configdb"], stops: MongoStops));
}

// Makes the replica set, the application's user, its collections and indexes. Safe to run again. Alone, a member is not healthy before this ran.
var mongoReady = builder.AddContainer("mongodb-init", "mongo", "7.0")
    .WithEntrypoint("bash")
    .WithArgs("/etc/caas/mongodb/init-replica-and-collections.sh")
    .WithFile("init/mongodb", "/etc/caas/mongodb")
    .WithEnvironment("MONGO_ROOT_USER", settings.MongoRootUser)
    .WithEnvironment("MONGO_ROOT_PASSWORD", settings.MongoRootPassword)
    .WithEnvironment("MONGO_APP_PASSWORD", settings.MongoAppPassword)
    .WithEnvironment("MONGO_HOSTS", string.Join(',', mongo.Select(node => $"{node.Resource.Name}:27017")))
    .WithEnvironment("MONGO_MEMBERS", string.Join(',', members))
    .WaitForAll(mongo, healthy: whole)
    .InCompose("172.28.1.4", memory: "512m", once: true);
var store = builder.AddConnectionString("caasdb", expression =>
{
    expression.AppendLiteral("mongodb://caas:");
    expression.AppendFormatted(settings.MongoAppPassword.Resource);
    expression.AppendLiteral($"@{string.Join(',', members)}/caas?replicaSet=caas-rs&authSource=caas");
});

// Redis: live delivery between replicas, presence, typing. Nothing in it is the only copy.
var redis = builder.AddRedis("redis", 6379, settings.RedisPassword)
    .WithImageTag("7-alpine")
    .WithNamedVolume("redis_data", "/data")
    .WithPersistence(TimeSpan.FromSeconds(60), keysChangedThreshold: 1)
    .InCompose("172.28.2.1", memory: "512m", Health.Redis, ports: ["127.0.0.1:6379:6379"], configure: Images.AppendOnlyRedis);

// Kafka: events for the tenants' own consumers. One KRaft node to develop with; three brokers, ZooKeeper and the Schema Registry in the compose file.
var kafka = whole ? builder.AddKafkaCluster() : builder.AddKafkaNode();

var gateway = builder.AddProject<Projects.Caas_Gateway>("gateway", launchProfileName: null)
    .WithHttpEndpoint(port: 3000, targetPort: 3000, env: "Caas__Gateway__Port", isProxied: false)
    .WithHttpEndpoint(port: 3001, targetPort: 3001, name: "metrics", env: "Caas__Gateway__MetricsPort", isProxied: false)
    .InCompose("172.28.6.1", memory: "1g", Health.Http(3000), ports: ["3000:3000", "127.0.0.1:3001:3001"], configure: Images.Built("gateway", "Caas.Gateway/Dockerfile"));

// Two replicas on ports that stay: clients are sent to each by its own address.
var sockets = Enumerable.Range(1, 2).Select(number => builder.AddProject<Projects.Caas_Realtime>($"socket-service-{number}", launchProfileName: null)
    .WithHttpEndpoint(port: 3001 + number, targetPort: whole ? 3001 : 3001 + number, env: "Caas__Realtime__Port", isProxied: false)
    .WithHttpEndpoint(port: 3003 + number, targetPort: whole ? 3002 : 3003 + number, name: "metrics", env: "Caas__Metrics__Port", isProxied: false)
    .WithEnvironment("Caas__Realtime__PublicUrl", settings.RealtimePublicUrl(number))
    .WithEnvironment("Caas__Calls__TurnUrls", settings.TurnUrls)
    .WithEnvironment("Caas__Calls__TurnSecret", settings.TurnSecret)
    .WithPushSettings(settings)
    .InCompose($"172.28.7.{number}", memory: "1g", Health.Http(3001), ports: [$"{3001 + number}:3001"], configure: Images.Built("socket-service", number == 1 ? "Caas.Realtime/Dockerfile" : null)))
    .ToArray();

foreach (var service in (IResourceBuilder<ProjectResource>[])[gateway, .. sockets])
{
    service
        .WithReferenceEnvironment(ReferenceEnvironmentInjectionFlags.ConnectionString)
        .WithReference(store).WaitForAll(mongo).WaitForCompletion(mongoReady)
        .WithReference(redis).WaitFor(redis)
        .WithReference(kafka.Connection, "kafka").WaitForAll(kafka.Brokers).WaitForTopics(kafka)
        .WithEnvironment("Caas__AdminKey", settings.AdminKey)
        .WithEnvironment("Caas__MasterKey", settings.JwtSecret)
        .WithExternalHttpEndpoints()
        .WithHttpHealthCheck("/health")
        .DisableForwardedHeaders(); // Caas:Gateway:TrustedProxies says whose forwarded addresses count
}

builder.AddTools(settings, redis, mongoReady, kafka);
if (whole)
{
    builder.AddContainer("smoke-test", "localhost/caas/smoke-test", Images.Version)
        .WithEnvironment("CAAS", "http://gateway:3000")
        .WithEnvironment("REPLICAS", "http://socket-service-1:3001,http://socket-service-2:3001")
        .WithEnvironment("CAAS_ADMIN_KEY", settings.AdminKey)
        .WaitFor(gateway).WaitFor(sockets[0]).WaitFor(sockets[1])
        .InCompose("172.28.8.1", memory: "256m", once: true, profile: "test", configure: Images.Built("smoke-test", "samples/Dockerfile"));
}

await builder.Build().RunAsync();
return 0;
