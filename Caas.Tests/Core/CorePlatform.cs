using System.Collections.Concurrent;
using Caas.Adapters.Sqlite;
using Caas.Contracts;
using Caas.Core;
using Caas.Core.Callers;
using Caas.Core.Delivery;
using Caas.Core.Ids;
using Caas.Core.Users;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Xunit;

namespace Caas.Tests.Core;

/// <summary>The rules of the platform on a SQLite file of their own, without hosts: what tests of services run on. Several may share one folder, as replicas do.</summary>
public sealed class CorePlatform : IAsyncDisposable
{
    private readonly bool _ownsFolder;

    /// <param name="folder">Null: a folder of its own, deleted at the end.</param>
    /// <param name="configure">Replaces services, for faults below the ports.</param>
    public CorePlatform(string? folder = null, Action<IServiceCollection>? configure = null)
    {
        _ownsFolder = folder is null;
        Folder = folder ?? Directory.CreateTempSubdirectory("caas-core-").FullName;
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddMetrics();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().Build());
        services.AddSingleton<IConversationChannels, NoChannels>();
        services.AddSingleton<IEntryBroadcaster>(Broadcaster);
        services.AddSqliteStores($"Data Source={Path.Combine(Folder, "caas.db")}");
        services.AddCaasCore();
        services.TryAddSingleton<IEntryBroadcaster>(Broadcaster);
        configure?.Invoke(services);
        Services = services.BuildServiceProvider();
    }

    public string Folder { get; }

    public ServiceProvider Services { get; }

    public RecordingBroadcaster Broadcaster { get; } = new();

    public T Get<T>()
        where T : notnull => Services.GetRequiredService<T>();

    /// <summary>A user's caller; the user is put into the directory first.</summary>
    public async Task<Caller> UserAsync(string id, string tenant = "acme", bool admin = false)
    {
        var at = TimeProvider.System.GetUtcNow();
        var user = new User { Tenant = new(tenant), Id = new(id), Name = id, Role = admin ? "admin" : "user", CreatedAt = at, UpdatedAt = at, Rev = 1 };
        await Get<IUserStore>().SaveAsync([user], Cancelled);
        return new() { Kind = CallerKind.User, Tenant = user.Tenant, User = user.Id, IsTenantAdmin = admin };
    }

    /// <summary>The tenant's backend, speaking for the tenant itself.</summary>
    public static Caller Backend(string tenant = "acme") => new() { Kind = CallerKind.Backend, Tenant = new(tenant), KeyId = "key" };

    public static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await Services.DisposeAsync();
        if (_ownsFolder)
        {
            Directory.Delete(Folder, recursive: true);
        }
    }
}

/// <summary>Keeps what was broadcast.</summary>
public sealed class RecordingBroadcaster : IEntryBroadcaster
{
    private readonly ConcurrentQueue<(TenantId Tenant, EntryResponse Entry)> _entries = [];

    public IReadOnlyList<EntryResponse> Entries => [.. _entries.Select(item => item.Entry)];

    public void Broadcast(TenantId tenant, DeliveredEntry entry) => _entries.Enqueue((tenant, entry.Shown));
}
