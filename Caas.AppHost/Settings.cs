namespace Caas.AppHost;

/// <summary>
/// What an operator sets. In the compose file each is a variable of <c>.env</c> of the same name (<c>mongo-root-user</c> is <c>MONGO_ROOT_USER</c>);
/// running from here, secrets are made once and kept in this project's user secrets.
/// </summary>
internal sealed class Settings(IDistributedApplicationBuilder builder)
{
    public IResourceBuilder<ParameterResource> MongoRootUser { get; } = Plain(builder, "mongo-root-user", "root");

    public IResourceBuilder<ParameterResource> MongoRootPassword { get; } = Secret(builder, "mongo-root-password");

    public IResourceBuilder<ParameterResource> MongoAppPassword { get; } = Secret(builder, "mongo-app-password");

    public IResourceBuilder<ParameterResource> RedisPassword { get; } = Secret(builder, "redis-password");

    /// <summary>Becomes <c>Caas:MasterKey</c>: seals the keys that sign user tokens.</summary>
    public IResourceBuilder<ParameterResource> JwtSecret { get; } = Secret(builder, "jwt-secret");

    public IResourceBuilder<ParameterResource> AdminKey { get; } = Secret(builder, "caas-admin-key");

    public IResourceBuilder<ParameterResource> TurnUrls { get; } = Plain(builder, "turn-urls");

    public IResourceBuilder<ParameterResource> TurnSecret { get; } = Empty(builder, "turn-secret");

    /// <summary>Where clients reach a replica; behind a load balancer its own public address.</summary>
    public IResourceBuilder<ParameterResource> RealtimePublicUrl(int number) =>
        Plain(builder, $"realtime-{number}-public-url", $"http://localhost:{3001 + number}");

    /// <summary>Name and password of the tools' pages.</summary>
    public (IResourceBuilder<ParameterResource> User, IResourceBuilder<ParameterResource> Password) Tools() =>
        (Plain(builder, "mongo-express-user", "admin"), Secret(builder, "mongo-express-password"));

    /// <summary>The push providers' settings, empty where a provider is not used. The setting's name below <c>Caas:Push</c>, and its parameter.</summary>
    public IEnumerable<(string Setting, IResourceBuilder<ParameterResource> Value)> Push { get; } =
    [
        ("Fcm__ServiceAccount", Empty(builder, "fcm-service-account")),
        ("Apns__TeamId", Plain(builder, "apns-team-id")),
        ("Apns__KeyId", Plain(builder, "apns-key-id")),
        ("Apns__PrivateKey", Empty(builder, "apns-private-key")),
        ("Apns__Topic", Plain(builder, "apns-topic")),
        ("WebPush__Subject", Plain(builder, "vapid-subject")),
    ];

    // Secrets stand in URLs and connection strings: letters and digits only.
    private static IResourceBuilder<ParameterResource> Secret(IDistributedApplicationBuilder builder, string name) =>
        builder.AddParameter(name, new GenerateParameterDefault { MinLength = 40, Special = false }, secret: true, persist: true);

    private static IResourceBuilder<ParameterResource> Empty(IDistributedApplicationBuilder builder, string name) => Plain(builder, name, secret: true);

    // A literal would win over what is configured.
    private static IResourceBuilder<ParameterResource> Plain(IDistributedApplicationBuilder builder, string name, string otherwise = "", bool secret = false) =>
        builder.AddParameter(name, () => builder.Configuration[$"Parameters:{name}"] ?? otherwise, secret: secret);
}
