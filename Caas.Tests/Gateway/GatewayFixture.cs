using System.Collections.Concurrent;
using System.Net;
using Caas.Adapters.Files;
using Caas.Adapters.Sqlite;
using Caas.Core.Delivery;
using Caas.Gateway;
using Caas.ServiceDefaults;
using Caas.Tests.Sqlite;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Xunit;

namespace Caas.Tests.Gateway;

[CollectionDefinition]
public sealed class GatewayCollection : ICollectionFixture<GatewayFixture>;

/// <summary>One gateway on real Kestrel over SQLite stores, for all tests of the REST API. Each test has tenants of its own.</summary>
public sealed class GatewayFixture : IAsyncLifetime
{
    public const string AdminKey = "admin-key-of-the-tests-0123456789";

    private readonly TempFolder _folder = new();
    private readonly List<HttpClient> _clients = [];
    private WebApplication? _app;

    public Uri Address { get; private set; } = null!;

    public Uri MetricsAddress { get; private set; } = null!;

    public LocalReplicas Replicas { get; } = new();

    /// <summary>What was logged as an error.</summary>
    public FaultLog Faults { get; } = new();

    public IServiceProvider Services => _app!.Services;

    /// <summary>Without credentials.</summary>
    public Api Anyone { get; private set; } = null!;

    public Api Admin => Anyone.With("Authorization", $"Bearer {AdminKey}");

    public async ValueTask InitializeAsync()
    {
        _app = Build(_folder, Replicas, Faults);
        await _app.StartAsync();
        Address = new Uri(_app.Urls.First());
        MetricsAddress = new UriBuilder(Address) { Port = _app.Services.GetRequiredService<IOptions<MetricsOptions>>().Value.Port!.Value }.Uri;
        Anyone = Connect(Address);
    }

    public Api Connect(Uri address)
    {
        var client = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromMinutes(1) };
        _clients.Add(client);
        return new Api(client);
    }

    /// <summary>A tenant of the test's own, with an API key that may do everything.</summary>
    public async Task<TestTenant> CreateTenantAsync()
    {
        var id = $"t-{Guid.NewGuid():N}"[..20];
        (await Admin.PostAsync("/v1/tenants", new { id, name = "A tenant" })).Expect(HttpStatusCode.Created);
        var key = (await Admin.PostAsync($"/v1/tenants/{id}/api-keys", new { name = "backend" })).Expect(HttpStatusCode.Created)["key"].GetString()!;
        return new TestTenant(this, id, key);
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.StopAsync();
            await _app.DisposeAsync();
        }

        // Whatever a test sends, nothing is a fault of the gateway's.
        Assert.True(Faults.Lines.IsEmpty, string.Join(Environment.NewLine, Faults.Lines));
        _clients.ForEach(client => client.Dispose());
        _folder.Dispose();
    }

    /// <param name="settings">Beyond those that all tests share.</param>
    /// <param name="map">Routes of the test's own.</param>
    public static WebApplication Build(TempFolder folder, LocalReplicas replicas, FaultLog faults, Dictionary<string, string?>? settings = null, Action<WebApplication>? map = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Test" });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["urls"] = "http://127.0.0.1:0",
            ["Caas:AdminKey"] = AdminKey,
            ["Caas:Gateway:MetricsPort"] = "0",
            ["Caas:Attachments:Folder"] = Path.Combine(folder.Path, "attachments"),
            // The tests share few keys and users; those of the limits set the tenant's own.
            ["Caas:RateLimits:PerKeyPerMinute"] = "100000",
            ["Caas:RateLimits:PerUserPerMinute"] = "100000",
        });
        builder.Configuration.AddInMemoryCollection(settings ?? []);
        builder.AddServiceDefaults();
        builder.Logging.ClearProviders().AddProvider(faults);
        builder.Services.AddSqliteStores(folder.ConnectionString);
        builder.Services.AddSingleton<IConversationChannels, LocalChannels>();
        builder.Services.AddSingleton<IReplicaDirectory>(replicas);
        builder.Services.AddAttachmentFiles();
        builder.AddGateway();
        var app = builder.Build();
        app.MapGateway();
        map?.Invoke(app);
        return app;
    }
}

/// <summary>Keeps what is logged, and apart from it what is logged as an error.</summary>
public sealed class FaultLog : ILoggerProvider, ILogger
{
    public ConcurrentQueue<string> Lines { get; } = new();

    /// <summary>All from information on.</summary>
    public ConcurrentQueue<string> Told { get; } = new();

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        Told.Enqueue(formatter(state, exception));
        if (logLevel >= LogLevel.Error)
        {
            Lines.Enqueue($"{formatter(state, exception)} {exception}");
        }
    }

    public void Dispose()
    {
    }
}

/// <summary>A tenant, as its backend and its users see the API.</summary>
public sealed class TestTenant(GatewayFixture gateway, string id, string key)
{
    public string Id => id;

    public string Key => key;

    public Api Backend => gateway.Anyone.With("X-Api-Key", key);

    public Api OnBehalfOf(string user) => Backend.With("X-On-Behalf-Of", user);

    public async Task<TestTenant> WithUsersAsync(params string[] users)
    {
        (await Backend.PostAsync("/v1/users/batch", new { users = users.Select(user => new { id = user, name = user }) })).Expect(HttpStatusCode.OK);
        return this;
    }

    /// <summary>The API with a token of an existing user.</summary>
    public async Task<Api> SignInAsync(string user) =>
        gateway.Anyone.With("Authorization", $"Bearer {(await Backend.PostAsync($"/v1/users/{user}/tokens")).Expect(HttpStatusCode.Created)["token"].GetString()}");

    /// <summary>A group whose owner is the first of the users.</summary>
    public async Task<string> CreateGroupAsync(params string[] users) =>
        (await OnBehalfOf(users[0]).PostAsync("/v1/conversations", new { type = "group", memberIds = users })).Expect(HttpStatusCode.Created).Id;

    /// <summary>An API key with some scopes only.</summary>
    public async Task<Api> WithScopesAsync(params string[] scopes) =>
        gateway.Anyone.With("X-Api-Key", (await Backend.PostAsync("/v1/api-keys", new { name = "narrow", scopes })).Expect(HttpStatusCode.Created)["key"].GetString()!);
}
