using MongoDB.Bson;

namespace Caas.Tests.MongoDb.StandIn;

/// <summary>The updates that the adapter uses: operators, and pipelines of $set and $replaceWith.</summary>
internal static class Updates
{
    /// <returns>The document after the update; the one before stays as it is.</returns>
    public static BsonDocument Apply(BsonDocument document, BsonValue update, bool isInsert, Expressions expressions) =>
        update is BsonArray stages
            ? stages.Aggregate(document.DeepClone().AsBsonDocument, (current, stage) => Stage(current, stage.AsBsonDocument.GetElement(0), expressions))
            : Operators(document.DeepClone().AsBsonDocument, update.AsBsonDocument, isInsert);

    /// <summary>What an upsert starts from: the fields that its filter fixes.</summary>
    public static BsonDocument Seed(BsonDocument filter)
    {
        var seed = new BsonDocument();
        foreach (var element in filter.Where(element => !element.Name.StartsWith('$') && !Filters.HasOperators(element.Value)))
        {
            BsonPath.Set(seed, element.Name, element.Value);
        }

        return seed;
    }

    private static BsonDocument Stage(BsonDocument document, BsonElement stage, Expressions expressions)
    {
        switch (stage.Name)
        {
            case "$replaceWith":
                var replaced = expressions.Evaluate(stage.Value, document).AsBsonDocument;
                return replaced.Contains("_id") ? replaced : new BsonDocument("_id", document["_id"]).Merge(replaced);
            case "$set":
                var values = stage.Value.AsBsonDocument.Select(field => (field.Name, Value: expressions.Evaluate(field.Value, document))).ToList();
                foreach (var (name, value) in values.Where(field => field.Value is not BsonUndefined))
                {
                    BsonPath.Set(document, name, value);
                }

                return document;
            default:
                throw StandInError.NotSupported($"update stage {stage.Name}");
        }
    }

    private static BsonDocument Operators(BsonDocument document, BsonDocument update, bool isInsert)
    {
        foreach (var (name, fields) in update.Select(element => (element.Name, element.Value.AsBsonDocument)))
        {
            foreach (var field in fields)
            {
                switch (name)
                {
                    case "$set":
                        BsonPath.Set(document, field.Name, field.Value);
                        break;
                    case "$setOnInsert" when isInsert:
                        BsonPath.Set(document, field.Name, field.Value);
                        break;
                    case "$setOnInsert":
                        break;
                    case "$unset":
                        BsonPath.Unset(document, field.Name);
                        break;
                    case "$inc":
                        BsonPath.Set(document, field.Name, BsonPath.Get(document, field.Name) is { } counted ? counted.ToInt64() + field.Value.ToInt64() : field.Value);
                        break;
                    case "$max":
                        if (BsonPath.Get(document, field.Name) is not { } current || BsonOrder.Instance.Compare(field.Value, current) > 0)
                        {
                            BsonPath.Set(document, field.Name, field.Value);
                        }

                        break;
                    default:
                        throw StandInError.NotSupported($"update operator {name}");
                }
            }
        }

        return document;
    }
}
