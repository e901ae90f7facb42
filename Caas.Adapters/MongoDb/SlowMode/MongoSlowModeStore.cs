using Caas.Adapters.MongoDb.Schema;
using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Core.SlowMode;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb.SlowMode;

/// <summary>Turns in the collection <c>slow_mode_turns</c>. <c>_id</c> is <c>tenant/log/user</c>.</summary>
internal sealed class MongoSlowModeStore(MongoContext context) : ISlowModeStore
{
    private readonly IMongoCollection<BsonDocument> _turns = context.Collection(Collections.SlowModeTurns);

    public async Task<DateTimeOffset?> TakeAsync(LogId log, UserId user, string? clientId, DateTimeOffset now, TimeSpan interval, CancellationToken cancellationToken)
    {
        var key = new BsonDocument { { "_id", $"{log}/{user}" }, { "tenant", log.Tenant.Value }, { "log", log.Name }, { "user", user.Value } };
        var free = new BsonDocument(key).Add("at", new BsonDocument("$lte", (now - interval).ToBson()));
        var update = new BsonDocument("$set", new BsonDocument { { "at", now.ToBson() }, { "clientId", clientId.OrNull() } });
        while (!await context.RunAsync("take a turn", (session, within) => GuardedUpserts.TryAsync(_turns, session, free, update, within), cancellationToken))
        {
            if (await context.FindAsync(_turns, key, cancellationToken) is { } taken)
            {
                return clientId is not null && taken.TextOrNull("clientId") == clientId ? null : taken.Time("at");
            }
        }

        return null;
    }
}
