using MongoDB.Bson;

namespace Caas.Tests.MongoDb.StandIn;

/// <summary>The query operators that the adapter uses.</summary>
internal static class Filters
{
    public static bool Matches(BsonDocument document, BsonDocument filter, Expressions expressions) => filter.All(element => element.Name switch
    {
        "$and" => element.Value.AsBsonArray.All(part => Matches(document, part.AsBsonDocument, expressions)),
        "$or" => element.Value.AsBsonArray.Any(part => Matches(document, part.AsBsonDocument, expressions)),
        "$expr" => Expressions.IsTrue(expressions.Evaluate(element.Value, document)),
        _ when element.Name.StartsWith('$') => throw StandInError.NotSupported($"query operator {element.Name}"),
        _ => MatchesField(BsonPath.Get(document, element.Name), element.Value),
    });

    /// <summary>Whether a field's condition is made of operators.</summary>
    public static bool HasOperators(BsonValue condition) => condition is BsonDocument { ElementCount: > 0 } operators && operators.GetElement(0).Name.StartsWith('$');

    private static bool MatchesField(BsonValue? value, BsonValue condition) =>
        HasOperators(condition) ? condition.AsBsonDocument.All(element => MatchesOperator(value, element.Name, element.Value)) : IsEqual(value, condition);

    private static bool MatchesOperator(BsonValue? value, string name, BsonValue operand) => name switch
    {
        "$elemMatch" => value is BsonArray items && items.Any(item => MatchesField(item, operand)),
        "$eq" => IsEqual(value, operand),
        "$ne" => !IsEqual(value, operand),
        "$in" => operand.AsBsonArray.Any(item => IsEqual(value, item)),
        "$nin" => operand.AsBsonArray.All(item => !IsEqual(value, item)),
        "$exists" => value is not null == operand.ToBoolean(),
        "$type" when operand == "date" => value is BsonDateTime,
        "$gt" => Comparable(value, operand) && BsonOrder.Instance.Compare(value, operand) > 0,
        "$gte" => Comparable(value, operand) && BsonOrder.Instance.Compare(value, operand) >= 0,
        "$lt" => Comparable(value, operand) && BsonOrder.Instance.Compare(value, operand) < 0,
        "$lte" => Comparable(value, operand) && BsonOrder.Instance.Compare(value, operand) <= 0,
        _ => throw StandInError.NotSupported($"query operator {name}"),
    };

    /// <summary>Null equals an absent field; an array, what it holds.</summary>
    private static bool IsEqual(BsonValue? value, BsonValue operand) =>
        BsonOrder.Instance.Compare(value ?? BsonNull.Value, operand) == 0 || (value is BsonArray items && operand is not BsonArray && items.Any(item => IsEqual(item, operand)));

    private static bool Comparable(BsonValue? value, BsonValue operand) => BsonOrder.Kind(value ?? BsonNull.Value) == BsonOrder.Kind(operand);
}
