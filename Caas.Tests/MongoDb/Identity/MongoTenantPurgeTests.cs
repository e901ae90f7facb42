using Caas.Adapters.MongoDb;
using Caas.Adapters.MongoDb.Schema;
using Caas.Adapters.MongoDb.Tenants;
using Caas.Core.Ids;
using MongoDB.Bson;
using Xunit;

namespace Caas.Tests.MongoDb.Identity;

/// <summary>The purge of deleted tenants, on the stand-in.</summary>
public sealed class MongoTenantPurgeTests : IAsyncDisposable
{
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly MongoTestDatabase _database = MongoTestDatabase.OnStandIn();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public void Every_collection_is_purged_or_has_its_reason()
    {
        string[] kept = [Collections.Tenants, Collections.SigningKeys, Collections.Revocations, Collections.Idempotency, Collections.FeedHeads, Collections.FeedSources, Collections.Leases, Collections.DeadLetters];
        var all = typeof(Collections).GetFields(System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.Static).Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!);
        Assert.Equal(all.Order(StringComparer.Ordinal), Collections.OfTenants.Concat(kept).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_deleted_tenant_is_purged_step_by_step_and_another_stays()
    {
        var (context, tenants) = (_database.CreateContext(), new MongoTenantStore(_database.CreateContext()));
        var store = new MongoTenantPurgeStore(context);
        foreach (var (id, deleted) in new[] { ("acme", (DateTimeOffset?)Now), ("globex", null), ("later", Now.AddHours(1)) })
        {
            await tenants.SaveAsync(new() { Id = new(id), Name = id, Settings = new(), CreatedAt = Now, DeletedAt = deleted, Rev = 1 }, Cancelled);
            foreach (var name in Collections.OfTenants)
            {
                await InsertAsync(context, name, id, 3);
            }

            await InsertAsync(context, Collections.FeedSources, id, 1, $"retention/{id}/room");
        }

        Assert.Equal([new TenantId("acme")], await store.ListDueAsync(Now, 10, Cancelled));
        var steps = 0;
        while (await store.PurgeAsync(new("acme"), 2, Cancelled))
        {
            steps++;
        }

        Assert.InRange(steps, Collections.OfTenants.Count * 2, (Collections.OfTenants.Count * 2) + 2);
        await store.FinishAsync(new("acme"), Now, Cancelled);
        Assert.Empty(await store.ListDueAsync(Now, 10, Cancelled));
        Assert.NotNull((await tenants.FindAsync(new("acme"), Cancelled))!.DeletedAt);
        foreach (var name in Collections.OfTenants)
        {
            Assert.Equal((0, 3), (await CountAsync(context, name, "acme"), await CountAsync(context, name, "globex")));
        }

        Assert.Equal(2, await context.CountAsync(context.Collection(Collections.FeedSources), [], Cancelled));
    }

    private static Task<long> CountAsync(MongoContext context, string name, string tenant) => context.CountAsync(context.Collection(name), new BsonDocument("tenant", tenant), Cancelled);

    private static Task InsertAsync(MongoContext context, string name, string tenant, int count, string? id = null) => context.RunAsync("fill", async (session, within) =>
    {
        for (var i = 0; i < count; i++)
        {
            var of = $"{tenant}-{i}";
            await context.Collection(name).InsertOneAsync(session, new()
            {
                { "_id", id ?? $"{tenant}/{name}/{i}" }, { "tenant", tenant }, { "log", of }, { "seq", i }, { "position", i }, { "actor", of }, { "clientId", of }, { "number", of }, { "group", of }, { "topic", of }, { "recordId", of }, { "keys", of },
            }, cancellationToken: within);
        }
    }, Cancelled);
}
