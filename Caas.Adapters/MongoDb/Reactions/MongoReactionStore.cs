using Caas.Adapters.MongoDb.Entries;
using Caas.Adapters.MongoDb.Schema;
using Caas.Contracts;
using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Core.Reactions;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb.Reactions;

/// <summary>Reactions in the collection <c>reactions</c>. <c>_id</c> is <c>tenant/log/message's seq/user/emoji</c>.</summary>
internal sealed class MongoReactionStore(MongoContext context) : IReactionStore
{
    private readonly IMongoCollection<BsonDocument> _reactions = context.Collection(Collections.Reactions);

    public Task ApplyAsync(LogId log, IReadOnlyList<Reaction> reactions, CancellationToken cancellationToken)
    {
        // Of several for one row the latest alone: the statements of a bulk write may run in any order.
        var latest = reactions.GroupBy(reaction => (reaction.MessageSeq, reaction.Emoji, reaction.User)).Select(group => group.MaxBy(reaction => reaction.Seq)!);
        return reactions.Count == 0 ? Task.CompletedTask
            : context.RunAsync("store reactions", (session, within) => GuardedUpserts.ApplyAsync(_reactions, session, [.. latest.Select(reaction => Upsert(log, reaction))], within), cancellationToken);
    }

    public async Task<Reaction?> FindAsync(LogId log, long messageSeq, string emoji, UserId user, CancellationToken cancellationToken) =>
        await context.FindAsync(_reactions, Filter(log, messageSeq, emoji, user), cancellationToken) is { } document
            ? new(messageSeq, emoji, user, document.Number("seq"), document.Flag("removed"))
            : null;

    public async Task<IReadOnlyDictionary<string, ReactionSummary>> SummarizeAsync(LogId log, long messageSeq, int first, CancellationToken cancellationToken)
    {
        BsonDocument[] pipeline =
        [
            new("$match", EntryDocument.Filter(log).Add("messageSeq", messageSeq).Add("removed", false)),
            new("$sort", new BsonDocument { { "emoji", 1 }, { "seq", 1 } }),
            new("$group", new BsonDocument
            {
                { "_id", "$emoji" },
                { "count", new BsonDocument("$sum", 1) },
                { "since", new BsonDocument("$min", "$seq") },
                { "users", new BsonDocument("$firstN", new BsonDocument { { "input", "$user" }, { "n", first } }) },
            }),
            new("$sort", new BsonDocument { { "since", 1 }, { "_id", 1 } }),
        ];
        var options = new AggregateOptions { Hint = Indexes.ReactionOrder.Name, MaxTime = context.Options.ServerTimeout };
        var groups = await context.RunAsync("count reactions", async (session, within) =>
        {
            using var cursor = await _reactions.AggregateAsync<BsonDocument>(session, pipeline, options, within);
            return await cursor.ToListAsync(within);
        }, cancellationToken);
        return groups.ToDictionary(group => group.Text("_id"), group => new ReactionSummary((int)group.Number("count"), group.Texts("users")));
    }

    public Task EraseAsync(LogId log, long messageSeq, CancellationToken cancellationToken) =>
        context.RunAsync("erase reactions", (session, within) =>
            _reactions.DeleteManyAsync(session, EntryDocument.Filter(log).Add("messageSeq", messageSeq), cancellationToken: within), cancellationToken);

    private static BsonDocument Filter(LogId log, long messageSeq, string emoji, UserId user) =>
        new BsonDocument("_id", $"{log}/{messageSeq}/{user.Value}/{emoji}").Merge(EntryDocument.Filter(log)).Add("messageSeq", messageSeq).Add("emoji", emoji).Add("user", user.Value);

    private static (BsonDocument Filter, BsonDocument Update) Upsert(LogId log, Reaction reaction)
    {
        var filter = Filter(log, reaction.MessageSeq, reaction.Emoji, reaction.User).Add("seq", new BsonDocument("$lt", reaction.Seq));
        return (filter, new BsonDocument("$set", new BsonDocument { { "seq", reaction.Seq }, { "removed", reaction.Removed } }));
    }
}
