using Caas.Adapters.MongoDb.Schema;
using Caas.Core.Calls;
using Caas.Core.Ids;
using Caas.Core.Json;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb.Calls;

/// <summary>Calls in the collection <c>calls</c> (<c>tenant/id</c>), what their devices measured in <c>call_quality</c> (<c>tenant/call/user</c>), added up, in hundredths.</summary>
internal sealed class MongoCallRecordStore(MongoContext context) : ICallRecordStore
{
    private static readonly string[] Figures = ["latency", "loss", "jitter", "bitrate"];

    private readonly IMongoCollection<BsonDocument> _calls = context.Collection(Collections.Calls);
    private readonly IMongoCollection<BsonDocument> _quality = context.Collection(Collections.CallQuality);

    public Task SaveAsync(CallRecord call, CancellationToken cancellationToken)
    {
        var fields = new BsonDocument
        {
            { "conversation", call.Conversation.Value },
            { "users", call.Participants.Select(participant => participant.UserId).ToBson() },
            { "startedAt", call.StartedAt.ToBson() },
            { "open", call.EndedAt is null },
            { "body", MongoJson.Write(CallBody.Of(call), CoreJsonContext.Default.CallBody) },
        };
        var filter = Filter(call.Tenant, call.Id);
        if (call.EndedAt is null)
        {
            filter.Add("open", new BsonDocument("$ne", false));
        }

        return context.RunAsync("store a call", (session, within) => GuardedUpserts.TryAsync(_calls, session, filter, new BsonDocument("$set", fields), within), cancellationToken);
    }

    public async Task<CallRecord?> FindAsync(CallKey call, CancellationToken cancellationToken) =>
        await context.FindAsync(_calls, Filter(call.Tenant, call.Id), cancellationToken) is { } document ? Read(document) : null;

    public async Task<IReadOnlyList<CallRecord>> ListAsync(TenantId tenant, UserId? user, ConversationId? conversation, string? before, int limit, CancellationToken cancellationToken)
    {
        var filter = new BsonDocument("tenant", tenant.Value);
        if (user is { } of)
        {
            filter.Add("users", new BsonDocument("$elemMatch", new BsonDocument("$eq", of.Value)));
        }

        if (conversation is { } place)
        {
            filter.Add("conversation", place.Value);
        }

        if (before is not null)
        {
            filter.Add("call", new BsonDocument("$lt", before));
        }

        var index = conversation is not null ? Indexes.CallsOfConversation : user is not null ? Indexes.CallsOfUser : Indexes.CallsOfTenant;
        return (await context.ListAsync(_calls, filter, new BsonDocument("call", -1), limit, cancellationToken, index)).ConvertAll(Read);
    }

    public async Task<IReadOnlyList<CallRecord>> ListOpenAsync(DateTimeOffset from, DateTimeOffset before, int limit, CancellationToken cancellationToken)
    {
        var filter = new BsonDocument { { "open", true }, { "startedAt", new BsonDocument { { "$gte", from.ToBson() }, { "$lt", before.ToBson() } } } };
        return (await context.ListAsync(_calls, filter, new BsonDocument("startedAt", 1), limit, cancellationToken, Indexes.CallsOpen)).ConvertAll(Read);
    }

    public Task AddReportAsync(CallKey call, UserId user, CallQualityTotals report, CancellationToken cancellationToken)
    {
        long[] sums = [report.Sum.Latency, report.Sum.Loss, report.Sum.Jitter, report.Sum.Bitrate];

        // The worst bitrate is the lowest: kept as the highest of what is below zero.
        long[] worst = [report.Worst.Latency, report.Worst.Loss, report.Worst.Jitter, -report.Worst.Bitrate];
        long[] issues = [report.Issues.HighLatency, report.Issues.PacketLoss, report.Issues.Jitter, report.Issues.LowBitrate];
        var counts = new BsonDocument("reports", report.Reports);
        var highest = new BsonDocument();
        for (var i = 0; i < Figures.Length; i++)
        {
            counts.Add(Figures[i] + "Sum", sums[i]).Add(Figures[i] + "Issues", issues[i]);
            highest.Add(Figures[i] + "Worst", worst[i]);
        }

        var last = new BsonDocument { { "frameRate", report.FrameRate is { } rate ? rate : BsonNull.Value }, { "resolution", report.Resolution.OrNull() }, { "lastAt", report.LastAt.ToBson() } };
        var filter = new BsonDocument { { "_id", $"{call}/{user.Value}" }, { "tenant", call.Tenant.Value }, { "call", call.Id }, { "user", user.Value } };
        var update = new BsonDocument { { "$inc", counts }, { "$max", highest }, { "$set", last } };
        return context.RunAsync("add a report of a call", (session, within) => GuardedUpserts.TryAsync(_quality, session, filter, update, within), cancellationToken);
    }

    public async Task<IReadOnlyList<(UserId User, CallQualityTotals Totals)>> ListReportsAsync(CallKey call, CancellationToken cancellationToken)
    {
        var filter = new BsonDocument { { "tenant", call.Tenant.Value }, { "call", call.Id } };
        return (await context.ListAsync(_quality, filter, new BsonDocument("user", 1), limit: null, cancellationToken, Indexes.QualityOfCall)).ConvertAll(document => (new UserId(document.Text("user")), new CallQualityTotals(
            document.Number("reports"),
            new(document.Number("latencySum"), document.Number("lossSum"), document.Number("jitterSum"), document.Number("bitrateSum")),
            new(document.Number("latencyWorst"), document.Number("lossWorst"), document.Number("jitterWorst"), -document.Number("bitrateWorst")),
            new(document.Number("latencyIssues"), document.Number("lossIssues"), document.Number("jitterIssues"), document.Number("bitrateIssues")),
            document["frameRate"] is { IsNumeric: true } rate ? rate.ToDouble() : null,
            document.TextOrNull("resolution"),
            document.Time("lastAt"))));
    }

    private static BsonDocument Filter(TenantId tenant, string id) => new() { { "_id", $"{tenant.Value}/{id}" }, { "tenant", tenant.Value }, { "call", id } };

    private static CallRecord Read(BsonDocument document) =>
        MongoJson.Read(document.Text("body"), CoreJsonContext.Default.CallBody).At(new(document.Text("tenant")), document.Text("call"), new(document.Text("conversation")));
}
