using Caas.Adapters.MongoDb.Schema;
using Caas.Contracts;
using Caas.Core.Push;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb.Push;

/// <summary>Jobs in the collection <c>pushes</c>. <c>_id</c> is <c>tenant/user/device/conversation/seq</c>, <c>places</c> what a job occupies (<see cref="PushPlaces"/>).</summary>
internal sealed class MongoPushStore(MongoContext context) : IPushStore
{
    private static readonly BsonValue Call = NotificationKind.Call.ToString();
    private static readonly BsonDocument IdAlone = new("_id", 1);
    private static readonly BulkWriteOptions Unordered = new() { IsOrdered = false };

    private readonly IMongoCollection<BsonDocument> _pushes = context.Collection(Collections.Pushes);

    public Task AddAsync(IReadOnlyList<PushJob> jobs, CancellationToken cancellationToken) => jobs.Count == 0 ? Task.CompletedTask : context.RunAsync(
        "store pushes",
        (session, within) => _pushes.BulkWriteAsync(session, jobs.Select(job => new UpdateOneModel<BsonDocument>(Filter(job), new BsonDocument("$setOnInsert", Fields(job))) { IsUpsert = true }), Unordered, within),
        cancellationToken);

    public async Task<IReadOnlyList<PushJob>> ListDueAsync(DateTimeOffset at, bool calls, IReadOnlyCollection<string> without, int limit, CancellationToken cancellationToken)
    {
        var filter = new BsonDocument { { "waiting", true }, { "dueAt", new BsonDocument("$lte", at.ToBson()) }, { "kind", calls ? Call : new BsonDocument("$ne", Call) } };
        if (without.Count > 0)
        {
            filter["places"] = new BsonDocument("$nin", new BsonArray(without));
        }

        return (await context.ListAsync(_pushes, filter, new BsonDocument("dueAt", 1), limit, cancellationToken, calls ? Indexes.PushCallDue : Indexes.PushDue)).ConvertAll(Read);
    }

    public Task FinishAsync(IReadOnlyList<PushJob> jobs, DateTimeOffset at, CancellationToken cancellationToken) => jobs.Count == 0 ? Task.CompletedTask : context.RunAsync(
        "finish pushes",
        (session, within) => _pushes.BulkWriteAsync(
            session, jobs.Select(job => new UpdateOneModel<BsonDocument>(Filter(job), new BsonDocument("$set", new BsonDocument { { "waiting", false }, { "doneAt", at.ToBson() } }))), Unordered, within),
        cancellationToken);

    public Task FinishUpToAsync(PushJob job, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var those = new BsonDocument
        {
            { "tenant", job.Tenant.Value }, { "user", job.User.Value }, { "device", job.Device }, { "conversation", job.Conversation.Value }, { "seq", new BsonDocument("$lte", job.Seq) },
            { "kind", new BsonDocument("$in", new BsonArray(job.CollapsedKinds.Select(kind => kind.ToString()))) }, { "waiting", true },
        };
        return context.RunAsync(
            "finish pushes",
            (session, within) => _pushes.UpdateManyAsync(session, those, new BsonDocument("$set", new BsonDocument { { "waiting", false }, { "doneAt", at.ToBson() } }), cancellationToken: within),
            cancellationToken);
    }

    public Task RetryAsync(PushJob job, CancellationToken cancellationToken) => context.RunAsync(
        "put off a push",
        (session, within) => _pushes.UpdateOneAsync(
            session, Filter(job).Add("waiting", true), new BsonDocument("$set", new BsonDocument { { "attempts", job.Attempts }, { "dueAt", job.DueAt.ToBson() } }), cancellationToken: within),
        cancellationToken);

    public async Task<int> PruneAsync(DateTimeOffset finishedBefore, int limit, CancellationToken cancellationToken)
    {
        var old = new BsonDocument { { "waiting", false }, { "doneAt", new BsonDocument("$lt", finishedBefore.ToBson()) } };
        var some = await context.ListAsync(_pushes, old, new BsonDocument("doneAt", 1), limit, cancellationToken, Indexes.PushDone, IdAlone);
        if (some.Count > 0)
        {
            var those = new BsonDocument("_id", new BsonDocument("$in", new BsonArray(some.Select(document => document["_id"]))));
            await context.RunAsync("forget pushes", (session, within) => _pushes.DeleteManyAsync(session, those, cancellationToken: within), cancellationToken);
        }

        return some.Count;
    }

    private static BsonDocument Filter(PushJob job) => new()
    {
        { "_id", $"{job.Tenant}/{job.User}/{job.Device}/{job.Conversation}/{job.Seq}" }, { "tenant", job.Tenant.Value }, { "user", job.User.Value }, { "device", job.Device }, { "conversation", job.Conversation.Value }, { "seq", job.Seq },
    };

    private static BsonDocument Fields(PushJob job) => new()
    {
        { "kind", job.Kind.ToString() }, { "priority", job.Priority.ToString() }, { "attempts", job.Attempts }, { "dueAt", job.DueAt.ToBson() }, { "waiting", true },
        { "at", job.At.ToBson() }, { "service", job.Service }, { "places", new BsonArray(PushPlaces.Of(job)) },
    };

    private static PushJob Read(BsonDocument document) => new(
        new(document.Text("tenant")),
        new(document.Text("user")),
        document.Text("device"),
        new(document.Text("conversation")),
        document.Number("seq"),
        Enum.Parse<NotificationKind>(document.Text("kind")),
        Enum.Parse<NotificationPriority>(document.Text("priority")),
        (int)document.Number("attempts"),
        document.Time("dueAt"))
    {
        At = document.Contains("at") ? document.Time("at") : DateTimeOffset.UnixEpoch,
        Service = document.Contains("service") ? document.Text("service") : "",
    };
}
