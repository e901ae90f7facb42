// The platform as a topology. Built where Aspire's packages are to be had; elsewhere Program.cs runs everything in one process.
var builder = DistributedApplication.CreateBuilder(args);

var adminKey = builder.AddParameter("admin-key", new GenerateParameterDefault { MinLength = 40, Special = false }, secret: true, persist: true);

// A replica set of one node, since the projector follows change streams. Its member is called localhost:27017: true for itself and, by the fixed port, for the services.
var mongo = builder.AddMongoDB("mongodb", port: 27017)
    .WithImageTag("7.0")
    .WithDataVolume()
    .WithEntrypoint("bash")
    .WithArgs("-c", """
        head -c 512 /dev/urandom | base64 -w 0 > /etc/mongo-keyfile && chmod 400 /etc/mongo-keyfile && chown 999:999 /etc/mongo-keyfile &&
        exec docker-entrypoint.sh mongod --replSet caas-rs --bind_ip_all --keyFile /etc/mongo-keyfile
        """);
var store = mongo.AddDatabase("caasdb", "caas");

// Makes the replica set once the server answers; the server is not healthy before that. Safe to run again.
builder.AddContainer("mongodb-replica-set", "mongo", "7.0")
    .WithEntrypoint("mongosh")
    .WithArgs("--nodb", "--eval", """
        for (let tries = 0; ; tries++) {
            try {
                new Mongo(process.env.MONGODB_URI).getDB("admin").adminCommand({ replSetInitiate: { _id: "caas-rs", members: [{ _id: 0, host: "localhost:27017" }] } });
                quit(0);
            } catch (error) {
                if (error.codeName === "AlreadyInitialized") quit(0);
                if (tries >= 60) { print(error); quit(1); }
                sleep(1000);
            }
        }
        """)
    .WithEnvironment("MONGODB_URI", ReferenceExpression.Create($"{mongo.Resource.UriExpression}&directConnection=true"))
    .WaitForStart(mongo);

var redis = builder.AddRedis("redis").WithDataVolume().WithRedisCommander();
var kafka = builder.AddKafka("kafka").WithDataVolume().WithKafkaUI();

builder.AddProject<Projects.Caas_Gateway>("gateway", launchProfileName: null)
    .WithHttpEndpoint(port: 3000, env: "Caas__Gateway__Port")
    .WithHttpEndpoint(port: 3001, name: "metrics", env: "Caas__Gateway__MetricsPort")
    .WithExternalHttpEndpoints()
    .WithEnvironment("Caas__AdminKey", adminKey)
    .WithReference(store).WaitFor(store)
    .WithReference(redis).WaitFor(redis)
    .WithReference(kafka).WaitFor(kafka)
    .WithHttpHealthCheck("/health");

// Two replicas on ports that stay: clients are sent to each by its own address.
foreach (var (name, port) in new[] { ("realtime-1", 3002), ("realtime-2", 3003) })
{
    var publicUrl = $"http://localhost:{port}";
    builder.AddProject<Projects.Caas_Realtime>(name, launchProfileName: null)
        .WithHttpEndpoint(port: port, env: "Caas__Realtime__Port")
        .WithExternalHttpEndpoints()
        .WithEnvironment("Caas__Realtime__PublicUrl", publicUrl)
        .WithReference(store).WaitFor(store)
        .WithReference(redis).WaitFor(redis)
        .WithReference(kafka).WaitFor(kafka)
        .WithHttpHealthCheck("/health");
}

await builder.Build().RunAsync();
