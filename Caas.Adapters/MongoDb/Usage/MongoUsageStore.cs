using Caas.Adapters.MongoDb.Schema;
using Caas.Core.Ids;
using Caas.Core.Usage;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb.Usage;

/// <summary>What tenants use: <c>usage_months</c> (<c>tenant/month</c>), <c>usage_active</c> (<c>tenant/month/user</c>), <c>usage_connections</c> (<c>tenant/replica</c>).</summary>
internal sealed class MongoUsageStore(MongoContext context) : IUsageStore
{
    private readonly IMongoCollection<BsonDocument> _months = context.Collection(Collections.UsageMonths);
    private readonly IMongoCollection<BsonDocument> _active = context.Collection(Collections.UsageActive);
    private readonly IMongoCollection<BsonDocument> _connections = context.Collection(Collections.UsageConnections);

    public Task AddMessagesAsync(TenantId tenant, string month, long messages, CancellationToken cancellationToken) => context.RunAsync("count messages", (session, within) =>
        GuardedUpserts.TryAsync(_months, session, Month(tenant, month), new BsonDocument("$inc", new BsonDocument("messages", messages)), within), cancellationToken);

    public Task AddActiveAsync(TenantId tenant, string month, IReadOnlyCollection<string> users, CancellationToken cancellationToken) => context.RunAsync("note who is active", async (session, within) =>
    {
        try
        {
            var documents = users.Select(user => new BsonDocument { { "_id", $"{Key(tenant, month)}/{user}" }, { "tenant", tenant.Value }, { "month", month }, { "user", user } });
            await _active.InsertManyAsync(session, documents, new InsertManyOptions { IsOrdered = false }, within);
        }
        catch (MongoBulkWriteException exception) when (MongoFaults.IsDuplicates(exception))
        {
            // These are noted already.
        }
    }, cancellationToken);

    public async Task<long> CountMessagesAsync(TenantId tenant, string month, CancellationToken cancellationToken) =>
        (await context.FindAsync(_months, Month(tenant, month), cancellationToken))?.NumberOrNull("messages") ?? 0;

    public async Task ReportAsync(string replica, IReadOnlyDictionary<TenantId, long> counts, string month, DateTimeOffset now, DateTimeOffset until, CancellationToken cancellationToken)
    {
        await context.RunAsync("tell connections", async (session, within) =>
        {
            var gone = new BsonDocument { { "replica", replica }, { "tenant", new BsonDocument("$nin", new BsonArray(counts.Keys.Select(tenant => tenant.Value))) } };
            await _connections.DeleteManyAsync(session, gone, cancellationToken: within);
            foreach (var (tenant, count) in counts)
            {
                var mine = new BsonDocument { { "_id", Key(tenant, replica) }, { "tenant", tenant.Value }, { "replica", replica } };
                await GuardedUpserts.TryAsync(_connections, session, mine, new BsonDocument("$set", new BsonDocument { { "connections", count }, { "until", until.ToBson() } }), within);
            }
        }, cancellationToken);
        foreach (var tenant in counts.Keys)
        {
            var together = await CountConnectionsAsync(tenant, living: null, now, cancellationToken);
            await context.RunAsync("raise a peak", (session, within) =>
                GuardedUpserts.TryAsync(_months, session, Month(tenant, month), new BsonDocument("$max", new BsonDocument("peakConnections", together)), within), cancellationToken);
        }
    }

    public async Task<MonthUsage> ReadAsync(TenantId tenant, string month, CancellationToken cancellationToken)
    {
        var active = await context.CountAsync(_active, new() { { "tenant", tenant.Value }, { "month", month } }, cancellationToken);
        var found = await context.FindAsync(_months, Month(tenant, month), cancellationToken);
        return new(found?.NumberOrNull("messages") ?? 0, active, found?.NumberOrNull("peakConnections") ?? 0);
    }

    public async Task<long> CountConnectionsAsync(TenantId tenant, IReadOnlyCollection<string>? living, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var said = await context.ListAsync(_connections, new() { { "tenant", tenant.Value } }, sort: null, limit: null, cancellationToken, Indexes.UsageConnectionsByTenant);
        return said.Where(one => one.Time("until") > now && living?.Contains(one.Text("replica")) != false).Sum(one => one.Number("connections"));
    }

    private static string Key(TenantId tenant, string part) => $"{tenant.Value}/{part}";

    private static BsonDocument Month(TenantId tenant, string month) => new() { { "_id", Key(tenant, month) }, { "tenant", tenant.Value }, { "month", month } };
}
