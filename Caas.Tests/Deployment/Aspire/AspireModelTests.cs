using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Caas.Tests.Deployment.Aspire;

/// <summary>The model as it runs: lean. Needs Aspire's packages, and neither containers nor an orchestrator.</summary>
public sealed class AspireModelTests(AspireModelTests.RunningModel model) : IClassFixture<AspireModelTests.RunningModel>
{
    private static readonly string[] Services = ["gateway", "socket-service-1", "socket-service-2"];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private IEnumerable<IResource> Resources => model.Resources;

    [Fact]
    public void It_is_one_store_one_cache_one_broker_and_the_platform() => Assert.Equal(
        ["gateway", "kafka-1", "kafka-ui", "mongodb-init", "mongodb-primary", "redis", "redis-commander", "socket-service-1", "socket-service-2"],
        Resources.Where(resource => resource is ContainerResource or ProjectResource && !resource.Name.EndsWith("-rebuilder", StringComparison.Ordinal)).Select(resource => resource.Name).Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("gateway", "http", 3000)]
    [InlineData("gateway", "metrics", 3001)]
    [InlineData("socket-service-1", "http", 3002)]
    [InlineData("socket-service-2", "http", 3003)]
    [InlineData("socket-service-1", "metrics", 3004)]
    [InlineData("socket-service-2", "metrics", 3005)]
    public void Services_listen_where_they_always_do(string service, string endpoint, int port)
    {
        var listens = Named(service).Annotations.OfType<EndpointAnnotation>().Single(annotation => annotation.Name == endpoint);

        Assert.Equal((port, port, false, true), (listens.Port, listens.TargetPort, listens.IsProxied, listens.IsExternal));
    }

    [Fact]
    public void There_are_two_replicas_of_one_project() => Assert.Equal(
        [typeof(Projects.Caas_Gateway), typeof(Projects.Caas_Realtime), typeof(Projects.Caas_Realtime)],
        Services.Select(service => Named(service).Annotations.OfType<IProjectMetadata>().Last().GetType()));

    [Fact]
    public async Task Services_are_given_the_three_stores_and_their_secrets_by_reference()
    {
        foreach (var service in Services)
        {
            var given = await EnvironmentAsync(service);

            Assert.Equal("{redis.connectionString}", given["ConnectionStrings__redis"]);
            Assert.Equal("{kafka-1.connectionString}", given["ConnectionStrings__kafka"]);
            Assert.Equal("{caas-admin-key.value}", given["Caas__AdminKey"]);
            Assert.Equal("{jwt-secret.value}", given["Caas__MasterKey"]);
            Assert.Equal("{caasdb.connectionString}", given["ConnectionStrings__caasdb"]);
        }

        var caasdb = ((IResourceWithConnectionString)Named("caasdb")).ConnectionStringExpression.ValueExpression;
        Assert.Equal("mongodb://caas:{mongo-app-password.value}@localhost:27017/caas?replicaSet=caas-rs&authSource=caas", caasdb);
        Assert.Equal("{realtime-2-public-url.value}", (await EnvironmentAsync("socket-service-2"))["Caas__Realtime__PublicUrl"]);
    }

    [Fact]
    public void Services_wait_for_the_health_of_the_stores_and_for_what_prepares_them() => Assert.All(Services, service => Assert.Equal(
        [("kafka-1", WaitType.WaitUntilHealthy), ("mongodb-init", WaitType.WaitForCompletion), ("mongodb-primary", WaitType.WaitUntilHealthy), ("redis", WaitType.WaitUntilHealthy)],
        Named(service).Annotations.OfType<WaitAnnotation>().Select(wait => (wait.Resource.Name, wait.WaitType)).OrderBy(wait => wait.Name, StringComparer.Ordinal)));

    [Fact]
    public void What_prepares_MongoDB_waits_only_for_its_start_since_a_member_without_a_set_is_not_healthy() => Assert.Equal(
        [("mongodb-primary", WaitType.WaitUntilStarted)],
        Named("mongodb-init").Annotations.OfType<WaitAnnotation>().Select(wait => (wait.Resource.Name, wait.WaitType)));

