using Caas.Adapters.Files;
using Caas.Adapters.Sqlite;
using Caas.Adapters.Sqlite.Tenants;
using Caas.Contracts;
using Caas.Core.Attachments;
using Caas.Core.Callers;
using Caas.Core.Tenants;
using Caas.Core.Usage;
using Caas.Tests.Core;
using Caas.Tests.Realtime;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Caas.Tests.Tenants;

/// <summary>The end of a tenant whose users are connected.</summary>
public sealed class DeletedTenantTests
{
    private static readonly Caller Admin = new() { Kind = CallerKind.Admin };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Its_users_are_cut_off_at_both_replicas_and_an_hour_later_nothing_is_left_though_the_replicas_go_on()
    {
        await using var replicas = await Replicas.StartAsync();
        Realtime.Client[] clients = [await replicas.ConnectAsync("alice", 0), await replicas.ConnectAsync("bob", 1, messagePack: true)];
        foreach (var client in clients)
        {
            await client.JoinAsync();
            await client.SendAsync($"hello {client.GetHashCode()}");
            await client.CallAsync("MarkRead", "room", 2L);
        }

        var token = await replicas.TokenAsync("carol");
        await replicas.Get<TenantService>().DeleteAsync(Admin, Replicas.Tenant.Value, Cancelled);
        foreach (var client in clients)
        {
            Assert.Equal(new Evicted(null, "tenant_deleted"), await client.EvictedAsync());
            await client.ClosedAsync();
        }

        foreach (var replica in new[] { 0, 1 })
        {
            await Assert.ThrowsAsync<HttpRequestException>(() => replicas.ConnectAsync("carol", replica, token: token));
            await replicas.Get<UsageTracker>(replica).FlushAsync(Cancelled);
        }

        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddHours(2));
        await using var gateway = new CorePlatform(replicas.Folder.Path, services =>
        {
            services.AddSingleton<TimeProvider>(clock);
            services.AddAttachmentFiles();
            services.AddSingleton(Options.Create(new AttachmentOptions { Folder = Path.Combine(replicas.Folder.Path, "files") }));
        });
        Assert.Equal(1, await gateway.Get<TenantPurge>().PurgeAsync(Cancelled));
        Assert.Equal(["entries"], await TablesAsync(replicas));
        Assert.Empty(replicas.Errors);
    }

    /// <summary>The tables that still name the tenant.</summary>
    private static async Task<IReadOnlyList<string>> TablesAsync(Replicas replicas)
    {
        await using var database = new SqliteDatabase(replicas.Folder.ConnectionString);
        return await database.ReadAsync<IReadOnlyList<string>>(connection =>
            [.. SqliteTenantPurgeStore.Tables(connection).Select(table => table.Table).Where(table => connection.Number($"SELECT count(*) FROM {table} WHERE tenant = $tenant", Replicas.Tenant.Value) > 0)], Cancelled);
    }
}
