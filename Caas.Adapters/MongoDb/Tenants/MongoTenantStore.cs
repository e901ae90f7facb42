using Caas.Adapters.MongoDb.Schema;
using Caas.Contracts;
using Caas.Core.Blocklists;
using Caas.Core.Calls;
using Caas.Core.Ids;
using Caas.Core.Json;
using Caas.Core.Tenants;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb.Tenants;

/// <summary>Tenants in the collection <c>tenants</c>, by id.</summary>
internal sealed class MongoTenantStore(MongoContext context) : ITenantStore
{
    private readonly IMongoCollection<BsonDocument> _tenants = context.Collection(Collections.Tenants);

    public async Task<Tenant?> FindAsync(TenantId id, CancellationToken cancellationToken) =>
        await context.FindAsync(_tenants, id.Value, cancellationToken) is { } document ? Read(document) : null;

    public Task<bool> SaveAsync(Tenant tenant, CancellationToken cancellationToken)
    {
        var filter = new BsonDocument { { "_id", tenant.Id.Value }, { "rev", new BsonDocument("$lt", tenant.Rev) } };
        var fields = new BsonDocument
        {
            { "name", tenant.Name },
            { "settings", MongoJson.Write(tenant.Settings, CaasJsonContext.Default.TenantSettings) },
            { "createdAt", tenant.CreatedAt.ToBson() },
            { "deletedAt", tenant.DeletedAt.ToBson() },
            { "tokenSecret", tenant.TokenSecret is { } secret ? new BsonDocument { { "kid", secret.Kid }, { "sealed", secret.Sealed }, { "createdAt", secret.CreatedAt.ToBson() } } : BsonNull.Value },
            { "quotas", tenant.Quotas is { } quotas ? MongoJson.Write(quotas, CaasJsonContext.Default.TenantQuotas) : BsonNull.Value },
            { "blocklist", tenant.Blocklist.IsEmpty ? BsonNull.Value : MongoJson.Write(tenant.Blocklist, CoreJsonContext.Default.Blocklist) },
            { "delivery", tenant.Delivery.Count == 0 ? BsonNull.Value : MongoJson.Write([.. tenant.Delivery], CoreJsonContext.Default.DeliveryAccountArray) },
            { "beforeSend", tenant.BeforeSend is { } hook ? MongoJson.Write(hook, CoreJsonContext.Default.BeforeSendHook) : BsonNull.Value },
            { "turnServers", tenant.TurnServers.IsEmpty ? BsonNull.Value : MongoJson.Write(tenant.TurnServers, CoreJsonContext.Default.TurnServers) },
            { "rev", tenant.Rev },
        };
        return context.RunAsync("save a tenant", (session, within) => GuardedUpserts.TryAsync(_tenants, session, filter, new BsonDocument("$set", fields), within), cancellationToken);
    }

    public async Task<IReadOnlyList<Tenant>> ListAsync(TenantId? after, int limit, CancellationToken cancellationToken)
    {
        var filter = new BsonDocument { { "_id", new BsonDocument("$gt", after?.Value ?? "") }, { "deletedAt", BsonNull.Value } };
        return (await context.ListAsync(_tenants, filter, new BsonDocument("_id", 1), limit, cancellationToken)).ConvertAll(Read);
    }

    private static Tenant Read(BsonDocument document) => new()
    {
        Id = new(document.Text("_id")),
        Name = document.Text("name"),
        Settings = MongoJson.Read(document.Text("settings"), CaasJsonContext.Default.TenantSettings),
        CreatedAt = document.Time("createdAt"),
        DeletedAt = document.TimeOrNull("deletedAt"),
        TokenSecret = document["tokenSecret"] is BsonDocument secret ? new(secret.Text("kid"), secret.Text("sealed"), secret.Time("createdAt")) : null,
        Quotas = document.TextOrNull("quotas") is { } quotas ? MongoJson.Read(quotas, CaasJsonContext.Default.TenantQuotas) : null,
        Blocklist = document.GetValue("blocklist", BsonNull.Value) is BsonString blocklist ? MongoJson.Read(blocklist.Value, CoreJsonContext.Default.Blocklist) : Blocklist.Empty,
        Delivery = document.GetValue("delivery", BsonNull.Value) is BsonString delivery ? MongoJson.Read(delivery.Value, CoreJsonContext.Default.DeliveryAccountArray) : [],
        BeforeSend = document.GetValue("beforeSend", BsonNull.Value) is BsonString hook ? MongoJson.Read(hook.Value, CoreJsonContext.Default.BeforeSendHook) : null,
        TurnServers = document.GetValue("turnServers", BsonNull.Value) is BsonString turn ? MongoJson.Read(turn.Value, CoreJsonContext.Default.TurnServers) : TurnServers.None,
        Rev = document.Number("rev"),
    };
}
