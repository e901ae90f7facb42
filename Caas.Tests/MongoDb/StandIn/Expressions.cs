using MongoDB.Bson;

namespace Caas.Tests.MongoDb.StandIn;

/// <summary>The aggregation expressions that the adapter uses.</summary>
/// <param name="now">What <c>$$NOW</c> is in this command.</param>
internal sealed class Expressions(BsonDateTime now)
{
    private static readonly BsonValue Missing = BsonUndefined.Value;

    public static bool IsTrue(BsonValue value) => value switch
    {
        BsonBoolean flag => flag.Value,
        BsonNull or BsonUndefined => false,
        _ when value.IsNumeric => value.ToDouble() != 0,
        _ => true,
    };

    /// <returns>The value; <see cref="BsonUndefined"/> where a field is absent.</returns>
    public BsonValue Evaluate(BsonValue expression, BsonDocument root) => expression switch
    {
        BsonString { Value: "$$NOW" } => now,
        BsonString { Value: "$$ROOT" } => root,
        BsonString { Value: "$$REMOVE" } => Missing,
        BsonString { Value: ['$', '$', ..] } variable => throw StandInError.NotSupported($"variable {variable.Value}"),
        BsonString { Value: ['$', ..] } path => BsonPath.Get(root, path.Value[1..]) ?? Missing,
        BsonDocument { ElementCount: 1 } operation when operation.GetElement(0) is var element && element.Name.StartsWith('$') => Operate(element.Name, element.Value, root),
        BsonDocument fields => Fields(fields, root),
        BsonArray items => new BsonArray(items.Select(item => OrNull(Evaluate(item, root)))),
        _ => expression,
    };

    private static BsonValue OrNull(BsonValue value) => value is BsonUndefined ? BsonNull.Value : value;

    private BsonDocument Fields(BsonDocument fields, BsonDocument root)
    {
        var result = new BsonDocument();
        foreach (var field in fields)
        {
            if (Evaluate(field.Value, root) is not BsonUndefined and var value)
            {
                result.Add(field.Name, value);
            }
        }

        return result;
    }

    private BsonValue Operate(string name, BsonValue operand, BsonDocument root)
    {
        if (name == "$literal")
        {
            return operand;
        }

        if (name == "$cond")
        {
            var branches = operand.AsBsonArray;
            return Evaluate(IsTrue(Evaluate(branches[0], root)) ? branches[1] : branches[2], root);
        }

        var values = operand is BsonArray items ? items.Select(item => Evaluate(item, root)).ToArray() : [Evaluate(operand, root)];
        return name switch
        {
            "$and" => values.All(IsTrue),
            "$or" => values.Any(IsTrue),
            "$not" => !IsTrue(values[0]),
            "$eq" => BsonOrder.Instance.Compare(values[0], values[1]) == 0,
            "$ne" => BsonOrder.Instance.Compare(values[0], values[1]) != 0,
            "$gt" => BsonOrder.Instance.Compare(values[0], values[1]) > 0,
            "$gte" => BsonOrder.Instance.Compare(values[0], values[1]) >= 0,
            "$lt" => BsonOrder.Instance.Compare(values[0], values[1]) < 0,
            "$lte" => BsonOrder.Instance.Compare(values[0], values[1]) <= 0,
            "$ifNull" => values.FirstOrDefault(value => value is not (BsonNull or BsonUndefined)) ?? values[^1],
            "$max" => values.Where(value => value is not (BsonNull or BsonUndefined)).Max(BsonOrder.Instance) ?? BsonNull.Value,
            "$add" => Add(values),
            "$mergeObjects" => values.OfType<BsonDocument>().Aggregate(new BsonDocument(), (merged, next) => merged.Merge(next, overwriteExistingElements: true)),
            _ => throw StandInError.NotSupported($"expression {name}"),
        };
    }

    private static BsonValue Add(BsonValue[] values)
    {
        if (values.Any(value => value is BsonNull or BsonUndefined))
        {
            return BsonNull.Value;
        }

        var sum = values.Sum(value => value is BsonDateTime time ? time.MillisecondsSinceEpoch : value.ToInt64());
        return values.Any(value => value is BsonDateTime) ? new BsonDateTime(sum) : new BsonInt64(sum);
    }
}
