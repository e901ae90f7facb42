using Caas.Client;
using Caas.Contracts;
using Caas.Standalone;
using Caas.Tests.Client;
using Caas.Tests.Sqlite;
using Xunit;

namespace Caas.Tests.Across;

[CollectionDefinition]
public sealed class TwoReplicasCollection : ICollectionFixture<TwoReplicas>;

/// <summary>One gateway and two replicas over real sockets, for all that is done at one and must be seen at the others. Each test has a tenant of its own.</summary>
public sealed class TwoReplicas : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private StandaloneHost _host = null!;
    private CaasRestClient _admin = null!;

    public CaasRestClient Admin => _admin;

    public Uri Gateway => new($"http://localhost:{_host.Ports.Gateway}");

    public async ValueTask InitializeAsync()
    {
        _host = await StandaloneHost.StartAsync(new() { Data = _folder.Path, Port = 0, Replicas = 2 }, CancellationToken.None);
        _admin = new(Gateway, CaasCredential.Admin(_host.AdminKey));
    }

    public async ValueTask DisposeAsync()
    {
        _admin.Dispose();
        await _host.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>A new tenant with these users, and nothing else.</summary>
    internal async Task<TenantOnTwoReplicas> FoundAsync(params string[] users)
    {
        var id = $"t-{Guid.NewGuid():N}"[..20];
        await _admin.Tenants.CreateAsync(new(id, id), cancellationToken: TestContext.Current.CancellationToken);
        var key = await _admin.Tenants.CreateApiKeyAsync(id, new("backend"), cancellationToken: TestContext.Current.CancellationToken);
        var tenant = new TenantOnTwoReplicas(id, new(Gateway, CaasCredential.ApiKey(key.Key)), [.. _host.Ports.Replicas.Select(port => new Uri($"http://localhost:{port}"))]);
        await tenant.Backend.Tenant.PutSettingsAsync(new() { RateLimits = TenantOnTwoReplicas.NoLimits }, TestContext.Current.CancellationToken);
        await tenant.Backend.Users.UpsertAsync([.. users.Select(user => new BatchUser(user, user))], cancellationToken: TestContext.Current.CancellationToken);
        return tenant;
    }
}

/// <summary>A tenant, its backend, and its users at either replica.</summary>
internal sealed class TenantOnTwoReplicas(string id, CaasRestClient backend, IReadOnlyList<Uri> replicas) : IAsyncDisposable
{
    /// <summary>A test asks again and again until something counts.</summary>
    public static readonly TenantRateLimits NoLimits = new(0, 0, 0, 0, 0);

    private readonly List<CaasConnection> _connections = [];

    public string Id => id;

    public IReadOnlyList<Uri> Replicas => replicas;

    /// <summary>At the gateway.</summary>
    public CaasRestClient Backend => backend;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>At the gateway.</summary>
    public CaasRestClient As(string user) => backend.OnBehalfOf(user);

    /// <summary>A user who watches a conversation from its beginning, at one replica.</summary>
    public async Task<Conversation> JoinAsync(string user, int replica, string conversation = "room")
    {
        var connection = new CaasConnection(new()
        {
            Url = replicas[replica],
            Token = async cancellationToken => (await backend.Tokens.CreateAsync(user, cancellationToken: cancellationToken)).Token,
            LoggerFactory = Connections.Log(),
        });
        _connections.Add(connection);
        await connection.ConnectAsync(Cancelled).Soon();
        return await connection.JoinAsync(conversation, 0, Cancelled).Soon();
    }

    public Task<ConversationResponse> RoomAsync(params string[] members) =>
        backend.Conversations.CreateAsync(new(ConversationType.Group, "room", "Room", members), cancellationToken: Cancelled);

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections)
        {
            await connection.DisposeAsync();
        }

        backend.Dispose();
    }
}
