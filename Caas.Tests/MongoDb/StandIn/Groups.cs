using MongoDB.Bson;

namespace Caas.Tests.MongoDb.StandIn;

/// <summary>$group with the accumulators that the adapter uses.</summary>
internal static class Groups
{
    public static IEnumerable<BsonDocument> Apply(IEnumerable<BsonDocument> documents, BsonDocument group, Expressions expressions) =>
        documents.GroupBy(document => expressions.Evaluate(group["_id"], document)).Select(members =>
        {
            var result = new BsonDocument("_id", members.Key);
            foreach (var field in group.Where(field => field.Name != "_id"))
            {
                var accumulator = field.Value.AsBsonDocument.GetElement(0);
                result.Add(field.Name, Accumulate(accumulator.Name, accumulator.Value, members, expressions));
            }

            return result;
        });

    private static BsonValue Accumulate(string name, BsonValue operand, IEnumerable<BsonDocument> documents, Expressions expressions) => name switch
    {
        "$sum" => documents.Select(document => expressions.Evaluate(operand, document)).Where(value => value.IsNumeric).Sum(value => value.ToInt64()),
        "$min" => documents.Select(document => expressions.Evaluate(operand, document)).Min(BsonOrder.Instance) ?? BsonNull.Value,
        "$max" => documents.Select(document => expressions.Evaluate(operand, document)).Max(BsonOrder.Instance) ?? BsonNull.Value,
        "$firstN" => new BsonArray(documents.Take(operand["n"].ToInt32()).Select(document => expressions.Evaluate(operand["input"], document))),
        _ => throw StandInError.NotSupported($"accumulator {name}"),
    };
}