    [Theory]
    [InlineData("gateway")]
    [InlineData("socket-service-1")]
    [InlineData("socket-service-2")]
    [InlineData("mongodb-primary")]
    [InlineData("redis")]
    [InlineData("kafka-1")]
    public void Health_is_asked(string resource) => Assert.NotEmpty(Named(resource).Annotations.OfType<HealthCheckAnnotation>());

    [Theory]
    [InlineData("mongodb-primary", "/data/db")]
    [InlineData("redis", "/data")]
    [InlineData("kafka-1", "/var/lib/kafka/data")]
    public void Data_stays_in_a_volume_that_the_compose_file_does_not_use(string resource, string target)
    {
        var volume = Named(resource).Annotations.OfType<ContainerMountAnnotation>().Single(mount => mount.Target == target);

        Assert.Equal(ContainerMountType.Volume, volume.Type);
        Assert.DoesNotContain(volume.Source, ComposeFile.Committed.Volumes);
    }

    [Fact]
    public void Secrets_are_parameters_that_are_made_once_and_hidden()
    {
        string[] secrets = ["mongo-root-password", "mongo-app-password", "redis-password", "jwt-secret", "caas-admin-key"];

        Assert.All(secrets, name => Assert.True(((ParameterResource)Named(name)).Secret));
    }

    [Theory]
    [InlineData("turn-urls", "turn:turn.example.com")]
    [InlineData("mongo-root-user", "admin")]
    [InlineData("redis-password", "mine")]
    public async Task Any_parameter_can_be_set(string name, string value)
    {
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Caas_AppHost>([$"--Parameters:{name}={value}"], Cancelled);
        await using var application = await builder.BuildAsync(Cancelled);
        var parameter = application.Services.GetRequiredService<DistributedApplicationModel>().Resources.OfType<ParameterResource>().Single(parameter => parameter.Name == name);

        Assert.Equal(value, await parameter.GetValueAsync(Cancelled));
    }

    [Fact]
    public void What_is_mounted_is_there() => Assert.All(
        Resources.SelectMany(resource => resource.Annotations.OfType<ContainerMountAnnotation>()).Where(mount => mount.Type == ContainerMountType.BindMount),
        mount => Assert.True(Path.Exists(mount.Source), $"{mount.Source} is not there."));

    private IResource Named(string name) => Resources.Single(resource => resource.Name == name);

    /// <summary>What a resource is given, by the names of what it comes from.</summary>
    private async Task<Dictionary<string, string>> EnvironmentAsync(string service)
    {
        var publishing = new DistributedApplicationExecutionContext(DistributedApplicationOperation.Publish);
        var given = new EnvironmentCallbackContext(publishing, Named(service), cancellationToken: Cancelled);
        foreach (var callback in Named(service).Annotations.OfType<EnvironmentCallbackAnnotation>())
        {
            await callback.Callback(given);
        }

        return given.EnvironmentVariables.ToDictionary(pair => pair.Key, pair => pair.Value is IManifestExpressionProvider expression ? expression.ValueExpression : $"{pair.Value}");
    }

    /// <summary>Built once, never started.</summary>
    public sealed class RunningModel : IAsyncLifetime
    {
        private IDistributedApplicationTestingBuilder? _builder;
        private DistributedApplication? _application;

        public IReadOnlyList<IResource> Resources { get; private set; } = [];

        public async ValueTask InitializeAsync()
        {
            _builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Caas_AppHost>([], Cancelled);
            _application = await _builder.BuildAsync(Cancelled);
            Resources = [.. _application.Services.GetRequiredService<DistributedApplicationModel>().Resources];
        }

        public async ValueTask DisposeAsync()
        {
            if (_application is not null)
            {
                await _application.DisposeAsync();
            }

            if (_builder is not null)
            {
                await _builder.DisposeAsync();
            }
        }
    }
}
